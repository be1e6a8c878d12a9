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
 * | an owner has no address                   | the fallback recipient, then the administrators, with the reason  |
 * | an owner left, or there is none           | a monthly list names it: owner-list.ts                            |
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
import { addDays, type Day, dayOf, laterOf } from '../../src/time/calendar-day.ts';
import { readRates } from './costs.sql.ts';
import { digestsOf } from './digest.ts';
import { itemsWithoutOwner } from './events.ts';
import { holdFinder, readHolds } from './holds.sql.ts';
import type { FoundItems, ItemKind, ItemScope } from './item.ts';
import { readWatches, rearmUnsent, recordWatches, type Watch } from './ledger.sql.ts';
import { lastListed, listMonth } from './list-month.ts';
import { logExpiry } from './log-expiry.ts';
import { ownerListMessages, ownerListTemplate } from './owner-list-message.ts';
import { type AlertSettings, readAlertSettings } from './owners.sql.ts';
import { planRun } from './plan-run.sql.ts';
import { recordAlerts } from './record-alerts.ts';
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
  /** So many days before the end of an item it may have to be cancelled; undefined: none. */
  readonly notice?: number;
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
  const items = remindOfRenewals(
    found.flatMap((one) => one.items),
    hold,
    { today, zone: context.zones.business },
  );
  const plan = await planRun(trx, {
    ...{ items, sources, routes, watches, settings, hold, today },
    routeOfList: () => notifier.route(trx, itemsWithoutOwner, ownerListTemplate),
  });
  const { listRoute } = plan;
  signal.throwIfAborted();

  progress('recording', 2, steps);
  const dedupeKey = `${context.job}:${context.runId}`;
  const listKey = `${dedupeKey}:without-owner`;
  const month = listMonth(today);
  const { told, named } = await recordAlerts(trx, context, plan, { dedupeKey, listKey, month });
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
  const lists = ownerListMessages(named, {
    ...{ today, zone: context.zones.business, appBaseUrl: context.appBaseUrl, dedupeKey: listKey },
  });
  const listed =
    lists.length === 0 || listRoute === null
      ? { queued: [], notes: [] }
      : await notifier.enqueueEach(trx, listRoute.template, lists);
  // A kind whose event is off has not been watched.
  const watched = job.kinds.filter((kind) => (routes.get(kind)?.channels.length ?? 0) > 0);
  if (!dryRun) {
    // What had no recipient, or may not be sent, is in a later run's list.
    const isMade = listRoute?.channels.length !== 0 && plan.list.withoutRecipient.length === 0;
    await recordWatches(trx, watched, { today, month: isMade ? month : null });
  }
  progress('done', steps, steps);
  return toResult({
    today,
    kinds: sources.map(({ kind }) => kind),
    found,
    firstRun: watched.filter((kind) => !watches.has(kind)),
    plan,
    told,
    named,
    rearmed,
    messagesQueued: queued.queued.length + listed.queued.length,
    notes: [
      ...notes,
      ...found.flatMap((one) => one.notes ?? []),
      ...[...routes.values()].flatMap((route) => route.notes),
      ...(listRoute?.notes ?? []),
      ...queued.notes,
      ...listed.notes,
    ],
  });
}

function scopeOf(source: ExpirySource, watch: Watch | undefined, today: Day): ItemScope {
  const listTo = lastListed(listMonth(today));
  const after = watch === undefined ? today : addDays(watch.lastRunOn, 1);
  return {
    today,
    until: laterOf(addDays(today, Math.max(0, source.farthest)), addDays(listTo, source.notice ?? 0)),
    renewalsTo: listTo,
    since: after < today ? after : today,
    openOnly: true,
    findings: true,
    id: null,
  };
}
