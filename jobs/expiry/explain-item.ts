import type { Kysely } from 'kysely';
import type { Config } from '../../src/config/config.ts';
import type { Database } from '../../src/db/tables.ts';
import { usage } from '../../src/errors/usage.ts';
import { createNotifier } from '../../src/notify/create-notifier.ts';
import type { EventRoutings } from '../../src/notify/event-routing.ts';
import { count } from '../../src/text/count.ts';
import { addDays, type Day, dayInWords, daysBetween, distanceInWords } from '../../src/time/calendar-day.ts';
import type { Clock } from '../../src/time/clock.ts';
import type { Zones } from '../../src/time/zones.ts';
import { deadlineOf, noticeEnded } from './deadline.ts';
import type { ItemReference } from './decide-holds.sql.ts';
import { digestTemplate } from './digest-template.ts';
import { itemsWithoutOwner } from './events.ts';
import { type Hold, holdFinder, holdState, readHolds } from './holds.sql.ts';
import { type ExpiringItem, type FoundItems, kindWords } from './item.ts';
import { readLedger, readWatches } from './ledger.sql.ts';
import { everybody, expiryKey } from './ledger.ts';
import { lastListed, listMonth, monthInWords, nextListMonth } from './list-month.ts';
import { type OwnerList, planOwnerList } from './owner-list.ts';
import { ownerListTemplate } from './owner-list-message.ts';
import { findOwners, ownerKey, readAlertSettings } from './owners.sql.ts';
import { isOwnerless, reasonOf } from './owners.ts';
import { goesToOwners, type Plan, planAlerts } from './plan.ts';
import { type RecordedAlert, readRecordedAlerts } from './recorded-alerts.sql.ts';
import { remindOfRenewals } from './renewed.ts';
import { allSources } from './report/read.ts';
import { next } from './thresholds.ts';

export interface LookScope {
  readonly jobs: Config['jobs'];
  readonly zone: string;
  readonly today: Day;
}

const endOfTime = '9999-12-31';

/** Every end of one item, however far; nothing when it is archived or has none. */
export async function readItemEnds(
  db: Kysely<Database>,
  { kind, id }: ItemReference,
  { jobs, zone, today }: LookScope,
): Promise<FoundItems> {
  const source = (await allSources(db, jobs, zone)).find((one) => one.kind === kind);
  if (source === undefined) return { total: 0, items: [], problems: [] };
  return source.read(db, { today, until: endOfTime, since: today, openOnly: false, findings: true, id });
}

/** One end of an item, and how its alerts stand. */
export interface ExplainedEnd {
  readonly item: ExpiringItem;
  readonly daysLeft: number;
  /** Whether an alert is due, and why. */
  readonly todays: string;
  readonly next: string;
  /** What was decided about cancelling it: `cancel by …`, or that it is too late; null: it has no such day. */
  readonly cancelling: string | null;
  /** The days before the end at which OpsDeck queued an alert of its own. */
  readonly byOpsdeck: readonly number[];
}

export interface Explanation {
  readonly owner: string | null;
  readonly ends: readonly ExplainedEnd[];
  /** Phrases. */
  readonly problems: readonly string[];
  /** Newest first. */
  readonly alerts: readonly RecordedAlert[];
  readonly holds: readonly Hold[];
}

