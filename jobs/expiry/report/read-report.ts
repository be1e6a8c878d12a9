import type { Kysely } from 'kysely';
import type { Config } from '../../../src/config/config.ts';
import type { Database } from '../../../src/db/tables.ts';
import { renewalSettings } from '../../subscription-renewals/settings.ts';
import { addDays, type Day, daysBetween } from '../calendar.ts';
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
  /** By date. */
  readonly ends: readonly ReportedEnd[];
  readonly problems: readonly ItemProblem[];
  /** Not archived, by kind. */
  readonly watched: Readonly<Partial<Record<ItemKind, number>>>;
}

/** A fixed number of statements, and one for each batch of owners and of certificates that were not read yet. */
export async function readExpiryReport(
  db: Kysely<Database>,
  sources: readonly ExpirySource[],
  { today, days, expired }: ReportWindow,
): Promise<ExpiryReport> {
  const until = expired ? addDays(today, -1) : addDays(today, days);
  const items: ExpiringItem[] = [];
  const problems: ItemProblem[] = [];
  const watched: Partial<Record<ItemKind, number>> = {};
  for (const source of sources) {
    const found = await source.read(db, { today, until, since: today, openOnly: false, id: null });
    items.push(...found.items.filter(({ expiresOn }) => expiresOn < today === expired));
    problems.push(...found.problems);
    watched[source.kind] = found.total;
  }
  const owners = await findOwners(
    db,
    items.flatMap(({ owner }) => owner ?? []),
  );
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
    problems,
    watched,
  };
}
