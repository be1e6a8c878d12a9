/*
 * compliance-drift: evaluates the controls of every active framework, stores a snapshot that OpsDeck's pages can read, and
 * reports what changed since the framework's snapshot before.
 *
 * One transaction. One statement evaluates, compares with the earlier snapshot and stores the new one (take-snapshot.ts), so all
 * of it sees one moment of the database. Only the controls that changed come here; pure rules decide what each change means
 * (classify.ts, cause.ts), and the changes and messages are written beside the snapshot: all are there or none. The
 * number of statements does not depend on the number of controls, rules or evidence.
 *
 * Days are calendar days of the business zone, by the job's clock. Not promised: what came and went between two runs.
 */

import { sql, type Transaction } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../src/db/tables.ts';
import type { JobContext } from '../../src/job/context.ts';
import { defineJob } from '../../src/job/define-job.ts';
import { driftEvent } from './alert-message.ts';
import { queueAlerts } from './alerting.ts';
import { driftAttention } from './attention.ts';
import { catalogChanges } from './catalog-changes.ts';
import { linkSnapshot } from './chain.sql.ts';
import { driftCheck } from './check.ts';
import { firstPolicy } from './earlier-evaluators.ts';
import { type EvaluationScope, evaluatorVersion } from './evaluate.sql.ts';
import { insertEvents } from './events.sql.ts';
import { evidencePolicy } from './evidence-policy.ts';
import { toFindings, toLostFinding } from './findings.ts';
import { forecastEvent } from './forecast/event.ts';
import { queueForecasts } from './forecast/queue-forecasts.ts';
import { checkFramework, howToAdd } from './frameworks.ts';
import { driftGrants } from './grants.ts';
import { logFindings } from './log-findings.ts';
import { ruleVariables } from './message-variables.sql.ts';
import { planForMany } from './plan-for-many.sql.ts';
import { presentDrift } from './present.ts';
import { countOpsdeckSnapshots } from './previous.sql.ts';
import { driftRecord } from './record.ts';
import { renewDriftAlerts } from './renewal/renew-alerts.ts';
import { requiredColumns } from './required-columns.ts';
import { type DriftResult, faultOf, toResult } from './result.ts';
import type { Difference } from './rule-state.ts';
import { type DriftParams, type DriftSettings, driftParams, driftSettings } from './settings.ts';
import { type ControlStatus, controlStatuses } from './status.ts';
import { statusesBy, takeSnapshot } from './take-snapshot.ts';

const steps = 3;

/** The result of a run that failed only because its alert found nobody. */
const withoutAlert = z.looseObject({ alerts_without_recipient: z.int().min(1) });

async function run(context: JobContext<DriftParams, DriftSettings>): Promise<DriftResult> {
  const { transaction, params, settings, mode, clock, zones, signal, progress, dryRun, runId } = context;
  const takenAt = clock.now();
  const policy = evidencePolicy(settings, mode);
  const scope = {
    now: takenAt,
    zones,
    frameworkId: params.framework ?? null,
    policy,
    besideOpsdeck: mode === 'attached',
  };

  const outcome = await transaction(async (trx) => {
    progress('evaluating and comparing', 0, steps);
    await planForMany(trx);
    signal.throwIfAborted();
    const { counts, lost, failing, differences } = await takeSnapshot(trx, scope, { runId, dryRun });
    const earlier = await byEarlierRules(trx, scope, settings.signed_off_evidence_only, differences());
    const auditId = counts[0]?.audit_id ?? null;
    const findings = [
      ...toFindings(differences(), earlier),
      ...lost.map(toLostFinding),
      ...(await catalogChanges(trx, scope.frameworkId, auditId)),
    ];
    signal.throwIfAborted();
    progress('recording changes', 1, steps);
    let snapshotHash: string | null = null;
    if (auditId !== null) {
      await insertEvents(trx, auditId, takenAt, findings);
      snapshotHash = await linkSnapshot(trx, { auditId, runId, takenAt });
    }
    signal.throwIfAborted();
    progress('queueing messages', 2, steps);
    const forecasts = await queueForecasts(trx, context, scope);
    const alerts = await queueAlerts(trx, context, { auditId, takenAt, counts, findings, lost, forecasts });
    const baseline = counts.every((one) => one.previous_audit_id === null);
    const opsdeckSnapshots = baseline ? await countOpsdeckSnapshots(trx) : 0;
    progress('done', steps, steps);
    return { counts, findings, lost, failing, alerts, opsdeckSnapshots, snapshotHash };
  });
  // After the commit: what is logged as found is stored.
  logFindings(context.logger, outcome);
  const { queued, withoutRecipient } = outcome.alerts;
  return toResult({ ...outcome, messagesQueued: queued.length, withoutRecipient });
}

