import { performance } from 'node:perf_hooks';
import { sql, type Transaction } from 'kysely';
import { compareStaged } from '../../jobs/uar/compare/compare-staged.ts';
import { comparisonSettings } from '../../jobs/uar/compare/settings.ts';
import { newExecutionId } from '../../jobs/uar/execution/execution-record.sql.ts';
import { storeFindings } from '../../jobs/uar/execution/lifecycle.sql.ts';
import { readSteps } from '../../jobs/uar/execution/read-steps.sql.ts';
import { decideSteps } from '../../jobs/uar/execution/steps.sql.ts';
import type { OpenDatabase } from '../../src/db/database.ts';
import type { Database } from '../../src/db/tables.ts';

/** Milliseconds. */
export interface FindingFigures {
  /** What becomes of the findings is decided and stored: they are new. */
  readonly storedMs: number;
  /** The same when all were there before. */
  readonly seenMs: number;
  /** As many rows by INSERT … SELECT into a table like `uar_finding`, with its indexes and foreign keys. */
  readonly plainMs: number;
}

const columns = ['email', 'department', 'role', 'city', 'manager', 'status'] as const;
const comparisons = 5;

/**
 * The fastest of several comparisons, each of them executed twice, and beside each execution the plain insert: what else the machine
 * does only makes it slower.
 */
export async function benchFindings(database: OpenDatabase, findings: number): Promise<FindingFigures> {
  const { db } = database;
  await sql`create table plain_finding (like uar_finding including all)`.execute(db);
  for (const [column, table] of [
    ['execution_id', 'uar_execution'],
    ['assigned_to_id', 'user'],
    ['security_incident_id', 'security_incident'],
  ] as const) {
    await sql`alter table plain_finding add foreign key (${sql.id(column)}) references ${sql.id(table)} (id)`.execute(
      db,
    );
  }
  const stored: number[] = [];
  const seen: number[] = [];
  const plain: number[] = [];
  for (let n = 0; n < comparisons; n += 1) {
    const comparisonId = await newComparison(database);
    for (const times of [stored, seen]) {
      const executed = await db
        .transaction()
        .execute((trx) => execute(trx, database, comparisonId, findings));
      times.push(executed.ms);
      plain.push(await plainInsert(database, executed.executionId));
    }
  }
  return { storedMs: Math.min(...stored), seenMs: Math.min(...seen), plainMs: Math.min(...plain) };
}

async function newComparison({ db }: OpenDatabase): Promise<number> {
  const { id } = await db
    .insertInto('uar_comparison')
    .values({
      name: 'findings',
      source_a_type: 'CSV',
      source_b_type: 'CSV',
      key_field_a: 'email',
      key_field_b: 'email',
      schedule_type: 'manual',
      is_enabled: true,
      is_archived: false,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** A third of the findings is in A alone, one in B alone, one differs; as many keys again are equal. */
async function execute(
  trx: Transaction<Database>,
  { clock, storedZone }: OpenDatabase,
  comparisonId: number,
  findings: number,
): Promise<{ readonly executionId: number; readonly ms: number }> {
  for (const side of ['a', 'b']) {
    const absent = side === 'a' ? 1 : 0;
    const cells = columns
      .slice(1)
      .map(
        (column, index) =>
          sql`${column}::text || case when ${side === 'b'} and n % 3 = 2 and n <= ${findings} and n % 5 = ${index} then ' changed' else ' ' || (n * 7919 % 1000) end`,
      );
    await sql`
      create temporary table ${sql.id(`uar_${side}`)} on commit drop as
      select n::bigint as row_no, 'user' || n || '@example.org' as c1, ${sql.join(cells.map((cell, index) => sql`${cell} as ${sql.id(`c${index + 2}`)}`))}
        from generate_series(1, ${2 * findings}::int) as n where n > ${findings} or n % 3 <> ${absent}`.execute(
      trx,
    );
  }
  const side = { columns: [...columns], rows: findings };
  const spec = {
    comparisonId,
    keyA: 'email',
    keyB: 'email',
    mappings: columns.slice(1).map((column) => ({ field_a: column, field_b: column })),
    settings: comparisonSettings.parse({}),
  };
  await compareStaged(trx, spec, side, side);
  const now = clock.now();
  const executionId = await newExecutionId(trx);
  await sql`insert into uar_execution (id, comparison_id, status) values (${executionId}, ${comparisonId}, 'completed')`.execute(
    trx,
  );
  await sql`insert into opsdeck_jobs.uar_execution_record (execution_id, comparison_id, outcome, config, program_version, finished_at) values (${executionId}, ${comparisonId}, 'completed', '{}', '', ${now}::timestamptz)`.execute(
    trx,
  );
  const started = performance.now();
  const scope = {
    comparisonId,
    executionId,
    previousExecutionId: null,
    adopting: false,
    linkUsers: true,
    foldCase: false,
    now,
    today: now.toISOString().slice(0, 10),
    zones: { business: 'UTC', stored: storedZone },
    dryRun: false,
  };
  await decideSteps(trx, scope);
  const steps = await readSteps(trx, comparisonId);
  await storeFindings(trx, scope, steps);
  const ms = performance.now() - started;
  const found = steps.groups.reduce((sum, group) => sum + group.findings, 0);
  if (found !== findings) throw new Error(`${found} findings, not ${findings}`);
  return { executionId, ms };
}

async function plainInsert({ db }: OpenDatabase, executionId: number): Promise<number> {
  await sql`create table plain_rows as select * from uar_finding where execution_id = ${executionId}`.execute(
    db,
  );
  await sql`truncate plain_finding`.execute(db);
  const started = performance.now();
  await sql`insert into plain_finding select * from plain_rows`.execute(db);
  const ms = performance.now() - started;
  await sql`drop table plain_rows`.execute(db);
  return ms;
}
