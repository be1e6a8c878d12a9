import { type Day, dayInWords, dayOf, daysBetween } from '../../../src/time/calendar-day.ts';
import type { ServedCertificate } from './ask-endpoint.ts';

/** What can be wrong with a connection, whichever certificate is recorded. */
export const connectionFaults = ['incomplete_chain', 'untrusted', 'name_mismatch'] as const;
export type ConnectionFault = (typeof connectionFaults)[number];

/** What of the certificate that is served matters here. */
export type Served = Pick<
  ServedCertificate,
  'name' | 'issuer' | 'trust' | 'nameFits' | 'notBefore' | 'notAfter'
>;

/** The authority above is neither sent nor known here. */
const chainCodes = /^UNABLE_TO_(?:VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT)/;

export function faultsOf(
  { trust, nameFits, notAfter, notBefore }: Served,
  now: Date,
): readonly ConnectionFault[] {
  const faults: ConnectionFault[] = [];
  // That it has ended, or has not begun, is reported by its dates.
  const dated = trust === 'CERT_NOT_YET_VALID' || trust === 'CERT_HAS_EXPIRED';
  const byDates = dated && (notAfter <= now || notBefore > now);
  if (trust !== null && !byDates) faults.push(chainCodes.test(trust) ? 'incomplete_chain' : 'untrusted');
  if (!nameFits) faults.push('name_mismatch');
  return faults;
}

/** A phrase after the endpoint: `www.example.org:443 serves …`. */
export function faultInWords(fault: ConnectionFault, { trust, issuer, name }: Served): string {
  switch (fault) {
    case 'incomplete_chain':
      return `serves an incomplete chain: it does not send the certificate of ${issuer ?? 'the issuer'}, which this host does not know`;
    case 'untrusted':
      return trust === 'DEPTH_ZERO_SELF_SIGNED_CERT'
        ? 'serves a self-signed certificate'
        : trust === 'SELF_SIGNED_CERT_IN_CHAIN'
          ? `serves a certificate of an authority that this host does not know, ${issuer ?? 'which has no name'}`
          : trust === 'CERT_HAS_EXPIRED'
            ? 'serves a chain in which a certificate has expired'
            : `serves a certificate that this host does not trust (${trust})`;
    case 'name_mismatch':
      return `serves a certificate for another name, ${name ?? 'which is empty'}`;
    default:
      return fault satisfies never;
  }
}

/** By its dates alone: a phrase, or null while it is valid. */
export function validityFault({ notBefore, notAfter }: Served, now: Date, zone: string): string | null {
  if (notAfter <= now) return `serves a certificate that expired on ${dayInWords(dayOf(notAfter, zone))}`;
  if (notBefore > now)
    return `serves a certificate that is not valid before ${dayInWords(dayOf(notBefore, zone))}`;
  return null;
}

/** What is recorded of a certificate, as far as it is known. */
export interface RecordedCertificate {
  /** Of every certificate that is active. */
  readonly fingerprints: readonly string[];
  /** Of the one that ends last. */
  readonly end: Day;
  readonly start: Day | null;
}

/** How what is served differs from what is recorded. */
export type Difference = 'same' | 'not_deployed' | 'ends_sooner' | 'ends_later' | 'ends_alike';

/**
 * A certificate that was recorded without its text is known by its days, which may be one off: whoever typed them may have meant
 * another zone.
 */
export function compareServed(
  served: { readonly fingerprint: string; readonly start: Day; readonly end: Day },
  recorded: RecordedCertificate,
): Difference {
  if (recorded.fingerprints.includes(served.fingerprint)) return 'same';
  const days = daysBetween(served.end, recorded.end);
  const slack = recorded.fingerprints.length === 0 ? 1 : 0;
  if (days < -slack) return 'ends_later';
  if (days <= slack) return 'ends_alike';
  return recorded.start !== null && served.start <= recorded.start ? 'not_deployed' : 'ends_sooner';
}

/** An endpoint that has not answered for so many days is reported. */
const daysUnreachable = 3;

export function isUnreachable(failingSince: Day | null, today: Day): boolean {
  return failingSince !== null && daysBetween(failingSince, today) >= daysUnreachable;
}
