import { TZDate } from '@date-fns/tz/date';
import type { Transaction } from 'kysely';
import { statementFault } from '../../src/db/errors.ts';
import type { Database } from '../../src/db/tables.ts';
import { OperatorError } from '../../src/errors.ts';
import { ExitCode } from '../../src/exit-code.ts';
import type { JobContext } from '../../src/job/context.ts';
import { RunLostError } from '../../src/job/fenced-transaction.ts';
import type { JsonObject } from '../../src/json.ts';
import { toDay } from '../../src/time/calendar-day.ts';
import { ClaimLost, claimComparison, releaseClaim, takeClaim } from './claim.sql.ts';
import { compareStaged } from './compare/compare-staged.ts';
import { InconclusiveComparison } from './compare/spec.ts';
import type { ComparisonSummary } from './compare/summary.ts';
import {
  type Comparison,
  type ComparisonRow,
  isOurs,
  MisconfiguredComparison,
  readComparison,
  scheduleOf,
} from './comparison.ts';
import { readComparisonRow } from './due.sql.ts';
import {
  newExecutionId,
  recordCompleted,
  recordFailed,
  recordNextRun,
  recordTold,
  sourceRecord,
  takeSnapshot,
} from './execution-record.sql.ts';
import type { FindingType } from './finding-words.ts';
import { openIncidents, planIncidents } from './incidents.sql.ts';
import { storeFindings } from './lifecycle.sql.ts';
import { logReview } from './log-review.ts';
import { changedSources, ImplausibleData, staleSources, tooMuchAppeared } from './plausibility.ts';
import { type Past, readPast } from './previous.sql.ts';
import { readSteps, type Steps } from './read-steps.sql.ts';
import { recordedConfig } from './recorded-config.ts';
import type { CompletedReview, FailedReview, ReviewOutcome } from './result.ts';
import { fallbackSchedule, nextRun } from './schedule.ts';
import { sendAlert } from './send-alert.ts';
import type { UarParams, UarSettings } from './settings.ts';
import { openSource } from './sources/open-source.ts';
import { InconclusiveSource, type LoadedSource, type OpenSource, stagingTables } from './sources/source.ts';
import { decideSteps, type StepScope } from './steps.sql.ts';
import { toCompleted } from './to-completed.ts';

export type UarContext = JobContext<UarParams, UarSettings>;

/** Says how far one comparison is. */
type Tell = (stage: string, done: number) => void;

/** Stages of one comparison, for the bar. */
export const stages = 4;

/**
 * One execution of one comparison: claimed, both sides opened outside of any transaction, and then all of it in one. Nothing that is
 * wrong with this comparison reaches another one: it comes back as a result, and is recorded in a short transaction of its own.
 *
 * @throws what ends the run: it was stopped or lost, or the database is away.
 */
export async function executeComparison(context: UarContext, id: number, tell: Tell): Promise<ReviewOutcome> {
  const { db, clock, zones, params, dryRun } = context;
  const skipped = (reason: string): ReviewOutcome => ({ outcome: 'skipped', comparison_id: id, reason });
  if (!dryRun && !(await claim(context, id))) return skipped('Another run is executing it.');
  const startedAt = clock.now();
  let row: ComparisonRow | undefined;
  try {
    const found = await readComparisonRow(db, id, startedAt, zones);
    if (found === undefined || (params.comparison === undefined && !found.due)) {
      if (!dryRun) await context.transaction((trx) => releaseClaim(trx, id, context.runId));
      return skipped(
        found === undefined ? 'It was deleted or archived.' : 'Another run has just executed it.',
      );
    }
    row = found.row;
    const review = await withSources(context, readComparison(row), startedAt, tell);
    logReview(context.logger, review);
    return review;
  } catch (error) {
    if (error instanceof ClaimLost) return skipped('Another run took it up.');
    rethrowWhatEndsTheRun(context, error);
    const review = await fail(context, { id, row, startedAt }, error);
    logReview(context.logger, review, error);
    return review;
  }
}

