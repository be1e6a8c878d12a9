import { type Kysely, sql } from 'kysely';
import { sameName, sameSerial } from '../../src/certificates/read-pem.ts';
import type { Database } from '../../src/db/tables.ts';
import { type Day, dayInWords, daysBetween } from '../../src/time/calendar-day.ts';
import { type FreshReading, readingColumns } from './certificate-readings.sql.ts';
import { type ExpiringItem, type FoundItems, type ItemProblem, type ItemScope, ownerOf } from './item.ts';
import { isCounted, isOpen, isReadable, isWanted } from './settled.sql.ts';
import { forLife, type Thresholds } from './thresholds.ts';

interface CertificateRow {
  readonly id: number;
  readonly name: string;
  readonly type: string | null;
  readonly owner_type: string | null;
  readonly owner_id: number | null;
  readonly recorded_end: Day;
  readonly recorded_start: Day | null;
  readonly recorded_name: string | null;
  readonly recorded_serial: string | null;
  readonly expires_on: Day;
  /** What the certificate itself says; null: none could be read. */
  readonly fingerprint: string | null;
  readonly starts_on: Day | null;
  /** In the business zone, and in UTC: who typed the recorded date may have meant either. */
  readonly ends_on: Day | null;
  readonly ends_on_utc: Day | null;
  readonly chain_ends_on_utc: Day | null;
  readonly common_name: string | null;
  readonly alt_names: string | null;
  readonly serial_number: string | null;
  readonly has_private_key: boolean | null;
  readonly problem: string | null;
}

/**
 * Two statements. The end of an active version is the earliest end in its certificate chain, where that could be read, and the
 * recorded one otherwise.
 *
 * @param fresh what was read and is not stored: a dry run, or a command that only looks.
 * @param zone the business zone, in which an instant becomes a day.
 */
export async function readCertificates(
  db: Kysely<Database>,
  scope: ItemScope,
  thresholds: Thresholds,
  { fresh, zone }: { readonly fresh: readonly FreshReading[]; readonly zone: string },
): Promise<FoundItems> {
  const { rows } = await sql<CertificateRow>`
    with fresh as (
      select * from jsonb_to_recordset(${JSON.stringify(fresh)}::jsonb) as f (${readingColumns})
    ), reading as (
      select * from fresh
      union all
      select version_id, body_hash, fingerprint, not_before, not_after, ends_at, common_name, alt_names, serial_number,
             has_private_key, problem
        from opsdeck_jobs.certificate_reading
       where version_id not in (select version_id from fresh)
    ), version as (
      select v.id as version_id, v.certificate_id, v.expires_at as recorded_end, v.valid_from, v.common_name as recorded_name,
             v.serial_number as recorded_serial,
             coalesce((r.ends_at at time zone ${zone}::text)::date, v.expires_at) as expires_on,
             r.fingerprint, (r.not_before at time zone ${zone}::text)::date as starts_on,
             (r.not_after at time zone ${zone}::text)::date as ends_on, (r.not_after at time zone 'UTC')::date as ends_on_utc,
             (r.ends_at at time zone 'UTC')::date as chain_ends_on_utc,
             r.common_name, r.alt_names, r.serial_number, r.has_private_key, r.problem
        from certificate_versions v
        left join reading r on r.version_id = v.id and btrim(coalesce(v.public_body, '')) <> ''
       where coalesce(v.is_active, true) and ${isWanted(sql`v.certificate_id`, scope)}
    )
    select c.id, c.name, c.type, c.owner_type, c.owner_id, v.recorded_end::text as recorded_end,
           v.valid_from::text as recorded_start, v.recorded_name, v.recorded_serial, v.expires_on::text as expires_on,
           v.fingerprint, v.starts_on::text as starts_on, v.ends_on::text as ends_on, v.ends_on_utc::text as ends_on_utc,
           v.chain_ends_on_utc::text as chain_ends_on_utc,
           v.common_name, v.alt_names, v.serial_number, v.has_private_key, v.problem
      from version v join certificates c on c.id = v.certificate_id
     where (${isReadable(sql`v.expires_on`)} and v.expires_on <= ${scope.until}::date
             and ${isOpen('certificate', sql`v.certificate_id`, sql`v.expires_on`, scope, thresholds)})
        or v.problem is not null or v.has_private_key
        or v.recorded_end not in (v.ends_on, v.ends_on_utc, v.expires_on, v.chain_ends_on_utc)
        -- May be the same written in another way, which is looked at below.
        or lower(btrim(v.recorded_name)) <> lower(v.common_name)
        or lower(translate(v.recorded_serial, ': ', '')) <> lower(v.serial_number)
     order by c.id, v.expires_on, v.version_id`.execute(db);
  const { rows: counted } = await sql<{ total: number }>`
    select count(*)::integer as total from certificate_versions
     where coalesce(is_active, true) and ${isCounted(sql`certificate_id`, scope)}`.execute(db);
  const items = new Map<string, ExpiringItem>();
  const problems: ItemProblem[] = [];
  for (const row of rows) {
    const item = toItem(row, thresholds);
    for (const difference of item.differences) {
      problems.push({ kind: 'certificate', id: row.id, name: row.name, problem: difference });
    }
    // The same certificate in two versions is one.
    if (item.expiresOn <= scope.until) items.set(`${item.id} ${item.key}`, item);
  }
  return { total: counted[0]?.total ?? 0, items: [...items.values()], problems };
}

