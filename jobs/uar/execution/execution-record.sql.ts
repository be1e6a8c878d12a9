import { type Kysely, sql, type Transaction } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import { version } from '../../../src/service/version.ts';
import { looksSecret } from '../../../src/sources/query/query-guard.ts';
import type { LoadedSource, StagingTable } from '../../../src/sources/source.ts';
import type { JsonObject } from '../../../src/text/json.ts';
import { storableJson, storableText } from '../../../src/text/storable.ts';
import type { Zones } from '../../../src/time/zones.ts';
import type { FindingType } from '../finding-words.ts';

/** The id of the execution to come: its notes and messages name it before its row is there. */
export async function newExecutionId(trx: Transaction<Database>): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    select nextval(pg_get_serial_sequence('public.uar_execution', 'id'))::int as id`.execute(trx);
  const id = rows[0]?.id;
  if (id === undefined) throw new Error('a sequence gave no number');
  return id;
}

const sampleRows = 10;
/** Of a value; the snapshot is a sample to look at, not a copy. */
const sampleLength = 500;

/** OpsDeck's `source_*_snapshot`; what looks like a secret is masked in its sample. One statement. */
export async function takeSnapshot(
  trx: Transaction<Database>,
  table: StagingTable,
  { columns, staged = columns, rows }: LoadedSource,
  filtered: boolean,
): Promise<JsonObject> {
  const sample =
    staged.length === 0
      ? []
      : (
          await sql<{ cells: readonly (string | null)[] }>`
            select array[${sql.join(staged.map((_, index) => sql`left(${sql.ref(`c${index + 1}`)}, ${sampleLength}::int)`))}]::text[] as cells
              from ${sql.table(table)} ${filtered ? sql`` : sql`where row_no <= ${sampleRows}::bigint`} order by row_no limit ${sampleRows}::int`.execute(
            trx,
          )
        ).rows;
  return {
    columns: [...columns],
    row_count: rows,
    sample: sample.map(({ cells }) =>
      Object.fromEntries(
        staged.map((name, index) => [name, looksSecret(name) ? '[secret]' : (cells[index] ?? null)]),
      ),
    ),
  };
}

/** What is recorded of a source beside OpsDeck's snapshot. */
export function sourceRecord(
  type: string,
  { columns, rows, sha256, extractedAt, asOf }: LoadedSource,
): JsonObject {
  return {
    type,
    columns: [...columns],
    rows,
    sha256,
    extracted_at: extractedAt.toISOString(),
    as_of: asOf?.toISOString() ?? null,
  };
}

/** An execution as both tables record it. */
export interface ExecutionRecord {
  readonly executionId: number;
  readonly comparisonId: number;
  readonly runId: string;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly zones: Zones;
  readonly config: JsonObject;
  /** null: it got so far that none was read. */
  readonly sourceA: JsonObject | null;
  readonly sourceB: JsonObject | null;
}

export interface CompletedExecution extends ExecutionRecord {
  readonly snapshotA: JsonObject;
  readonly snapshotB: JsonObject;
  readonly findings: Readonly<Record<FindingType, number>>;
  readonly keyQuality: JsonObject;
  readonly newFindings: number;
  readonly summary: JsonObject;
  /** Who accepted that the sources differ from last time; null: nobody had to. */
  readonly changeAcceptedBy: string | null;
  /** Its control totals. */
  readonly population: JsonObject;
}

/** Two statements. */
export async function recordCompleted(trx: Transaction<Database>, one: CompletedExecution): Promise<void> {
  const { findings } = one;
  const total = Object.values(findings).reduce((sum, count) => sum + count, 0);
  await sql`
    insert into public.uar_execution
      (id, comparison_id, status, started_at, completed_at, source_a_snapshot, source_b_snapshot, findings_count,
       left_only_count, right_only_count, mismatch_count, alerts_sent, incidents_created)
    values (${one.executionId}::int, ${one.comparisonId}::int, 'completed',
            ${one.startedAt}::timestamptz at time zone ${one.zones.stored}::text,
            ${one.finishedAt}::timestamptz at time zone ${one.zones.stored}::text,
            ${storableJson(one.snapshotA)}::text::json, ${storableJson(one.snapshotB)}::text::json, ${total}::int,
            ${findings['Left Only (A)']}::int, ${findings['Right Only (B)']}::int, ${findings.Mismatch}::int, false, 0)`.execute(
    trx,
  );
  await insertRecord(trx, one, {
    outcome: 'completed',
    reason: null,
    keyQuality: one.keyQuality,
    newFindings: one.newFindings,
    summary: one.summary,
    changeAcceptedBy: one.changeAcceptedBy,
    population: one.population,
  });
}

/** The last thing that is known of a completed execution. */
export async function recordTold(
  trx: Transaction<Database>,
  { executionId, finishedAt, zones }: Pick<ExecutionRecord, 'executionId' | 'finishedAt' | 'zones'>,
  { messages, incidents }: { readonly messages: number; readonly incidents: number },
): Promise<void> {
  if (messages + incidents === 0) return;
  await sql`
    update public.uar_execution
       set alerts_sent = ${messages > 0},
           alerts_sent_at = case when ${messages > 0} then ${finishedAt}::timestamptz at time zone ${zones.stored}::text end,
           incidents_created = ${incidents}::int
     where id = ${executionId}::int`.execute(trx);
}

/** An execution without a result; in OpsDeck's words `failed`. Two statements. */
export async function recordFailed(
  trx: Transaction<Database>,
  one: ExecutionRecord,
  { outcome, reason }: { readonly outcome: 'inconclusive' | 'failed'; readonly reason: string },
): Promise<void> {
  const text = storableText(reason).slice(0, 4000);
  await sql`
    insert into public.uar_execution
      (id, comparison_id, status, started_at, completed_at, findings_count, left_only_count, right_only_count, mismatch_count,
       alerts_sent, incidents_created, error_message)
    values (${one.executionId}::int, ${one.comparisonId}::int, 'failed',
            ${one.startedAt}::timestamptz at time zone ${one.zones.stored}::text,
            ${one.finishedAt}::timestamptz at time zone ${one.zones.stored}::text, 0, 0, 0, 0, false, 0,
            ${outcome === 'inconclusive' ? `Inconclusive: ${text}` : text})`.execute(trx);
  await insertRecord(trx, one, {
    outcome,
    reason: text,
    keyQuality: null,
    newFindings: 0,
    summary: {},
    changeAcceptedBy: null,
    population: null,
  });
}

interface Outcome {
  readonly outcome: 'completed' | 'inconclusive' | 'failed';
  readonly reason: string | null;
  readonly keyQuality: JsonObject | null;
  readonly newFindings: number;
  readonly summary: JsonObject;
  readonly changeAcceptedBy: string | null;
  readonly population: JsonObject | null;
}

async function insertRecord(trx: Kysely<Database>, one: ExecutionRecord, result: Outcome): Promise<void> {
  const json = (value: JsonObject | null) => (value === null ? null : storableJson(value));
  await sql`
    insert into opsdeck_jobs.uar_execution_record
      (execution_id, comparison_id, run_id, outcome, reason, config, program_version, source_a, source_b, key_quality,
       new_findings, summary, change_accepted_by, population, finished_at)
    values (${one.executionId}::int, ${one.comparisonId}::int, ${one.runId}::uuid, ${result.outcome}, ${result.reason},
            ${storableJson(one.config)}::text::jsonb, ${version}, ${json(one.sourceA)}::text::jsonb,
            ${json(one.sourceB)}::text::jsonb, ${json(result.keyQuality)}::text::jsonb, ${result.newFindings}::int,
            ${storableJson(result.summary)}::text::jsonb, ${result.changeAcceptedBy}, ${json(result.population)}::text::jsonb, ${one.finishedAt}::timestamptz)`.execute(
    trx,
  );
}

export interface NextRun {
  readonly now: Date;
  /** null: it is executed by hand only. */
  readonly next: Date | null;
  /** Its time is kept by us. */
  readonly ours: boolean;
  readonly scheduled: boolean;
  /** It has a result of ours: from now on OpsDeck's findings of it are no past any more. */
  readonly adopted: boolean;
  readonly zones: Zones;
}

/** When it runs next: OpsDeck's column, or ours for source types that it does not know. Two statements. */
export async function recordNextRun(
  trx: Transaction<Database>,
  comparisonId: number,
  { now, next, ours, scheduled, adopted, zones }: NextRun,
): Promise<void> {
  await sql`
    update public.uar_comparison
       set last_run_at = ${now}::timestamptz at time zone ${zones.stored}::text,
           next_run_at = case when ${ours}::boolean then null
                              when ${scheduled}::boolean then ${next}::timestamptz at time zone ${zones.stored}::text
                              else next_run_at end
     where id = ${comparisonId}::int`.execute(trx);
  await sql`
    update opsdeck_jobs.uar_comparison_state
       set next_run_at = case when ${ours}::boolean then ${next}::timestamptz end,
           adopted_at = case when ${adopted}::boolean then coalesce(adopted_at, ${now}::timestamptz) else adopted_at end
     where comparison_id = ${comparisonId}::int`.execute(trx);
}
