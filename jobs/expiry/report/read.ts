import { type Kysely, sql } from 'kysely';
import type { DayPeriod } from '../../../src/cli/runs/read-period.ts';
import type { Config } from '../../../src/config/config.ts';
import type { Database } from '../../../src/db/tables.ts';
import { tableOf } from '../../../src/records/record-kind.ts';
import { inBatches } from '../../../src/text/batches.ts';
import type { Decimal } from '../../../src/text/decimal.ts';
import { addDays, type Day, daysBetween } from '../../../src/time/calendar-day.ts';
import { certificateSettings } from '../certificate-settings.ts';
import { readRates } from '../costs.sql.ts';
import { addCost, type Total, totalOfSums } from '../costs.ts';
import { deadlineSettings } from '../deadline-settings.ts';
import { deadlineSources } from '../deadline-sources.ts';
import type { EndpointStatus } from '../endpoints/endpoint-status.ts';
import { certificateExpiring, credentialExpiring, licenseExpiring, subscriptionRenewal } from '../events.ts';
import { type IdRange, type ItemKind, type ItemProblem, type RenewalSink, tables } from '../item.ts';
import { ownerKey, readAlertSettings, readOwnerNames } from '../owners.sql.ts';
import { renewalSettings } from '../renewal-settings.ts';
import type { ExpirySource } from '../run-expiry.ts';
import { certificateSource, credentialSource, subscriptionSources } from '../sources.ts';
import { thresholdSettings } from '../threshold-settings.ts';
import { inOrder } from '../thresholds.ts';
import { addEnd, type KindTotals } from './kind-totals.ts';
import { type ReportedItem, SortedEnds } from './sorted-ends.ts';

/** Every kind of item that is watched, read as its job is configured; nothing is written. Three statements. */
export async function allSources(
  db: Kysely<Database>,
  jobs: Config['jobs'],
  zone: string,
): Promise<readonly ExpirySource[]> {
  const opsdeck = await readAlertSettings(
    db,
    [subscriptionRenewal, licenseExpiring, credentialExpiring, certificateExpiring].map(({ code }) => code),
  );
  const thresholds = (job: string) => inOrder(thresholdSettings.parse(jobs[job]?.settings ?? {}).thresholds);
  return [
    ...subscriptionSources(renewalSettings.parse(jobs['subscription-renewals']?.settings ?? {}), opsdeck)
      .sources,
    credentialSource(thresholds('credential-expiry')),
    certificateSource(
      inOrder(certificateSettings.parse(jobs['certificate-expiry']?.settings ?? {}).thresholds),
      { zone, store: false },
    ),
    ...(await deadlineSources(db, deadlineSettings.parse(jobs['deadlines']?.settings ?? {}))).sources,
  ];
}

/** Which ends a report is about. */
export interface ReportWindow {
  readonly today: Day;
  /** How far to look ahead. */
  readonly days: number;
  /** Those that have ended instead. */
  readonly expired: boolean;
  /** Those of these days instead, also past ones. */
  readonly period: DayPeriod | null;
}

/** … and where it looked. */
export interface ReportScope extends ReportWindow {
  /** Name of the database, without secrets. */
  readonly database: string;
  readonly zone: string;
  readonly endpoints: readonly EndpointStatus[];
}

export interface ReportedEnd {
  readonly item: ReportedItem;
  readonly daysLeft: number;
  /** Name of the user or group; null: none. */
  readonly owner: string | null;
}

export interface ExpiryReport {
  /** By date; of a subscription that renews, every renewal. May be read more than once; a statement for a thousand of them. */
  ends(): AsyncGenerator<ReportedEnd>;
  readonly count: number;
  /** There were too many: nothing after this day is in it. null: it is complete. */
  readonly completeTo: Day | null;
  readonly total: Total;
  /** What ends, by kind. */
  readonly kinds: KindTotals;
  readonly problems: readonly ItemProblem[];
  /** Not archived, by kind. */
  readonly watched: Readonly<Partial<Record<ItemKind, number>>>;
}

/** Nobody reads more: a plan that renews every day has 3650 renewals in ten years. */
const mostEnds = 200_000;

/** Items of a kind that are read in one statement. */
const perPage = 2000;
/** Ends whose owners are looked up together. */
const perLookUp = 1000;