function claim({ transaction, runId, clock }: UarContext, id: number): Promise<boolean> {
  return transaction((trx) => claimComparison(trx, id, { runId, now: clock.now() }));
}

async function withSources(
  context: UarContext,
  comparison: Comparison,
  startedAt: Date,
  tell: Tell,
): Promise<CompletedReview> {
  const { row } = comparison;
  const opened: OpenSource[] = [];
  try {
    tell('opening the sources', 0);
    const { settings, clock, mode, signal, web, secret } = context;
    const deps = { settings, clock, mode, signal, web, secret, comparisonId: row.id };
    const a = await openSource(row.source_a_type, row.source_a_config, 'A', deps);
    opened.push(a);
    const b = await openSource(row.source_b_type, row.source_b_config, 'B', deps);
    opened.push(b);
    signal.throwIfAborted();
    return await inOneTransaction(context, comparison, { a, b, startedAt, tell });
  } finally {
    for (const source of opened) await source.close();
  }
}

interface Sides {
  readonly a: LoadedSource;
  readonly b: LoadedSource;
}

/** What is known once both sides are loaded and compared. */
interface Compared extends Sides {
  readonly past: Past;
  readonly scope: StepScope;
  readonly summary: ComparisonSummary;
  /** In what the sources differ from last time by more than is believed; not empty: it was accepted. */
  readonly changes: readonly string[];
}

async function inOneTransaction(
  context: UarContext,
  comparison: Comparison,
  opened: { readonly a: OpenSource; readonly b: OpenSource; readonly startedAt: Date; readonly tell: Tell },
): Promise<CompletedReview> {
  const { tell, startedAt } = opened;
  let compared: Compared | undefined;
  return context.transaction(
    async (trx) => {
      if (compared === undefined) throw new Error('the sources were not staged');
      context.signal.throwIfAborted();
      tell('deciding about the findings', 3);
      const steps = await readSteps(trx, comparison.row.id);
      const plausible = believe(context, comparison, compared, steps);
      return context.dryRun
        ? plan(context, trx, comparison, plausible, steps)
        : store(context, trx, comparison, plausible, steps, startedAt);
    },
    {
      stage: async (trx) => {
        compared = await stage(context, trx, comparison, opened);
      },
    },
  );
}

/** Fills the temporary tables: both sides, what they differ in, and what becomes of it. */
async function stage(
  context: UarContext,
  trx: Transaction<Database>,
  { row, mappings, settings }: Comparison,
  opened: { readonly a: OpenSource; readonly b: OpenSource; readonly tell: Tell },
): Promise<Compared> {
  const { clock, zones, signal, dryRun } = context;
  const past = await readPast(trx, row.id);
  opened.tell('loading A', 1);
  const a = await opened.a.load(trx, stagingTables.A);
  signal.throwIfAborted();
  opened.tell(`loading B (A has ${a.rows} rows)`, 1);
  const b = await opened.b.load(trx, stagingTables.B);
  signal.throwIfAborted();
  opened.tell(`comparing ${a.rows} with ${b.rows} rows`, 2);
  const stale = staleSources({ a, b }, settings, clock.now());
  if (stale.length > 0) throw new ImplausibleData(stale.join(' '));
  const changes = changedSources({ a, b }, past.previous, settings);
  if (changes.length > 0) requireAccepted(context, changes);
  const spec = { comparisonId: row.id, keyA: row.key_field_a, keyB: row.key_field_b, mappings, settings };
  const summary = await compareStaged(trx, spec, a, b);
  signal.throwIfAborted();
  const now = clock.now();
  const scope: StepScope = {
    comparisonId: row.id,
    executionId: dryRun ? 0 : await newExecutionId(trx),
    previousExecutionId: past.previous?.id ?? null,
    adopting: row.adopted_at === null && (past.hasFindings || past.previous !== null),
    linkUsers: row.key_field_a === 'email' || row.key_field_b === 'email',
    foldCase: settings.key.case_fold,
    now,
    today: toDay(new TZDate(now, zones.business)),
    zones,
    dryRun,
  };
  await decideSteps(trx, scope);
  return { a, b, past, scope, summary, changes };
}

