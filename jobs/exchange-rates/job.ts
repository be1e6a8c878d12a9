/*
 * exchange-rates: brings the newest exchange rates in, and the days that were missed.
 *
 * Model: a provider publishes, for a day, units of each currency for one unit of its base. What it published is kept in
 * `opsdeck_jobs.fx_rate` to the digit; a correction is a new version beside the old one. OpsDeck's `exchange_rate` gets the
 * newest day alone, as what one unit of a currency is worth in OpsDeck's base. Both, and the time of the synchronisation, in one
 * transaction, after everything was read and checked.
 * Clock: days are calendar days of the business zone, by the job's clock. The day of a rate is the provider's.
 *
 * | what the provider says                                     | what follows                                            |
 * | rates of a day that is stored, the same                    | nothing new; only the time of the synchronisation moves |
 * | the same day, other rates                                  | a new version, and a new row for OpsDeck                |
 * | a rate that jumped: more than 10 % a business day          | held, that currency alone, until an operator decides;   |
 * |                                                            | administrators are alerted once while it waits          |
 * | three later days at the level of a held rate               | taken, all of them: a level is no error                 |
 * | a rate after more than ten business days without one       | taken, and the gap reported                             |
 * | nothing newer for more than five business days             | a warning, here and wherever the rate is shown          |
 * | a rate or a day that is none, among many that are          | left out and named, exit 1; the others are stored       |
 * | no rates, more broken ones, another base, a day in the future | refused as a whole, exit 1; what was there stays     |
 * | nothing: it is away                                        | exit 6; what was there stays                            |
 *
 * Not promised: that a provider is right. It is believed as long as it does not jump.
 */
import { sql } from 'kysely';
import { openRegularFile } from '../../src/import/input-file.ts';
import type { JobContext } from '../../src/job/context.ts';
import { defineJob } from '../../src/job/define-job.ts';
import { queueColumns } from '../../src/notify/required-columns.ts';
import { dayOf } from '../../src/time/calendar-day.ts';
import { announceQuarantined } from './announce-quarantined.ts';
import { rateAttention } from './attention.ts';
import { isOld } from './business-days.ts';
import { rateCheck } from './check.ts';
import { readRateSource, recordSync } from './finance-settings.ts';
import { countHeld } from './fx-rates.sql.ts';
import { rateGrants } from './grants.ts';
import { logRates } from './log-rates.ts';
import { plannedOpsdeckRows, writeOpsdeckRates } from './opsdeck-rates.ts';
import { presentRates } from './present.ts';
import { quarantineEvent } from './quarantine-alert.ts';
import { renewQuarantineAlerts } from './renew-alerts.ts';
import { comparedForResult, faultOf, type RatesResult, refusedForResult } from './result.ts';
import { type RateParams, type RateSettings, rateParams, rateSettings } from './settings.ts';
import { storeRates } from './store.ts';

async function run(context: JobContext<RateParams, RateSettings>): Promise<RatesResult> {
  const { db, transaction, clock, zones, settings, dryRun, runId, logger } = context;
  const now = clock.now();
  const source = await readRateSource(db, settings);
  // Parsers: loaded when a run needs them.
  const { receiveRates } = await import('./receive-rates.ts');
  const read = await receiveRates(context, source);
  const { series, days, newest } = read;
  const outcome = await transaction(async (trx) => {
    const stored = await storeRates(trx, { ...series, fetchedAt: now, runId }, days, dryRun);
    if (dryRun) {
      const rows = plannedOpsdeckRows(stored, newest.date);
      return { stored, rows, waiting: await countHeld(trx), unannounced: null };
    }
    const rows = await writeOpsdeckRates(trx, {
      base: source.base,
      provider: source.provider,
      newDay: stored.newestIsNew ? newest.date : null,
      taken: [...stored.lastTaken].map(([quote, date]) => ({ quote, date })),
      now,
      storedZone: zones.stored,
    });
    await recordSync(trx, now, zones.stored);
    const unannounced = await announceQuarantined(
      trx,
      context.notifier,
      `exchange-rates:quarantine:${runId}`,
    );
    return { stored, rows, waiting: await countHeld(trx), unannounced };
  });
  const { stored } = outcome;
  const result: RatesResult = {
    dry_run: dryRun,
    provider: series.provider,
    source: read.source,
    published_base: series.base,
    base: source.base,
    derived: series.base !== source.base,
    rate_date: newest.date,
    previous_date: stored.previousDay,
    nothing_new: stored.taken === 0 && stored.heldCount === 0,
    new_days: stored.newDays,
    rates_stored: stored.taken,
    corrections: stored.corrections,
    opsdeck_rows: outcome.rows,
    held_count: stored.heldCount,
    held: stored.held.map(({ days, newest }) => ({ days, ...comparedForResult(newest) })),
    gaps: stored.gaps.map(comparedForResult),
    gap_count: stored.gapCount,
    refused: refusedForResult(read.refused),
    refused_count: read.refused.length,
    held_waiting: outcome.waiting,
    old: isOld(newest.date, dayOf(now, zones.business)),
    no_longer_quoted: stored.dropped.filter((code) => !read.refused.some((one) => one.code === code)),
    gap_remains: read.gapRemains,
  };
  // After the commit: what is logged as stored is stored.
  if (!dryRun) logRates(logger, result);
  if (outcome.unannounced !== null) {
    logger.warn({ 'event.action': 'alert.queued', 'event.outcome': 'failure' }, outcome.unannounced);
  }
  return result;
}

export default defineJob({
  name: 'exchange-rates',
  events: [quarantineEvent],
  renewHeld: renewQuarantineAlerts,
  description: 'Brings in the newest exchange rates, and the days that were missed',
  schedule: '0 3 * * *',
  misfire: 'latest',
  timeout: '10m',
  repeatable: true,
  grants: rateGrants,
  runsToKeep: sql`select run_id from opsdeck_jobs.fx_rate union all select run_id from opsdeck_jobs.fx_held`,
  check: rateCheck,
  requires: {
    ...queueColumns,
    finance_settings: [
      'id',
      'api_provider',
      'api_endpoint',
      'base_currency',
      'last_sync_at',
      'created_at',
      'updated_at',
    ],
    exchange_rate: ['id', 'currency_code', 'rate', 'fetched_at'],
    'opsdeck_jobs.fx_rate': ['provider', 'rate_date', 'base', 'quote', 'version', 'rate'],
    'opsdeck_jobs.fx_held': ['id', 'state', 'announced_by'],
  },
  attention: rateAttention,
  plannedRows: ({ opsdeck_rows: rows }) => [
    { table: 'exchange_rate', rows: rows ?? 0, change: 'write' },
    { table: 'finance_settings', rows: 1, change: 'write' },
  ],
  besideOpsdeck: 'it stores rates at 03:00; the newest row counts.',
  params: rateParams,
  settings: rateSettings,
  fileParams: ['file'],
  async checkParams({ file }) {
    if (file !== undefined) await (await openRegularFile(file)).close();
  },
  run,
  faultOf,
  failureEffect: () =>
    'The newest exchange rates are missing; the next successful run brings in the missed days.',
  present: presentRates,
});
