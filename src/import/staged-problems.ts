import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { Database } from '../db/tables.ts';
import type { StagedProblems } from './csv-kind.ts';
import { shownProblems } from './problems.ts';
import { staged } from './staging.ts';

/** What the query of an import gives for each problem. */
export interface ProblemRow {
  readonly line: number;
  /** Which rule was broken: a stable word of the query. */
  readonly problem: string;
  /** What it is about. */
  readonly subject: string;
  /** A second thing the sentence needs: the other line, a count. */
  readonly detail: string;
}

/** `line, problem, subject, detail` of staged rows that are about the same thing as an earlier row. */
export function repeatedRows(
  subject: RawBuilder<unknown>,
  identity: RawBuilder<unknown>,
): RawBuilder<unknown> {
  return sql`
    select line, 'repeated' as problem, ${subject} as subject, first_line::text as detail
      from (select *, min(line) over (partition by ${identity}) as first_line from ${staged}) r
     where line > first_line`;
}

/** Runs a query of {@link ProblemRow}s: keeps the first by line, counts all. */
export async function findProblems(
  trx: Transaction<Database>,
  query: RawBuilder<unknown>,
  sentence: (row: ProblemRow) => string,
): Promise<StagedProblems> {
  const { rows } = await sql<ProblemRow & { readonly total: number }>`
    select line, problem, subject, detail, (count(*) over ())::int as total
      from (${query}) p
     order by line, problem
     limit ${shownProblems}`.execute(trx);
  return {
    first: rows.map((row) => ({ line: row.line, message: sentence(row) })),
    count: rows[0]?.total ?? 0,
  };
}
