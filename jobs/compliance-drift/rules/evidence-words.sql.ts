import { type RawBuilder, sql } from 'kysely';
import type { EvidenceKind, EvidenceWords } from './evidence-words.ts';
import { accented, separators, spellings } from './fold-word.ts';

/** What the status of a row makes of it, as a small number that sorts quickly. */
export const standings = {
  /** Evidence. */
  done: 1,
  /** Known not to be done: ignored. */
  notDone: 2,
  /** On neither list: never counts, and is named. */
  unread: 3,
  /** A completed access review that nobody has signed off, where that is needed. */
  unsigned: 4,
} as const;

/** Which rows are evidence. */
export interface EvidencePolicy {
  /** Of access reviews only executions that somebody has signed off. */
  readonly signedOffOnly: boolean;
  /** `done`, `notDone` or `unread`, by the column of the status. */
  standing(kind: EvidenceKind, status: RawBuilder<unknown>): RawBuilder<number>;
}

/** `foldWord` of evidence-words.ts. */
const folded = (column: RawBuilder<unknown>) =>
  sql`translate(lower(translate(${column}, ${sql.lit(accented.from)}, ${sql.lit(accented.to)})), ${separators}::text, '')`;

const list = (words: readonly string[]) => sql`${[...new Set(words.flatMap(spellings))]}::text[]`;

/** As the lists of words have it. */
export function byWords(lists: EvidenceWords, signedOffOnly: boolean): EvidencePolicy {
  return {
    signedOffOnly,
    standing(kind, status) {
      const { done, notDone } = lists[kind];
      return sql`(case when ${folded(status)} = any (${list(done)}) then ${sql.lit(standings.done)}
                       when ${folded(status)} = any (${list(notDone)}) then ${sql.lit(standings.notDone)}
                       else ${sql.lit(standings.unread)} end)`;
    },
  };
}
