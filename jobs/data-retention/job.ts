import { sql } from 'kysely';
import type { JobContext } from '../../src/job/context.ts';
import { defineJob } from '../../src/job/define-job.ts';
import { runnerName } from '../../src/job/run-environment.ts';
import { dayOf } from '../../src/time/calendar-day.ts';
import { parseDuration } from '../../src/time/duration.ts';
import { announceWaiting, renewWaitingAlerts } from './announce-waiting.ts';
import { retentionAttention } from './attention.ts';
import type { OnRunStep } from './batch/run-step.ts';
import { retentionGrants } from './grants.ts';
import { readProgress } from './policy/acceptance.sql.ts';
import { fitPolicies } from './policy/fit-policies.ts';
import { recordFloor } from './policy/floor.sql.ts';
import { logPolicy } from './policy/log-policy.ts';
import { longestAgoFirst } from './policy/longest-ago-first.ts';
import type { Moment } from './policy/moment.sql.ts';
import {
  disabledPolicies,
  enabledPolicies,
  findPolicy,
  type Policy,
  policyContent,
} from './policy/policy.ts';
import { runPolicy } from './policy/run-policy.ts';
import { TableShares } from './policy/table-shares.ts';
import type { Target } from './policy/target.ts';
import type { Work } from './policy/work.ts';
import { presentRetention } from './present.ts';
import { cleanUp, markClean, recordRun } from './records/clean-up.ts';
import { archiveChain } from './records/manifest.sql.ts';
import { requiredColumns } from './required-columns.ts';
import { faultOf, type RetentionResult, retentionRows } from './result.ts';
import {
  type RetentionParams,
  type RetentionSettings,
  readAcceptances,
  retentionParams,
  retentionSettings,
} from './settings.ts';
import { waitingEvent } from './waiting-alert.ts';

type Context = JobContext<RetentionParams, RetentionSettings>;

async function run(context: Context, onStep: OnRunStep): Promise<RetentionResult> {
  const { settings, params, clock, zones, dryRun, runId, transaction } = context;
  const policies = enabledPolicies(settings);
  const result: RetentionResult = {
    policies_off: disabledPolicies(settings).length,
    archive_dir: settings.archive_dir ?? null,
    leftovers_removed: 0,
    stopped: false,
    dry_run: dryRun,
    policies: [],
  };
  const given = readAcceptances(params.accept);
  checkAcceptances(policies, given);
  if (policies.length === 0) return result;

  const began = performance.now();
  const stopAfterMs = parseDuration(settings.stop_after, 'stop_after');
  const moment: Moment = { today: dayOf(clock.now(), zones.business), zones };
  const { targets, unavailable } = await fitPolicies(context, policies, moment);
  result.policies.push(...unavailable);
  if (!dryRun) {
    await transaction((trx) =>
      recordFloor(trx, settings.floor_days, { actor: runnerName, now: clock.now() }),
    );
    const stored = policies.map((policy) => policyContent(policy));
    await recordRun(transaction, {
      runId,
      now: clock.now(),
      archiveDir: result.archive_dir,
      policies: stored,
    });
    if (settings.archive_dir !== undefined)
      result.leftovers_removed = await cleanUp(transaction, settings.archive_dir, runId, clock.now());
  }
  let clean = true;
  const work: Work = {
    transaction,
    runId,
    logger: context.logger,
    signal: context.signal,
    moment,
    now: () => clock.now(),
    archiveDir: result.archive_dir,
    limits: {
      statementMs: parseDuration(settings.statement_timeout, 'statement_timeout'),
      lockMs: parseDuration(settings.lock_timeout, 'lock_timeout'),
    },
    pauseMs: parseDuration(settings.pause, 'pause'),
    isLate: () => performance.now() - began > stopAfterMs,
    onStep,
    fileLeft: () => {
      clean = false;
    },
    progress: () => undefined,
  };
  const progress = await transaction((trx) => readProgress(trx));
  const turns = { given, progress, shares: new TableShares(), before: [] };
  for (const target of longestAgoFirst(targets, progress)) {
    context.signal.throwIfAborted();
    const one = await runPolicy(context, work, target, turns);
    if (one.failed === null) logPolicy(context.logger, one);
    result.policies.push(one);
  }
  result.stopped = !dryRun && work.isLate() && result.policies.some(({ unfinished }) => unfinished);
  if (!dryRun) await announce(context, result, targets);
  if (!dryRun && clean) await markClean(transaction, [runId], clock.now());
  return result;
}

/** What waits was recorded with the policies; one that ends before this is found by the next run. */
async function announce(
  { transaction, notifier, logger, runId }: Context,
  { policies }: RetentionResult,
  targets: readonly Target[],
): Promise<void> {
  const hashes = new Map(targets.map(({ policy, hash }) => [policy.name, hash]));
  const dedupeKey = `data-retention:waits:${runId}`;
  const unannounced = await transaction((trx) =>
    announceWaiting(trx, notifier, { policies, hashes, dedupeKey }),
  );
  if (unannounced === null) return;
  logger.warn({ 'event.action': 'alert.queued', 'event.outcome': 'failure' }, unannounced);
}

function checkAcceptances(policies: readonly Policy[], given: ReadonlyMap<string, number>): void {
  for (const name of given.keys()) findPolicy(policies, name);
}

/** The job; `onStep` lets a test fail, or end the process, at a step. */
export function dataRetention(onStep: OnRunStep = async () => undefined) {
  return defineJob({
    name: 'data-retention',
    events: [waitingEvent],
    renewHeld: renewWaitingAlerts,
    description:
      'Archives and deletes what has been kept for long enough, by the policies that are switched on',
    schedule: '0 4 * * 0',
    misfire: 'latest',
    timeout: '2h',
    requires: requiredColumns,
    attention: retentionAttention,
    grants: retentionGrants,
    runsToKeep: sql`select run_id from opsdeck_jobs.archive_manifest`,
    record: { chains: [archiveChain] },
    // So that only this role need have the right to delete.
    databaseVariable: {
      name: 'OPSDECK_JOBS_RETENTION_DATABASE_URL',
      about: 'The same database as a role that may delete, for data-retention alone. Default: DATABASE_URL.',
    },
    plannedRows: retentionRows,
    besideOpsdeck: 'it has no job that removes old rows.',
    params: retentionParams,
    settings: retentionSettings,
    run: (context: Context) => run(context, onStep),
    // No policy is switched on until somebody does: that is no failure every week, but a decision; the result says so.
    faultOf,
    failureEffect: () => 'Rows that are due were not all archived or deleted; they stay due.',
    present: presentRetention,
  });
}

export default dataRetention();
