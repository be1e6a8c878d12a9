import type { Transaction } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import type { JsonObject } from '../../../src/text/json.ts';
import { sendAlert } from '../alert/send-alert.ts';
import { scopeOf } from '../compare/scope.ts';
import type { ComparisonSettings } from '../compare/settings.ts';
import type { Comparison, ComparisonRow } from '../comparison.ts';
import type { FindingType } from '../finding-words.ts';
import { storePopulation } from '../population/store-population.ts';
import { readingOf } from '../population/totals.ts';
import type { CompletedReview } from '../result.ts';
import { stagingTables } from '../sources/sides.ts';
import type { UarContext } from '../uar-context.ts';
import { takeClaim } from './claim.sql.ts';
import type { Compared } from './compare-sides.ts';
import { recordCompleted, recordTold, sourceRecord, takeSnapshot } from './execution-record.sql.ts';
import { openIncidents, ownIncidents, planIncidents } from './incidents.sql.ts';
import { storeFindings } from './lifecycle.sql.ts';
import type { Steps } from './read-steps.sql.ts';
import { recordedConfig } from './recorded-config.ts';
import { nextOf, settle } from './settle.ts';
import { toCompleted } from './to-completed.ts';

/** What {@link storeExecution} would do; reads only. */
export async function planExecution(
  context: UarContext,
  trx: Transaction<Database>,
  comparison: Comparison,
  compared: Compared,
  steps: Steps,
): Promise<CompletedReview> {
  const { row } = comparison;
  const incidents =
    row.auto_create_incidents === true ? await planIncidents(trx, ownIncidents(comparison)) : 0;
  const alert = await sendAlert(trx, context.notifier, alertInput(context, row, compared, steps));
  return toCompleted(comparison, { ...compared, steps, incidents, alert, next: nextOf(context, row) });
}

export async function storeExecution(
  context: UarContext,
  trx: Transaction<Database>,
  comparison: Comparison,
  compared: Compared,
  steps: Steps,
  startedAt: Date,
): Promise<CompletedReview> {
  const { runId, zones, actor, notifier, signal } = context;
  const { row, settings } = comparison;
  const { a, b, scope, spec, summary, accounted, changes } = compared;
  const { executionId, now } = scope;
  await takeClaim(trx, row.id, runId);
  const reading = readingOf(comparison, { a, b }, accounted, actor);
  const population = await storePopulation(trx, { executionId, spec, a, b, reading });
  signal.throwIfAborted();
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
    snapshotA: await takeSnapshot(trx, stagingTables.A, a, settings.where.a.length > 0),
    snapshotB: await takeSnapshot(trx, stagingTables.B, b, settings.where.b.length > 0),
    findings: summary.findings,
    keyQuality: { ...summary.key_quality, excluded: summary.excluded, unreported: summary.unreported },
    newFindings: countOf(steps, 'new'),
    summary: recordedSummary(compared, steps, settings),
    changeAcceptedBy: changes.length > 0 ? actor : null,
    population: z.record(z.string(), z.json()).parse(population),
  });
  await storeFindings(trx, scope, steps);
  signal.throwIfAborted();
  const incidents =
    row.auto_create_incidents === true
      ? await openIncidents(trx, {
          executionId,
          comparison: row.name,
          severity: row.auto_incident_severity ?? 'SEV-2',
          most: ownIncidents(comparison),
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

function recordedSummary(
  { a, b, scope, summary, changes }: Compared,
  steps: Steps,
  settings: ComparisonSettings,
): JsonObject {
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
    warnings: [...a.warnings, ...b.warnings, ...scopeOf(summary, settings)],
  };
}
