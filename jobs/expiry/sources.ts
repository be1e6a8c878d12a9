import type { Kysely } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import { farthestFor } from './cancelling.ts';
import { type FreshReading, readChangedCertificates, storeReadings } from './certificate-readings.sql.ts';
import { readCertificates } from './certificates.sql.ts';
import { readCredentials } from './credentials.sql.ts';
import { withEndpoints } from './endpoints/compare-endpoints.ts';
import { readComparedEndpoints } from './endpoints/endpoints.sql.ts';
import { certificateExpiring, credentialExpiring, licenseExpiring, subscriptionRenewal } from './events.ts';
import type { ItemScope } from './item.ts';
import { readLicenses } from './licenses.sql.ts';
import type { AlertSettings } from './owners.sql.ts';
import type { ExpirySource } from './run-expiry.ts';
import { readSubscriptions } from './subscriptions.sql.ts';
import { fromOpsdeck, inOrder, type Thresholds } from './thresholds.ts';

/** The items of each kind, for the jobs and for the commands that only look. */

export interface SubscriptionSettings {
  /** null: those of OpsDeck. */
  readonly thresholds: readonly number[] | null;
  readonly notice_days: Readonly<Record<string, number>>;
}

export function subscriptionSources(
  settings: SubscriptionSettings,
  opsdeck: AlertSettings,
): { readonly sources: readonly ExpirySource[]; readonly notes: readonly string[] } {
  const read = (code: string) => fromOpsdeck(opsdeck.daysOffset.get(code) ?? null, opsdeck.notifyDaysBefore);
  const configured = settings.thresholds === null ? null : inOrder(settings.thresholds);
  const renewal = read(subscriptionRenewal.code);
  const expiring = read(licenseExpiring.code);
  const thresholds = configured ?? renewal.thresholds;
  const licenseThresholds = configured ?? expiring.thresholds;
  const noticeDays = new Map(
    Object.entries(settings.notice_days).map(([name, days]) => [name.trim().toLowerCase(), days]),
  );
  const unreadable = configured === null ? renewal.unreadable : [];
  return {
    notes: unreadable.map(
      (part) =>
        `The notification setting "days before" has a part that is no number of days and is left out: ${part}.`,
    ),
    sources: [
      {
        kind: 'subscription',
        event: subscriptionRenewal,
        opsdeckDays: renewal.opsdeckDays,
        farthest: Math.max(...thresholds, ...[...noticeDays.values()].map(farthestFor)),
        notice: Math.max(0, ...noticeDays.values()),
        read: (trx, scope) => readSubscriptions(trx, scope, { thresholds, noticeDays }),
      },
      {
        kind: 'license',
        event: licenseExpiring,
        opsdeckDays: expiring.opsdeckDays,
        farthest: Math.max(...licenseThresholds),
        read: (trx, scope) => readLicenses(trx, scope, licenseThresholds),
      },
    ],
  };
}

export function credentialSource(thresholds: Thresholds): ExpirySource {
  return {
    kind: 'credential',
    event: credentialExpiring,
    opsdeckDays: null,
    farthest: Math.max(...thresholds),
    read: (trx, scope) => readCredentials(trx, scope, thresholds),
  };
}

/**
 * Certificates are read where they are stored, and what they say is kept, so that it is read once.
 *
 * @param store false: only look; what was read is used and forgotten.
 */
export function certificateSource(
  thresholds: Thresholds,
  { zone, store }: { readonly zone: string; readonly store: boolean },
): ExpirySource {
  return {
    kind: 'certificate',
    event: certificateExpiring,
    opsdeckDays: null,
    farthest: Math.max(...thresholds),
    read: async (trx, scope) => {
      const fresh = await readFresh(trx, scope, store);
      const found = await readCertificates(trx, scope, thresholds, { fresh, zone });
      return withEndpoints(found, await readComparedEndpoints(trx, { ...scope, zone }), scope, thresholds);
    },
  };
}

async function readFresh(
  db: Kysely<Database>,
  scope: ItemScope,
  store: boolean,
): Promise<readonly FreshReading[]> {
  const fresh: FreshReading[] = [];
  for await (const readings of readChangedCertificates(db, scope)) {
    if (store) await storeReadings(db, readings);
    else fresh.push(...readings);
  }
  return fresh;
}