function toItem(row: CertificateRow, thresholds: Thresholds): ExpiringItem {
  const [start, end] =
    row.starts_on !== null && row.ends_on !== null
      ? [row.starts_on, row.ends_on]
      : [row.recorded_start, row.recorded_end];
  const earlier = row.ends_on !== null && row.expires_on !== row.ends_on;
  return {
    kind: 'certificate',
    id: row.id,
    name: row.name,
    key:
      row.fingerprint === null
        ? row.expires_on
        : `sha256:${row.fingerprint}${earlier ? `@${row.expires_on}` : ''}`,
    expiresOn: row.expires_on,
    thresholds: forLife(thresholds, start === null ? null : daysBetween(start, end)),
    happens: 'expires',
    owner: ownerOf(row.owner_type, row.owner_id),
    detail: [
      row.type,
      row.common_name ?? row.recorded_name,
      earlier ? 'a certificate of its chain ends first' : null,
    ]
      .filter((part) => part !== null && part !== '' && part !== row.name)
      .join(', '),
    cost: null,
    breakGlass: false,
    cancelBy: null,
    differences: differencesOf(row),
  };
}

function differencesOf(row: CertificateRow): string[] {
  const differences: string[] = [];
  if (row.problem !== null)
    differences.push(`what is stored as its certificate cannot be used: ${row.problem}`);
  if (row.has_private_key === true) differences.push('a private key is stored beside its certificate');
  // Recorded may be the end of the certificate, or that of its chain.
  const ends = [row.ends_on, row.ends_on_utc, row.expires_on, row.chain_ends_on_utc];
  if (row.ends_on !== null && !ends.includes(row.recorded_end)) {
    differences.push(
      `it ends on ${dayInWords(row.ends_on)}, but ${dayInWords(row.recorded_end)} is recorded`,
    );
  }
  const recordedName = row.recorded_name?.trim() ?? '';
  if (
    row.fingerprint !== null &&
    recordedName !== '' &&
    !sameName(recordedName, row.common_name, row.alt_names)
  ) {
    differences.push(`its name is ${row.common_name ?? 'not given'}, but ${recordedName} is recorded`);
  }
  const recordedSerial = row.recorded_serial?.trim() ?? '';
  if (row.serial_number !== null && recordedSerial !== '' && !sameSerial(recordedSerial, row.serial_number)) {
    differences.push(`its serial number is ${row.serial_number}, but ${recordedSerial} is recorded`);
  }
  return differences;
}
