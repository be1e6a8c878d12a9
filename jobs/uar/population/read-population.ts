import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import type { JsonObject } from '../../../src/text/json.ts';
import { refusal } from '../refusal.ts';
import { type PopulationTotals, populationTotals } from './totals.ts';

/** One row of a source as an execution read it. */
export interface PopulationRow {
  /** From 1: by side, then key, then content. */
  readonly number: number;
  readonly side: 'a' | 'b';
  readonly state: 'compared' | 'excluded' | 'no_key' | 'duplicate';
  /** As it was compared; of a row without one its label. */
  readonly key: string;
  readonly shown: JsonObject | null;
  readonly why: string | null;
}

export interface Population {
  readonly totals: PopulationTotals;
  /** Every row, in the order of its numbers; may be read more than once, a few are in memory at a time. */
  readonly rows: () => AsyncGenerator<PopulationRow>;
}

const fetched = 1000;

/** Of a completed execution; null: none was kept. */
export async function readTotals(
  db: Kysely<Database>,
  executionId: number,
): Promise<PopulationTotals | null> {
  const { rows } = await sql<{ population: unknown }>`
    select population from opsdeck_jobs.uar_execution_record where execution_id = ${executionId}::int`.execute(
    db,
  );
  return populationTotals.nullable().parse(rows[0]?.population ?? null);
}

/**
 * What an execution read, checked against its control totals. Three statements, then one for each thousand rows.
 *
 * @throws OperatorError exit 2: `no_population`, `incomplete_population`.
 */
export async function readPopulation(
  db: Kysely<Database>,
  {
    execution_id: id,
    comparison_id: comparisonId,
  }: { readonly execution_id: number; readonly comparison_id: number },
): Promise<Population> {
  const totals = await readTotals(db, id);
  if (totals === null) {
    throw refusal(
      'no_population',
      `Execution ${id} has no population: only completed executions keep one, since this version.`,
      `Make one with \`run-job uar --param comparison=${comparisonId}\`.`,
    );
  }
  const valid = validAt(comparisonId, id);
  const { rows } = await sql<{ side: 'a' | 'b'; rows: number }>`
    select side, sum(copies)::int as rows from opsdeck_jobs.uar_population p where ${valid} group by side`.execute(
    db,
  );
  for (const side of ['a', 'b'] as const) {
    const found = rows.find((one) => one.side === side)?.rows ?? 0;
    if (found === totals[side].rows) continue;
    throw refusal(
      'incomplete_population',
      `The population of execution ${id} is incomplete: side ${side.toUpperCase()} has ${found} of ${totals[side].rows} rows.`,
      'Retention removed it with its execution, or somebody changed it: see a backup of the database.',
    );
  }
  return { totals, rows: () => rowsOf(db, comparisonId, id) };
}

/** Rows of `p` that the execution read. */
function validAt(comparisonId: number, executionId: number) {
  return sql`p.comparison_id = ${comparisonId}::int and p.first_execution <= ${executionId}::int
       and (p.last_execution is null or p.last_execution >= ${executionId}::int)`;
}

/** Within the transaction that is given, if it is one: another one would end it. */
async function* rowsOf(
  db: Kysely<Database>,
  comparisonId: number,
  executionId: number,
): AsyncGenerator<PopulationRow> {
  const valid = validAt(comparisonId, executionId);
  if (db.isTransaction) {
    let failed = false;
    try {
      yield* cursorRows(db, valid);
    } catch (error) {
      failed = true;
      throw error;
    } finally {
      if (!failed) await sql`close uar_population_rows`.execute(db);
    }
    return;
  }
  const trx = await db.startTransaction().execute();
  try {
    yield* cursorRows(trx, valid);
  } finally {
    await trx.rollback().execute();
  }
}

async function* cursorRows(trx: Kysely<Database>, valid: RawBuilder<unknown>): AsyncGenerator<PopulationRow> {
  await sql`
    declare uar_population_rows no scroll cursor for
    select side, state, key_text as key, shown, why, copies
      from opsdeck_jobs.uar_population p where ${valid}
     order by side, key_text collate "C", state, shown, why collate "C"`.execute(trx);
  let number = 0;
  for (;;) {
    const { rows } = await sql<Omit<PopulationRow, 'number'> & { readonly copies: number }>`
      fetch ${sql.lit(fetched)} from uar_population_rows`.execute(trx);
    for (const { copies, ...row } of rows) {
      for (let copy = 0; copy < copies; copy += 1) {
        number += 1;
        yield { number, ...row };
      }
    }
    if (rows.length < fetched) return;
  }
}
