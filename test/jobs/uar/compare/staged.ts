import { sql, type Transaction } from 'kysely';
import { compareStaged } from '../../../../jobs/uar/compare/compare-staged.ts';
import { comparisonSettings } from '../../../../jobs/uar/compare/settings.ts';
import type { ComparisonSpec, StagedSide } from '../../../../jobs/uar/compare/spec.ts';
import type { ComparisonSummary } from '../../../../jobs/uar/compare/summary.ts';
import type { OpenDatabase } from '../../../../src/db/database.ts';
import type { Database } from '../../../../src/db/tables.ts';
import type { Severity } from '../../../../src/job/severity.ts';
import type { Json } from '../../../../src/text/json.ts';

/** One side as a test writes it. */
export interface SideRows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** A finding as the table `uar_result` holds it; hashes in hexadecimal. */
export interface StagedFinding {
  readonly finding_type: string;
  readonly key_text: string;
  readonly severity: Severity;
  readonly raw_data_a: Json;
  readonly raw_data_b: Json;
  readonly differences: Json;
  readonly description: string;
  readonly data_hash: string;
  readonly identity: string;
}

export interface Compared {
  readonly summary: ComparisonSummary;
  /** By type, then key in the order of its bytes. */
  readonly findings: readonly StagedFinding[];
}

async function stage(
  trx: Transaction<Database>,
  table: 'uar_a' | 'uar_b',
  { columns, rows }: SideRows,
  kept?: Uint8Array,
): Promise<StagedSide> {
  const names = columns.map((_, index) => sql.id(`c${index + 1}`));
  const typed = names.map((name) => sql`${name} text`);
  await sql`create temporary table ${sql.table(table)} (row_no bigint, ${sql.join(typed)}) on commit drop`.execute(
    trx,
  );
  const values = columns.map((_, index) => sql`r.cells ->> ${sql.lit(index)}`);
  await sql`
    insert into ${sql.table(table)} (row_no, ${sql.join(names)})
    select r.n, ${sql.join(values)}
      from json_array_elements(${JSON.stringify(rows)}::json) with ordinality r (cells, n)
     where ${kept === undefined ? sql`true` : sql`n = any (${[...kept.keys()].filter((row) => kept[row] !== 0).map((row) => row + 1)}::bigint[])`}`.execute(
    trx,
  );
  return { columns, rows: rows.length };
}

export interface ComparisonOfTest {
  readonly key?: string;
  readonly keyB?: string;
  /** `field` or `field_a:field_b`. */
  readonly fields?: readonly string[];
  /** As people write them. */
  readonly settings?: unknown;
  readonly comparisonId?: number;
}

export function specOf(comparison: ComparisonOfTest): ComparisonSpec {
  const { key = 'key', keyB = key, fields = [], settings = {}, comparisonId = 1 } = comparison;
  return {
    comparisonId,
    keyA: key,
    keyB,
    mappings: fields.map((field) => {
      const [field_a = field, field_b = field_a] = field.split(':');
      return { field_a, field_b };
    }),
    settings: comparisonSettings.parse(settings),
  };
}

/** Stages both sides, or what is left of them, and compares them, in a transaction that is rolled back. */
export async function compareRows(
  database: OpenDatabase,
  comparison: ComparisonOfTest,
  a: SideRows,
  b: SideRows,
  leave?: (trx: Transaction<Database>) => Promise<{ readonly a: Uint8Array; readonly b: Uint8Array }>,
): Promise<Compared> {
  let compared: Compared | undefined;
  const rolledBack = new Error('rolled back');
  await database.db
    .transaction()
    .execute(async (trx) => {
      const kept = await leave?.(trx);
      const sideA = await stage(trx, 'uar_a', a, kept?.a);
      const sideB = await stage(trx, 'uar_b', b, kept?.b);
      const summary = await compareStaged(trx, specOf(comparison), sideA, sideB);
      const { rows } = await sql<StagedFinding>`
        select finding_type, key_text, severity, raw_data_a, raw_data_b, differences, description,
               encode(data_hash, 'hex') as data_hash, encode(identity, 'hex') as identity
          from uar_result order by finding_type collate "C", key_text collate "C"`.execute(trx);
      compared = { summary, findings: rows };
      throw rolledBack;
    })
    .catch((error: unknown) => {
      if (error !== rolledBack) throw error;
    });
  if (compared === undefined) throw new Error('nothing was compared');
  return compared;
}
