import { reasonOf } from '../../src/errors/reason-of.ts';
import type { ItemKind, ItemProblem } from './item.ts';

/**
 * Calls `use` with each row. An error in one of them is a problem of that item, and the others are read nevertheless: whatever
 * somebody recorded for one item must not keep all others from being watched.
 */
export function eachItem<R extends { readonly id: number; readonly name: string }>(
  kind: ItemKind,
  rows: readonly R[],
  problems: ItemProblem[],
  use: (row: R) => void,
): void {
  for (const row of rows) {
    try {
      use(row);
    } catch (error) {
      problems.push({
        ...{ kind, id: row.id, name: row.name },
        problem: `it cannot be evaluated: ${reasonOf(error)}`,
      });
    }
  }
}