/** Why an alert about an item was sent or not, and what happens next; decided by the same rules as in a run. */
export async function explainItem(
  db: Kysely<Database>,
  reference: ItemReference,
  scope: LookScope & { readonly clock: Clock; readonly zones: Zones; readonly routings: EventRoutings },
): Promise<Explanation> {
  const { jobs, zone, today, clock, zones } = scope;
  const source = (await allSources(db, jobs, zone)).find((one) => one.kind === reference.kind);
  if (source === undefined) {
    const { many } = kindWords[reference.kind];
    throw usage(
      `No ${many} are watched: the job deadlines has no kind for them.`,
      'Name it in `jobs.deadlines.settings` of the configuration file: kinds, or review_every.',
    );
  }
  const lookAt = {
    today,
    until: endOfTime,
    since: today,
    openOnly: false,
    findings: true,
    id: reference.id,
  } as const;
  const found = await source.read(db, lookAt);
  const settings = await readAlertSettings(db, []);
  const watches = await readWatches(db);
  const holds = await readHolds(db, today);
  const hold = holdFinder(holds);
  const { problems } = found;
  const items = remindOfRenewals(found.items, hold, { today, zone });
  const owners = await findOwners(
    db,
    items.flatMap(({ owner }) => owner ?? []),
  );
  const ledger = await readLedger(db, items, new Map([[source.kind, source.opsdeckDays ?? 0]]));
  const notifier = createNotifier({
    jobName: 'expiry show',
    runId: '',
    clock,
    zones,
    dryRun: true,
    routings: scope.routings,
  });
  const { route, listRoute } = await db
    .transaction()
    .setAccessMode('read only')
    .execute(async (trx) => ({
      route: await notifier.route(trx, source.event, digestTemplate('Expiry Alert', source.event.code)),
      listRoute: await notifier.route(trx, itemsWithoutOwner, ownerListTemplate),
    }));
  const ownerOf = (item: ExpiringItem) =>
    item.owner === null ? null : (owners.get(ownerKey(item.owner)) ?? null);
  const alerts = await readRecordedAlerts(db, { item: reference, limit: 100 });
  const [first] = items;
  return {
    owner: first === undefined ? null : (ownerOf(first)?.name ?? null),
    problems: problems.map(({ problem }) => problem),
    alerts,
    holds: holds.filter(({ kind, id }) => kind === reference.kind && id === reference.id),
    ends: items.map((item) => {
      const isListed = goesToOwners(route) && isOwnerless(item, ownerOf(item));
      const made = watches.get(item.kind)?.listedFor ?? null;
      const list = planOwnerList({
        ...{ today, items: isListed ? [item] : [], ledger, route: listRoute, fallbacks: settings },
        isMade: () => made === listMonth(today),
        isFirstRun: (kind) => !watches.has(kind),
        isHeld: (one) => hold(one) !== null,
        reason: (one) => reasonOf(one.owner, ownerOf(one), () => false),
      });
      const plan = planAlerts({
        today,
        items: [item],
        ledger,
        routes: new Map([[item.kind, route]]),
        lastRuns: new Map([...watches].map(([kind, { lastRunOn }]) => [kind, lastRunOn])),
        owner: ownerOf,
        fallbacks: settings,
        hold: (one) => {
          const found = hold(one);
          return found === null ? null : found.through === null ? 'acknowledged' : 'snoozed';
        },
        isListed: () => isListed,
      });
      const daysLeft = daysBetween(today, item.expiresOn);
      const byOpsdeck = (ledger.get(expiryKey(item)) ?? [])
        .filter(
          ({ destination, threshold }) =>
            destination === everybody &&
            !alerts.some(
              (one) => one.destination === everybody && one.key === item.key && one.threshold === threshold,
            ),
        )
        .map(({ threshold }) => threshold);
      return {
        item,
        daysLeft,
        byOpsdeck,
        cancelling:
          item.cancelBy === null
            ? null
            : (noticeEnded(item, today) ??
              `the last day ${item.happens === 'renews' ? 'to cancel' : 'for notice'} is ${dayInWords(item.cancelBy)}`),
        todays: todaysSentence(plan, item, daysLeft, {
          notes: route.notes,
          open: route.channels.length > 0,
          byOpsdeck,
          quiet: stateOf(hold(item)),
          list: isListed ? { ...list, notes: listRoute.channels.length > 0 ? [] : listRoute.notes } : null,
        }),
        next:
          isListed && hold(item) === null
            ? nextListSentence(item, today, made)
            : nextSentence(item, daysLeft, hold(item)),
      };
    }),
  };
}

