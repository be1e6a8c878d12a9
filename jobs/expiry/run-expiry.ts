/*
 * Expiry alerts: subscription-renewals, credential-expiry, certificate-expiry and deadlines are this, with the items that each reads.
 *
 * Model: an item has an end and thresholds, days before (or after) it. An alert is due when a threshold has been reached and has not
 * been alerted for this item and this end; the smallest one that was reached is alerted, once for each destination, and covers the larger
 * ones. Missed days so cost lateness, never an alert. `alert_ledger` is what has been alerted; its unique index is the guarantee that
 * nothing is alerted twice, also by two runs at the same moment. Ledger rows and messages are written in one transaction.
 * Clock: days are calendar dates of the business zone, by the job's clock.
 *
 * | what happens                              | what follows                                                      |
 * | no run for some days                      | the next run tells what was reached, and which notices were missed |
 * | a message cannot be delivered             | its rows are re-armed: the fallback recipient is alerted          |
 * | a message is too old, or is cancelled     | its rows are re-armed: the same destination is alerted; one that is |
 * |                                           | on hold as too old is cancelled, so that nobody releases it       |
 * | the end changes                           | alerts start afresh                                               |
 * | a person recorded a renewal               | no alert about the old end; where it is still recorded after two  |
 * |                                           | weeks, one that asks for the date to be changed                   |
 * | the first run of a kind                   | what is past its last threshold is baseline: its owner gets the   |
 * |                                           | names once, administrators and the fallback how many              |
 * | an owner is archived or has no address    | the fallback recipient, then the administrators, with the reason  |
 * | there is no recipient at all              | the run fails and names the items; they stay due                  |
 * | the event is switched off                 | nothing is alerted or recorded; all of it is due when it is on again |
 *
 * The number of statements does not depend on the number of items: some for each kind, and one for each batch of owners, ledger
 * rows, messages, and certificates that were not read before. Not promised: that a message arrives; that is the outbox's.
 */

import type { Kysely, Transaction } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import type { JobContext } from '../../src/job/context.ts';
import type { EventDefinition, EventRoute, TemplateDefinition } from '../../src/notify/notifier.ts';
import { destinationKey } from '../../src/notify/park.ts';
import { addDays, type Day, dayOf } from '../../src/time/calendar-day.ts';
import { readRates } from './costs.sql.ts';
import { digestsOf } from './digest.ts';
import { holdFinder, readHolds } from './holds.sql.ts';
import type { ExpiringItem, FoundItems, ItemKind, ItemScope } from './item.ts';
import {
  ledgerRowKey,
  readLedger,
  readWatches,
  rearmUnsent,
  recordWatches,
  type Watch,
  writeLedger,
} from './ledger.sql.ts';
import { everybody, type NewLedgerRow } from './ledger.ts';
import { logExpiry } from './log-expiry.ts';
import { type AlertSettings, findOwners, ownerKey, readAlertSettings } from './owners.sql.ts';
import { type Plan, type PlannedAlert, planAlerts, reachedItems } from './plan.ts';
import { remindOfRenewals } from './renewed.ts';
import type { ExpiryResult } from './result.ts';
import { toResult } from './to-result.ts';

/** One kind of item of a job. */
export interface ExpirySource {
  readonly kind: ItemKind;
  readonly event: EventDefinition;
  /** The days before an end at which OpsDeck itself queues a notice; null: it queues none. */
  readonly opsdeckDays: number | null;
  /** The largest threshold that an item can have. */
  readonly farthest: number;
  read(db: Kysely<Database>, scope: ItemScope): Promise<FoundItems>;
}

/** The kinds that a job watches now, and why it watches no others. */
export interface Sources {
  readonly sources: readonly ExpirySource[];
  readonly notes: readonly string[];
}

/** What a job brings. */
export interface ExpiryJob<S> {
  readonly kinds: readonly ItemKind[];
  readonly events: readonly EventDefinition[];
  readonly template: TemplateDefinition;
  sources(
    opsdeck: AlertSettings,
    context: JobContext<unknown, S>,
    trx: Transaction<Database>,
  ): Sources | Promise<Sources>;
}

/**
 * One run.
 *
 * @param before what is to be known of what was done before it, as sentences
 */
export async function runExpiry<S>(
  context: JobContext<unknown, S>,
  job: ExpiryJob<S>,
  before: readonly string[] = [],
): Promise<ExpiryResult> {
  const today = dayOf(context.clock.now(), context.zones.business);
  const result = await context.transaction((trx) => runIn(trx, context, job, today));
  const outcome = { ...result, notes: [...before, ...result.notes] };
  // After the commit: what is logged as alerted is stored.
  logExpiry(context.logger, outcome);
  return outcome;
}

