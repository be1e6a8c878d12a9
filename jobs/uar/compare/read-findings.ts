import { sql, type Transaction } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import { severityOrder } from '../../../src/job/severity.sql.ts';
import { type Severity, severities } from '../../../src/job/severity.ts';
import { findingTypes } from '../finding-words.ts';
import { differences, type ExcludedRow } from './summary.ts';

const stagedFinding = z.object({
  finding_type: z.enum(findingTypes),
  key_text: z.string(),
  severity: z.enum(severities),
  description: z.string(),
  raw_data_a: z.json(),
  raw_data_b: z.json(),
  differences: differences.nullable(),
});
export type StagedFinding = z.output<typeof stagedFinding>;

const atOnce = 200;

/** What a comparison of this transaction found, worst first, then by type and key. A few are in memory at a time. */
export async function* stagedFindings(trx: Transaction<Database>): AsyncGenerator<StagedFinding> {
  await sql`
    declare uar_findings no scroll cursor for
    select finding_type, key_text, severity, description, raw_data_a, raw_data_b, differences
      from uar_result
     order by ${severityOrder(sql.ref('severity'))}, array_position(${findingTypes}::text[], finding_type),
              key_text collate "C"`.execute(trx);
  for (;;) {
    const { rows } = await sql`fetch ${sql.lit(atOnce)} from uar_findings`.execute(trx);
    for (const row of rows) yield stagedFinding.parse(row);
    if (rows.length < atOnce) break;
  }
  await sql`close uar_findings`.execute(trx);
}

/** A row that the filter of its side excludes. */
export interface ListedExcluded extends ExcludedRow {
  readonly side: 'a' | 'b';
}

/** The first of them, in the order of the files. */
export async function listExcluded(
  trx: Transaction<Database>,
  most: number,
): Promise<readonly ListedExcluded[]> {
  const { rows } = await sql<ListedExcluded>`
    select side, row_no::int as row, key, why from uar_excluded order by side, row_no limit ${most}::int`.execute(
    trx,
  );
  return rows;
}

/** How many findings of each severity. */
export async function countBySeverity(
  trx: Transaction<Database>,
): Promise<Readonly<Record<Severity, number>>> {
  const { rows } = await sql<{ severity: string; count: number }>`
    select severity, count(*)::int as count from uar_result group by severity`.execute(trx);
  const of = (severity: string) => rows.find((row) => row.severity === severity)?.count ?? 0;
  return { critical: of('critical'), high: of('high'), medium: of('medium'), low: of('low') };
}