/** In the first run of a new evaluator: what the changed controls come to by the rules that their last snapshot was taken by. */
async function byEarlierRules(
  trx: Transaction<Database>,
  scope: EvaluationScope,
  signedOffOnly: boolean | undefined,
  differences: Iterable<Difference>,
): Promise<ReadonlyMap<number, ControlStatus>> {
  const controls: number[] = [];
  for (const { evaluatorBefore, controlKey } of differences) {
    if (evaluatorBefore !== null && evaluatorBefore < evaluatorVersion) controls.push(controlKey);
  }
  if (controls.length === 0) return new Map();
  return statusesBy(trx, { ...scope, policy: firstPolicy(signedOffOnly) }, controls);
}

export default defineJob({
  name: 'compliance-drift',
  events: [driftEvent, forecastEvent],
  description: 'Evaluates every control, stores a snapshot and reports what got worse since the last one',
  schedule: '0 9 * * 1',
  misfire: 'latest',
  timeout: '10m',
  requires: requiredColumns,
  attention: driftAttention,
  grants: driftGrants,
  check: driftCheck,
  record: driftRecord,
  // Also those that name a snapshot that is missing: "verify drift" finds it by them.
  // `verify drift` compares the chain with them.
  resultToKeep: ['snapshot_id', 'snapshot_hash'],
  runsToKeep: sql`
    select run_id from opsdeck_jobs.drift_snapshot
     union all
    select id from opsdeck_jobs.job_run where job = 'compliance-drift' and result ->> 'snapshot_id' is not null`,
  messageVariables: ruleVariables,
  renewHeld: renewDriftAlerts,
  plannedRows: ({ frameworks }) => [
    { table: 'compliance_audit', rows: frameworks > 0 ? 1 : 0, change: 'write' },
  ],
  besideOpsdeck: 'its drift job stores a snapshot on Mondays at 09:00; its mail never leaves.',
  params: driftParams,
  settings: driftSettings,
  namedParams: {
    framework: {
      table: 'framework',
      what: 'framework',
      next: 'Look for its name in the summary of `run-job compliance-drift --dry-run`.',
    },
  },
  checkParams: checkFramework,
  run,
  nothingEvaluated({ frameworks, controls }) {
    if (controls > 0) return null;
    if (frameworks === 0) return `There is no active framework: ${howToAdd}`;
    return `${frameworks === 1 ? 'The active framework has' : `The ${frameworks} active frameworks have`} no controls: ${howToAdd}`;
  },
  judgedStatuses: controlStatuses,
  judge: ({ baseline, regressions, status, failing }) => ({
    baseline,
    levels: regressions,
    statuses: status,
    named: failing.map((one) => ({ status: one.status, name: `${one.framework} ${one.control_id}` })),
  }),
  faultOf,
  failureEffect: (result) =>
    withoutAlert.safeParse(result).success
      ? 'The snapshot was stored. No administrator could be alerted to what got worse.'
      : 'No snapshot was stored: controls that got worse are not reported.',
  present: presentDrift,
});