/** The last look before anything is stored: so many people are not accused at once without somebody's word. */
function believe(
  context: UarContext,
  { settings }: Comparison,
  compared: Compared,
  { groups }: Steps,
): Compared {
  const { a, b, past, changes } = compared;
  const appeared = groups.reduce((sum, one) => sum + one.appeared, 0);
  const tooMuch = tooMuchAppeared(appeared, Math.max(a.rows, b.rows), past.previous, settings);
  if (tooMuch === null) return compared;
  requireAccepted(context, [tooMuch]);
  return { ...compared, changes: [...changes, tooMuch] };
}

function requireAccepted({ params }: UarContext, changes: readonly string[]): void {
  if (params['accept-change'] !== true) throw new ImplausibleData(changes.join(' '));
}

/** What {@link store} would do; reads only. */
async function plan(
  context: UarContext,
  trx: Transaction<Database>,
  comparison: Comparison,
  compared: Compared,
  steps: Steps,
): Promise<CompletedReview> {
  const { row, settings } = comparison;
  const incidents =
    row.auto_create_incidents === true && !compared.scope.adopting
      ? await planIncidents(trx, settings.max_incidents)
      : 0;
  const alert = await sendAlert(trx, context.notifier, alertInput(context, row, compared, steps));
  return toCompleted(comparison, { ...compared, steps, incidents, alert, next: nextOf(context, row) });
}

async function store(
  context: UarContext,
  trx: Transaction<Database>,
  comparison: Comparison,
  compared: Compared,
  steps: Steps,
  startedAt: Date,
): Promise<CompletedReview> {
  const { runId, zones, actor, notifier, signal } = context;
  const { row, settings } = comparison;
  const { a, b, scope, summary, changes } = compared;
  const { executionId, now } = scope;
  await takeClaim(trx, row.id, runId);
  await recordCompleted(trx, {
    executionId,
    comparisonId: row.id,
    runId,
    startedAt,
    finishedAt: now,
    zones,
    config: recordedConfig(row, settings),
    sourceA: sourceRecord(row.source_a_type, a),
    sourceB: sourceRecord(row.source_b_type, b),
    snapshotA: await takeSnapshot(trx, stagingTables.A, a),
    snapshotB: await takeSnapshot(trx, stagingTables.B, b),
    findings: summary.findings,
    keyQuality: summary.key_quality,
    newFindings: countOf(steps, 'new'),
    summary: recordedSummary(compared, steps),
    changeAcceptedBy: changes.length > 0 ? actor : null,
  });
  await storeFindings(trx, scope, steps);
  signal.throwIfAborted();
  const incidents =
    row.auto_create_incidents === true && !scope.adopting
      ? await openIncidents(trx, {
          executionId,
          comparison: row.name,
          severity: row.auto_incident_severity ?? 'SEV-2',
          most: settings.max_incidents,
          now,
          zones,
        })
      : 0;
  const alert = await sendAlert(trx, notifier, alertInput(context, row, compared, steps));
  await recordTold(trx, { executionId, finishedAt: now, zones }, { messages: alert.messages, incidents });
  const next = nextOf(context, row);
  await settle(trx, context, row, next);
  return toCompleted(comparison, { ...compared, steps, incidents, alert, next });
}

function alertInput(
  { zones, appBaseUrl }: UarContext,
  row: ComparisonRow,
  { scope }: Compared,
  steps: Steps,
) {
  const { executionId, now: executedAt, adopting: adopted } = scope;
  return { comparison: row, executionId, executedAt, zone: zones.business, appBaseUrl, steps, adopted };
}

function countOf({ groups }: Steps, novelty: Steps['groups'][number]['novelty']): number {
  return groups.filter((one) => one.novelty === novelty).reduce((sum, one) => sum + one.findings, 0);
}

