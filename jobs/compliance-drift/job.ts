/*
 * compliance-drift: evaluates the controls of every active framework, stores a snapshot that OpsDeck's pages can read, and
 * reports what changed since the framework's snapshot before.
 *
 * One transaction. It puts evaluation and earlier state side by side in a temporary table (one moment of the database), brings
 * only the controls that changed here, decides what each change means (pure rules: classify.ts, cause.ts), and writes snapshot,
 * changes and messages: all are there or none. The number of statements does not depend on the number of controls, rules or
 * evidence, and the snapshot itself never leaves the database.
 *
 * Days are calendar days of the business zone, by the job's clock. Not promised: what came and went between two runs.
 */

import { sql, type Transaction } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import type { JobContext } from '../../src/job/context.ts';
import { defineJob } from '../../src/job/define-job.ts';
import { queueAlerts } from './alerting.ts';
import { fillCompared, readDifferences } from './compare.sql.ts';
import { insertEvents } from './events.sql.ts';
import { checkFramework, howToAdd } from './frameworks.ts';
import { logFindings } from './log-findings.ts';
import { presentDrift } from './present.ts';
import { requiredColumns } from './required-columns.ts';
import { type DriftResult, sortFindings, toFindings, toResult } from './result.ts';
import { type DriftParams, type DriftSettings, driftParams, driftSettings } from './settings.ts';
import { countFrameworks, storeSnapshot } from './snapshot.sql.ts';

export type DriftContext = JobContext<DriftParams, DriftSettings>;

const steps = 5;

async function run(context: DriftContext): Promise<DriftResult> {
  const { transaction, params, clock, zones, signal, progress, dryRun, runId } = context;
  const takenAt = clock.now();

  async function stage(trx: Transaction<Database>): Promise<void> {
    progress('evaluating', 0, steps);
    // Compiling these statements to machine code takes longer than running them; the sorts fit into this much memory.
    await sql`select set_config('jit', 'off', true), set_config('work_mem', '64MB', true)`.execute(trx);
    signal.throwIfAborted();
    await fillCompared({ now: takenAt, zones, frameworkId: params.framework ?? null }).execute(trx);
  }

  const outcome = await transaction(
    async (trx) => {
      signal.throwIfAborted();
      progress('comparing', 1, steps);
      const findings = sortFindings(toFindings(await readDifferences(trx)));
      signal.throwIfAborted();
      progress('storing the snapshot', 2, steps);
      const counts = dryRun
        ? await countFrameworks(trx)
        : await storeSnapshot(trx, { runId, takenAt, zones });
      signal.throwIfAborted();
      progress('recording changes', 3, steps);
      const auditId = counts[0]?.audit_id ?? null;
      if (auditId !== null && findings.length > 0) await insertEvents(trx, auditId, takenAt, findings);
      signal.throwIfAborted();
      progress('queueing messages', 4, steps);
      const alerts = await queueAlerts(trx, context, { auditId, takenAt, counts, findings });
      progress('done', steps, steps);
      return { counts, findings, alerts };
    },
    { stage },
  );
  // After the commit: what is logged as found is stored.
  logFindings(context.logger, outcome);
  return toResult({ ...outcome, messagesQueued: outcome.alerts.queued.length });
}

export default defineJob({
  name: 'compliance-drift',
  description: 'Evaluates every control, stores a snapshot and reports what got worse since the last one',
  schedule: '0 9 * * 1',
  misfire: 'latest',
  timeout: '10m',
  requires: requiredColumns,
  params: driftParams,
  settings: driftSettings,
  checkParams: checkFramework,
  run,
  nothingEvaluated({ frameworks, controls }) {
    if (controls > 0) return null;
    if (frameworks === 0) return `There is no active framework: ${howToAdd}`;
    return `${frameworks === 1 ? 'The active framework has' : `The ${frameworks} active frameworks have`} no controls: ${howToAdd}`;
  },
  judge: ({ baseline, regressions, status }) => ({ baseline, levels: regressions, statuses: status }),
  present: presentDrift,
});
