import { findNamed, type Named } from '../../../src/cli/runs/find-named.ts';
import type { OpenDatabase } from '../../../src/db/database.ts';

/** The comparison that is meant by its number or name. OperatorError `unknown_comparison`, exit 2. */
export function findComparison(db: OpenDatabase['db'], text: string): Promise<Named> {
  return findNamed(db, 'uar_comparison', text, {
    what: 'comparison',
    next: '`uar list` shows the comparisons.',
  });
}
