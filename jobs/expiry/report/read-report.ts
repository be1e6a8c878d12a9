import type { Kysely } from 'kysely';
import type { Config } from '../../../src/config/config.ts';
import type { Database } from '../../../src/db/tables.ts';
import { renewalSettings } from '../../subscription-renewals/settings.ts';
import { addDays, type Day, daysBetween } from '../calendar.ts';
import { readRates } from '../costs.sql.ts';
import { type Total, totalOf } from '../costs.ts';
import { Earliest } from '../earliest.ts';
import { credentialExpiring, licenseExpiring, subscriptionRenewal, certificateExpiring } from '../events.ts';
import type { ExpiringItem, ItemKind, ItemProblem } from '../item.ts';
import { findOwners, ownerKey, readAlertSettings } from '../owners.sql.ts';
import type { ExpirySource } from '../run-expiry.ts';
import { certificateSource, credentialSource, subscriptionSources } from '../sources.ts';
import { thresholdSettings } from '../threshold-settings.ts';
import { inOrder } from '../thresholds.ts';

/** Every kind of item, read as its job is configured; nothing is written. Two statements. */
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
    certificateSource(thresholds('certificate-expiry'), { zone, store: false }),
  ];
}

/** Which ends a report is about. */
export interface ReportWindow {
  readonly today: Day;
  /** How far to look ahead. */
  readonly days: number;
  /** Those that have ended instead. */
  readonly expired: boolean;
}

export interface ReportedEnd {
  readonly item: ExpiringItem;
  readonly daysLeft: number;
  /** Name of the user or group; null: none. */
  readonly owner: string | null;
}

export interface ExpiryReport {
  /** By date; of a subscription that renews, every renewal. */
  readonly ends: readonly ReportedEnd[];
  /** There were too many: nothing after this day is in it. null: it is complete. */
  readonly completeTo: Day | null;
  readonly total: Total;
  readonly problems: readonly ItemProblem[];
  /** Not archived, by kind. */
  readonly watched: Readonly<Partial<Record<ItemKind, number>>>;
}

/** Nobody reads more, and memory is not endless: a plan that renews every day has 3650 renewals in ten years. */
const mostEnds = 200_000;

/** A fixed number of statements, and one for each batch of owners and of certificates that were not read yet. */
export async function readExpiryReport(
  db: Kysely<Database>,
  sources: readonly ExpirySource[],
  { today, days, expired }: ReportWindow,
  most = mostEnds,
): Promise<ExpiryReport> {
  const until = expired ? addDays(today, -1) : addDays(today, days);
  const found = new Earliest<ExpiringItem>(most + 1);
  const problems: ItemProblem[] = [];
  const watched: Partial<Record<ItemKind, number>> = {};
  for (const source of sources) {
    const {
      items: some,
      problems: wrong,
      total,
    } = await source.read(db, {
      today,
      until,
      since: today,
      openOnly: false,
      id: null,
      everyRenewal: { most: most + 1 },
    });
    for (const item of some) if (item.expiresOn < today === expired) found.add(item);
    problems.push(...wrong);
    watched[source.kind] = total;
  }
  const all = found.all;
  const completeTo = all.length > most ? addDays(all.at(-1)?.expiresOn ?? today, -1) : null;
  const items = completeTo === null ? all : all.filter(({ expiresOn }) => expiresOn <= completeTo);
  const owners = await findOwners(
    db,
    items.flatMap(({ owner }) => owner ?? []),
  );
  const costs = items.flatMap(({ cost }) => cost ?? []);
  return {
    ends: items
      .map((item) => ({
        item,
        daysLeft: daysBetween(today, item.expiresOn),
        owner: item.owner === null ? null : (owners.get(ownerKey(item.owner))?.name ?? null),
      }))
      .sort(
        (a, b) =>
          a.item.expiresOn.localeCompare(b.item.expiresOn) ||
          a.item.name.localeCompare(b.item.name) ||
          a.item.id - b.item.id,
      ),
    completeTo,
    total: totalOf(costs, costs.length === 0 ? null : await readRates(db)),
    problems,
    watched,
  };
}
