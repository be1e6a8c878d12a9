import type { Generated, GeneratedAlways } from 'kysely';
import type {
  CalendarDate,
  Instant,
  JsonColumn,
  NullableCalendarDate,
  NullableInstant,
} from './column-types.ts';

/** One threshold of one item and one expiry, for one destination. */
export interface AlertLedgerTable {
  id: Generated<string>;
  item_kind: string;
  item_id: number;
  /** The date, or the fingerprint of a certificate: when it changes, alerts start afresh. */
  expiry_key: string;
  expires_on: CalendarDate;
  /** As in `message`: channel and destination; `*`: everybody. */
  destination: string;
  /** Days left; negative: days since. */
  threshold: number;
  /** `covered`: passed over by a smaller threshold. `baseline`: past before the watch began. `failed`: its message could not be delivered. `withdrawn`: it was too old or was cancelled. */
  state: 'alerted' | 'covered' | 'baseline' | 'failed' | 'withdrawn';
  /** Why it went there, when that is not its owner. */
  reason: string | null;
  run_id: string;
  dedupe_key: string | null;
  recorded_at: Instant;
  /** Named as an item without an owner: the month of the list, by its first day; null: an alert at a threshold. */
  listed_for: NullableCalendarDate;
}

/** What is kept quiet: snoozed until a date, or acknowledged for one expiry. */
export interface AlertHoldTable {
  item_kind: string;
  item_id: number;
  /** `*`: snoozed, whatever the expiry. */
  expiry_key: string;
  /** The first day on which it is alerted again; null: acknowledged. */
  until: NullableCalendarDate;
  reason: string | null;
  actor: string;
  at: Instant;
  /** Renewed on that day: no alert about this end; null: snoozed or acknowledged. */
  renewed_on: NullableCalendarDate;
  /** Its new end; null: not named. */
  renewed_until: NullableCalendarDate;
}

/** Since when the items of a kind are watched. */
export interface AlertWatchTable {
  item_kind: string;
  began_on: CalendarDate;
  last_run_on: CalendarDate;
  /** The month whose list of items without an owner was made, by its first day; null: none was. */
  listed_for: NullableCalendarDate;
}

/** What a certificate version's `public_body` says, kept so that it is read once. */
export interface CertificateReadingTable {
  version_id: number;
  /** MD5 of the text that was read. */
  body_hash: string;
  /** SHA-256 of the first leaf, in hex; what follows is about it, too. */
  fingerprint: string | null;
  not_before: NullableInstant;
  not_after: NullableInstant;
  common_name: string | null;
  /** As OpenSSL writes them: `DNS:a.example, DNS:b.example`. */
  alt_names: string | null;
  /** Hexadecimal. */
  serial_number: string | null;
  has_private_key: Generated<boolean>;
  /** See `StoredEnd`. */
  ends: Generated<JsonColumn<unknown>>;
  /** Why it could not be read. */
  problem: string | null;
}

/** Where a certificate is served, by import. */
export interface CertificateEndpointTable {
  certificate_id: number;
  /** In the form of `Endpoint.text`. */
  endpoint: string;
}

/** The certificate that an endpoint served last, and since when it has served none. */
export interface EndpointObservationTable {
  certificate_id: number;
  endpoint: string;
  asked_at: Instant;
  /** Why no certificate was received when it was asked last; null: one was. */
  failure: string | null;
  /** It was not connected to: its address is not allowed. */
  refused: Generated<boolean>;
  failing_since: NullableCalendarDate;
  seen_at: NullableInstant;
  /** The first day on which this certificate was seen. */
  served_since: NullableCalendarDate;
  /** SHA-256, in hex. */
  fingerprint: string | null;
  name: string | null;
  issuer: string | null;
  not_before: NullableInstant;
  not_after: NullableInstant;
  /** Why this host does not trust it: a code of OpenSSL; null: it does. */
  trust: string | null;
  name_fits: boolean | null;
  /** By fault, the day on which it was found. */
  faults: Generated<JsonColumn<unknown>>;
}

/** An item of the job `deadlines` that was imported, or that a query answered. */
export interface DeadlineTable {
  id: GeneratedAlways<number>;
  /** In the words of the file; with the name, what it is known by. Of a query: its name. */
  kind: string;
  name: string;
  due_on: CalendarDate;
  /** A user. */
  owner_id: number | null;
  cost: string | null;
  currency: string | null;
  link: string | null;
  changed_at: Instant;
  /** Name of a query, and what an item of its is known by; null: it was imported. */
  query: string | null;
  key: string | null;
  /** Since when no answer has it; null: it is watched. */
  gone_at: NullableInstant;
}

export interface AlertTables {
  'opsdeck_jobs.alert_ledger': AlertLedgerTable;
  'opsdeck_jobs.alert_hold': AlertHoldTable;
  'opsdeck_jobs.alert_watch': AlertWatchTable;
  'opsdeck_jobs.certificate_reading': CertificateReadingTable;
  'opsdeck_jobs.certificate_endpoint': CertificateEndpointTable;
  'opsdeck_jobs.endpoint_observation': EndpointObservationTable;
  'opsdeck_jobs.deadline': DeadlineTable;
}