async function runIn<S>(
  trx: Transaction<Database>,
  context: JobContext<unknown, S>,
  job: ExpiryJob<S>,
  today: Day,
): Promise<ExpiryResult> {
  const { notifier, dryRun, signal, progress } = context;
  const steps = 4;
  progress('reading', 0, steps);
  const rearmed = dryRun ? 0 : await rearmUnsent(trx, job.kinds, context.clock.now());
  const settings = await readAlertSettings(
    trx,
    job.events.map(({ code }) => code),
  );
  const { sources, notes } = await job.sources(settings, context, trx);
  const watches = await readWatches(trx);
  const routes = new Map<ItemKind, EventRoute>();
  const ofEvents = new Map<string, EventRoute>();
  const found: FoundItems[] = [];
  for (const source of sources) {
    signal.throwIfAborted();
    const route = ofEvents.get(source.event.code) ?? (await notifier.route(trx, source.event, job.template));
    ofEvents.set(source.event.code, route);
    routes.set(source.kind, route);
    found.push(await source.read(trx, scopeOf(source, watches.get(source.kind), today)));
  }

  progress('deciding', 1, steps);
  const hold = holdFinder(await readHolds(trx, today));
  const items = reachedItems(
    remindOfRenewals(
      found.flatMap((one) => one.items),
      hold,
      { today, zone: context.zones.business },
    ),
    today,
  );
  const plan = await makePlan(trx, { items, sources, routes, watches, settings, hold, today });
  signal.throwIfAborted();

  progress('recording', 2, steps);
  const dedupeKey = `${context.job}:${context.runId}`;
  const told = await record(trx, context, plan, dedupeKey);
  signal.throwIfAborted();

  progress('queueing messages', 3, steps);
  const messages = digestsOf(told, {
    today,
    zone: context.zones.business,
    appBaseUrl: context.appBaseUrl,
    dedupeKey,
    eventOf: (kind) => sources.find((source) => source.kind === kind)?.event.code ?? '',
    rates: told.some(({ item }) => item.cost !== null) ? await readRates(trx) : null,
    past: plan.baseline,
    administrators: settings.admins,
    fallback: settings.recipient,
  });
  const template = [...routes.values()][0]?.template;
  const queued =
    template === undefined || messages.length === 0
      ? { queued: [], notes: [] }
      : await notifier.enqueueEach(trx, template, messages);
  // A kind whose event is off has not been watched.
  const watched = job.kinds.filter((kind) => (routes.get(kind)?.channels.length ?? 0) > 0);
  if (!dryRun) await recordWatches(trx, watched, today);
  progress('done', steps, steps);
  return toResult({
    today,
    kinds: sources.map(({ kind }) => kind),
    found,
    firstRun: watched.filter((kind) => !watches.has(kind)),
    plan,
    told,
    rearmed,
    messagesQueued: queued.queued.length,
    notes: [
      ...notes,
      ...found.flatMap((one) => one.notes ?? []),
      ...[...routes.values()].flatMap((route) => route.notes),
      ...queued.notes,
    ],
  });
}

function scopeOf(source: ExpirySource, watch: Watch | undefined, today: Day): ItemScope {
  const after = watch === undefined ? today : addDays(watch.lastRunOn, 1);
  return {
    today,
    until: addDays(today, Math.max(0, source.farthest)),
    since: after < today ? after : today,
    openOnly: true,
    findings: true,
    id: null,
  };
}

interface PlanSources {
  readonly items: readonly ExpiringItem[];
  readonly sources: readonly ExpirySource[];
  readonly routes: ReadonlyMap<ItemKind, EventRoute>;
  readonly watches: ReadonlyMap<ItemKind, Watch>;
  readonly settings: AlertSettings;
  readonly hold: ReturnType<typeof holdFinder>;
  readonly today: Day;
}

async function makePlan(
  trx: Transaction<Database>,
  { items, sources, routes, watches, settings, hold, today }: PlanSources,
): Promise<Plan> {
  const opsdeckDays = new Map(
    sources.flatMap(({ kind, opsdeckDays: days }) => (days === null ? [] : [[kind, days] as const])),
  );
  const ledger = await readLedger(trx, items, opsdeckDays);
  const owners = await findOwners(
    trx,
    items.flatMap(({ owner }) => owner ?? []),
  );
  return planAlerts({
    today,
    items,
    ledger,
    routes,
    lastRuns: new Map([...watches].map(([kind, { lastRunOn }]) => [kind, lastRunOn])),
    owner: (item) => (item.owner === null ? null : (owners.get(ownerKey(item.owner)) ?? null)),
    fallbacks: settings,
    hold: (item) => {
      const found = hold(item);
      return found === null ? null : found.through === null ? 'acknowledged' : 'snoozed';
    },
  });
}

/** Writes the ledger, and returns the alerts that this run is to tell: those that no other run wrote at the same moment. */
async function record<S>(
  trx: Transaction<Database>,
  { dryRun, runId, clock }: JobContext<unknown, S>,
  { alerts, baseline }: Plan,
  dedupeKey: string,
): Promise<readonly PlannedAlert[]> {
  if (dryRun) return alerts;
  const past = baseline.map(
    ({ item, threshold }): NewLedgerRow => ({
      ...ledgerItem(item),
      destination: everybody,
      threshold,
      state: 'baseline',
      reason: null,
      dedupe_key: null,
    }),
  );
  const alertRow = ({ item, destination, threshold, reason }: PlannedAlert): NewLedgerRow => ({
    ...ledgerItem(item),
    destination: destinationKey(destination),
    threshold,
    state: 'alerted',
    reason,
    dedupe_key: dedupeKey,
  });
  const now = clock.now();
  const written = await writeLedger(trx, [...past, ...alerts.map(alertRow)], { runId, now });
  const told = alerts.filter((alert) => written.has(ledgerRowKey(alertRow(alert))));
  const covered = told.flatMap((alert) =>
    alert.covered.map((threshold): NewLedgerRow => ({ ...alertRow(alert), threshold, state: 'covered' })),
  );
  await writeLedger(trx, covered, { runId, now });
  return told;
}

function ledgerItem(item: ExpiringItem) {
  return {
    item_kind: item.kind,
    item_id: item.id,
    expiry_key: item.key,
    expires_on: item.expiresOn,
  };
}