/**
 * Reads the items a page at a time; memory does not grow with them. What is read is kept in a private file until `use` has ended.
 */
export async function withExpiryReport<T>(
  db: Kysely<Database>,
  sources: readonly ExpirySource[],
  window: ReportWindow,
  use: (report: ExpiryReport) => Promise<T>,
  most = mostEnds,
): Promise<T> {
  const sorted = await SortedEnds.open(most);
  try {
    return await use(await readInto(sorted, db, sources, window));
  } finally {
    await sorted.close();
  }
}

async function readInto(
  sorted: SortedEnds,
  db: Kysely<Database>,
  sources: readonly ExpirySource[],
  { today, days, expired, period }: ReportWindow,
): Promise<ExpiryReport> {
  const until = period?.last ?? addDays(today, expired ? -1 : days);
  const since = period?.first ?? today;
  const isWanted = (day: Day) => (period === null ? day < today === expired : day >= since && day <= until);
  const problems: ItemProblem[] = [];
  const watched: Partial<Record<ItemKind, number>> = {};
  const everyRenewal: RenewalSink = {
    add: (item) => {
      if (isWanted(item.expiresOn)) sorted.add(item);
    },
    isTooLate: (day) => sorted.isTooLate(day),
  };
  const firstPages = await readPages(
    db,
    sources.map(({ kind }) => kind),
    -(2 ** 31),
  );
  for (const source of sources) {
    watched[source.kind] = 0;
    for await (const ids of idPages(db, source.kind, firstPages.get(source.kind))) {
      const scope = { today, until, since, openOnly: false, id: null, ids, everyRenewal };
      const { items, problems: wrong, total } = await source.read(db, scope);
      for (const item of items) everyRenewal.add(item);
      problems.push(...wrong);
      watched[source.kind] = (watched[source.kind] ?? 0) + total;
    }
  }
  const sums = new Map<string, Decimal>();
  const kinds: KindTotals = new Map();
  for await (const item of sorted.read()) {
    if (item.cost !== null) addCost(sums, item.cost);
    addEnd(kinds, item, daysBetween(today, item.expiresOn));
  }
  return {
    ends: () => withOwners(db, sorted, today),
    count: sorted.count,
    completeTo: sorted.completeTo,
    kinds,
    total: totalOfSums(sums, sums.size === 0 ? null : await readRates(db)),
    problems,
    watched,
  };
}

interface IdPage extends IdRange {
  /** There may be more after it. */
  readonly isFull: boolean;
}

/** One statement: the page of each kind after a number; a kind that has none is left out. */
async function readPages(
  db: Kysely<Database>,
  kinds: readonly ItemKind[],
  after: number,
): Promise<ReadonlyMap<ItemKind, IdPage>> {
  if (kinds.length === 0) return new Map();
  const pages = kinds.map(
    (kind) => sql`
      select ${kind}::text as kind, max(id) as up_to, count(*)::integer as found
        from (select id from ${tableOf(tables[kind])} where id > ${after}::integer order by id limit ${perPage}::integer) page`,
  );
  const { rows } = await sql<{ kind: ItemKind; up_to: number | null; found: number }>`${sql.join(
    pages,
    sql` union all `,
  )}`.execute(db);
  return new Map(
    rows.flatMap(({ kind, up_to: upTo, found }) =>
      upTo === null ? [] : [[kind, { after, upTo, isFull: found === perPage }] as const],
    ),
  );
}

/** All numbers of a kind's items, some after the others. A statement for each page but the first. */
async function* idPages(
  db: Kysely<Database>,
  kind: ItemKind,
  first: IdPage | undefined,
): AsyncGenerator<IdRange> {
  for (let page = first; page !== undefined; ) {
    yield page;
    page = page.isFull ? (await readPages(db, [kind], page.upTo)).get(kind) : undefined;
  }
}

async function* withOwners(
  db: Kysely<Database>,
  sorted: SortedEnds,
  today: Day,
): AsyncGenerator<ReportedEnd> {
  for await (const some of inBatches(sorted.read(), perLookUp)) {
    const names = await readOwnerNames(
      db,
      some.flatMap(({ owner }) => owner ?? []),
    );
    for (const item of some) {
      const owner = item.owner === null ? null : (names.get(ownerKey(item.owner)) ?? null);
      yield { item, daysLeft: daysBetween(today, item.expiresOn), owner };
    }
  }
}