function recordedSummary({ a, b, scope, summary, changes }: Compared, steps: Steps): JsonObject {
  const findings: Readonly<Record<FindingType, number>> = summary.findings;
  return {
    findings: { ...findings },
    new: countOf(steps, 'new'),
    seen: countOf(steps, 'seen'),
    recurred: countOf(steps, 'recurred'),
    reopened: countOf(steps, 'reopened'),
    resolved: steps.gone,
    adopted: scope.adopting,
    accepted_changes: [...changes],
    warnings: [...a.warnings, ...b.warnings],
  };
}

/** When it is due next, from now on; a schedule that cannot be read is tried once a day. */
function nextOf({ clock, zones }: UarContext, row: ComparisonRow | undefined): Date | null {
  const schedule = row === undefined ? null : scheduleOf(row);
  return nextRun(schedule ?? fallbackSchedule, clock.now(), zones.business);
}

/** Moves its next run and gives the claim back; the last thing of an execution. */
async function settle(
  trx: Transaction<Database>,
  { clock, zones, runId }: UarContext,
  row: ComparisonRow,
  next: Date | null,
  adopted = true,
): Promise<void> {
  await recordNextRun(trx, row.id, {
    now: clock.now(),
    next,
    ours: isOurs(row),
    scheduled: scheduleOf(row)?.every !== 'manual',
    adopted,
    zones,
  });
  await releaseClaim(trx, row.id, runId);
}

/** Stopped, lost, or without a database: no other comparison would fare better. */
function rethrowWhatEndsTheRun({ signal }: UarContext, error: unknown): void {
  if (signal.aborted || error instanceof RunLostError) throw error;
  const away = error instanceof OperatorError && error.exitCode === ExitCode.unavailable;
  if (away && statementFault(error) === undefined) throw error;
}

interface Failed {
  readonly id: number;
  /** undefined: it could not even be read. */
  readonly row: ComparisonRow | undefined;
  readonly startedAt: Date;
}

/** Records an execution that has no result, and moves the next run. A dry run only says so. */
async function fail(
  context: UarContext,
  { id, row, startedAt }: Failed,
  error: unknown,
): Promise<FailedReview> {
  const { clock, zones, runId, dryRun } = context;
  const { outcome, reason } = whatWentWrong(error);
  const review = { outcome, comparison_id: id, name: row?.name ?? `comparison ${id}`, reason };
  if (dryRun) return { ...review, execution_id: null };
  try {
    const executionId = await context.transaction(async (trx) => {
      await takeClaim(trx, id, runId);
      const newId = await newExecutionId(trx);
      const record = {
        executionId: newId,
        comparisonId: id,
        runId,
        startedAt,
        finishedAt: clock.now(),
        zones,
        config: row === undefined ? {} : recordedConfig(row, null),
        sourceA: null,
        sourceB: null,
      };
      await recordFailed(trx, record, { outcome, reason });
      if (row === undefined) await releaseClaim(trx, id, runId);
      else await settle(trx, context, row, nextOf(context, row), false);
      return newId;
    });
    return { ...review, execution_id: executionId };
  } catch (second) {
    rethrowWhatEndsTheRun(context, second);
    const also = second instanceof Error ? second.message : String(second);
    return { ...review, reason: `${reason} That could not be recorded: ${also}`, execution_id: null };
  }
}

function whatWentWrong(error: unknown): Pick<FailedReview, 'outcome' | 'reason'> {
  const reason = error instanceof Error ? error.message : String(error);
  const inconclusive =
    error instanceof InconclusiveSource ||
    error instanceof InconclusiveComparison ||
    error instanceof ImplausibleData;
  if (inconclusive) return { outcome: 'inconclusive', reason };
  if (error instanceof MisconfiguredComparison || error instanceof OperatorError)
    return { outcome: 'failed', reason };
  return { outcome: 'failed', reason: `Unexpected error: ${reason}` };
}