function stateOf(hold: Hold | null): ReturnType<typeof holdState> | null {
  return hold === null ? null : holdState(hold);
}

function todaysSentence(
  plan: Plan,
  item: ExpiringItem,
  daysLeft: number,
  {
    notes,
    open,
    byOpsdeck,
    quiet,
    list,
  }: {
    readonly notes: readonly string[];
    readonly open: boolean;
    readonly byOpsdeck: readonly number[];
    readonly quiet: ReturnType<typeof holdState> | null;
    /** It has no owner; null: it has one. */
    readonly list: (OwnerList & { readonly notes: readonly string[] }) | null;
  },
): string {
  if (!open) return `No alert is due: ${notes.join(' ')}`;
  const [alert] = plan.alerts;
  if (alert !== undefined) {
    const to = plan.alerts.map(({ destination }) => destination.destination).join(', ');
    const why = alert.reason === null ? '' : ` (because ${alert.reason})`;
    return `The next run sends an alert to ${to}${why}: the threshold of ${count(alert.threshold, 'day')} is reached.`;
  }
  if (list !== null && list.notes.length > 0) return `No alert is due: ${list.notes.join(' ')}`;
  const [named] = list?.named ?? [];
  if (named !== undefined && list !== null) {
    const to = list.named.map(({ destination }) => destination.destination).join(', ');
    return `The next run names it to ${to}: ${named.reason}.`;
  }
  if (plan.withoutRecipient.length + (list?.withoutRecipient.length ?? 0) > 0)
    return 'An alert is due, but it has no recipient.';
  // Also of one without a recipient, which no plan counts as held.
  if (quiet !== null) return `No alert is due: the item is ${quiet}.`;
  if (plan.baseline.length > 0) return 'No alert is due: the item expired before monitoring began.';
  if (list !== null) return 'No alert is due: it has no active owner, and only the monthly list names it.';
  const [queued] = byOpsdeck;
  if (queued !== undefined && daysLeft <= queued) {
    return `No alert is due: OpsDeck queued its own, ${count(queued, 'day')} before the date.`;
  }
  return daysLeft > (item.thresholds[0] ?? 0)
    ? 'No alert is due: no threshold is reached.'
    : 'No alert is due: alerts for all reached thresholds were sent.';
}

/** Of an item without an owner: the list that names it, or names it again. */
function nextListSentence(item: ExpiringItem, today: Day, made: Day | null): string {
  const { day } = deadlineOf({ item, daysLeft: daysBetween(today, item.expiresOn) }, today);
  let month = made === listMonth(today) ? nextListMonth(listMonth(today)) : listMonth(today);
  if (day < month) return 'Next: no list names it again.';
  while (lastListed(month) < day) month = nextListMonth(month);
  return `Next: the list of items without an owner of ${monthInWords(month)} names it.`;
}

function nextSentence(item: ExpiringItem, daysLeft: number, hold: Hold | null): string {
  if (hold !== null && hold.through === null) {
    return `Next: no alert until its date changes (${holdState(hold)}).`;
  }
  const threshold = next(item.thresholds, daysLeft);
  if (threshold === undefined) {
    return item.happens === 'renews'
      ? 'Next: the thresholds of the renewal after this one.'
      : 'Next: no further alert; the last threshold is reached.';
  }
  const day = addDays(item.expiresOn, -threshold);
  const snoozed = hold !== null && hold.through !== null && hold.through >= day ? hold.through : null;
  return snoozed === null
    ? `Next: on ${dayInWords(day)}, ${distanceInWords(daysLeft - threshold)}, at ${threshold} ${Math.abs(threshold) === 1 ? 'day' : 'days'}.`
    : `Next: on ${dayInWords(addDays(snoozed, 1))}, after the snooze.`;
}
