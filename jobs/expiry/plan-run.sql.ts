import type { Transaction } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import type { EventRoute } from '../../src/notify/notifier.ts';
import type { Day } from '../../src/time/calendar-day.ts';
import type { holdFinder } from './holds.sql.ts';
import type { ExpiringItem, ItemKind } from './item.ts';
import { readLedger, type Watch } from './ledger.sql.ts';
import { listMonth } from './list-month.ts';
import { type OwnerList, planOwnerList } from './owner-list.ts';
import { type AlertSettings, findOwners, ownerKey } from './owners.sql.ts';
import { isOwnerless, reasonOf } from './owners.ts';
import { goesToOwners, type Plan, planAlerts, reachedItems } from './plan.ts';

interface PlanSources {
  readonly items: readonly ExpiringItem[];
  /** Of the monthly list; asked for, and so its event made, where there is something for it. */
  readonly routeOfList: () => Promise<EventRoute>;
  readonly sources: readonly { readonly kind: ItemKind; readonly opsdeckDays: number | null }[];
  readonly routes: ReadonlyMap<ItemKind, EventRoute>;
  readonly watches: ReadonlyMap<ItemKind, Watch>;
  readonly settings: AlertSettings;
  readonly hold: ReturnType<typeof holdFinder>;
  readonly today: Day;
}

const nothingListed: OwnerList = { named: [], withoutRecipient: [] };

/** Three statements, and one more for each batch of owners: what is alerted and named today. */
export async function planRun(
  trx: Transaction<Database>,
  { items: all, sources, routes, routeOfList, watches, settings, hold, today }: PlanSources,
): Promise<RunPlan> {
  const opsdeckDays = new Map(
    sources.flatMap(({ kind, opsdeckDays: days }) => (days === null ? [] : [[kind, days] as const])),
  );
  const owners = await findOwners(
    trx,
    all.flatMap(({ owner }) => owner ?? []),
  );
  const ownerOf = (item: ExpiringItem) =>
    item.owner === null ? null : (owners.get(ownerKey(item.owner)) ?? null);
  const isListed = (item: ExpiringItem) => isOwnerless(item, ownerOf(item));
  const items = reachedItems(all, today);
  const listed = all.filter((item) => {
    const route = routes.get(item.kind);
    return route !== undefined && goesToOwners(route) && isListed(item);
  });
  const ledger = await readLedger(trx, [...new Set([...items, ...listed])], opsdeckDays);
  const listRoute = listed.length === 0 ? null : await routeOfList();
  const list =
    listRoute === null
      ? nothingListed
      : planOwnerList({
          ...{ today, items: listed, ledger, route: listRoute, fallbacks: settings },
          isMade: (kind) => watches.get(kind)?.listedFor === listMonth(today),
          isFirstRun: (kind) => !watches.has(kind),
          isHeld: (item) => hold(item) !== null,
          reason: (item) => reasonOf(item.owner, ownerOf(item), () => false),
        });
  const plan = planAlerts({
    today,
    items,
    ledger,
    routes,
    lastRuns: new Map([...watches].map(([kind, { lastRunOn }]) => [kind, lastRunOn])),
    owner: ownerOf,
    isListed,
    fallbacks: settings,
    hold: (item) => {
      const found = hold(item);
      return found === null ? null : found.through === null ? 'acknowledged' : 'snoozed';
    },
  });
  return {
    ...plan,
    withoutRecipient: [...plan.withoutRecipient, ...list.withoutRecipient],
    list,
    listRoute,
  };
}

export interface RunPlan extends Plan {
  readonly list: OwnerList;
  /** null: no item is without an owner. */
  readonly listRoute: EventRoute | null;
}
