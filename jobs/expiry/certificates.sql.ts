import { type Kysely, sql } from 'kysely';
import { sameName, sameSerial } from '../../src/certificates/compare-names.ts';
import type { Database } from '../../src/db/tables.ts';
import { type Day, dayInWords, daysBetween } from '../../src/time/calendar-day.ts';
import { type FreshReading, readingColumns } from './certificate-readings.sql.ts';
import { eachItem } from './each-item.ts';
import { type ExpiringItem, type FoundItems, type ItemProblem, type ItemScope, ownerOf } from './item.ts';
import { isCounted, isOpen, isReadable, isWanted } from './settled.sql.ts';
import { forLife, type Thresholds } from './thresholds.ts';
import { forUsualRenewal, type PastLife, usualRenewal } from './usual-renewal.ts';

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
  /** The one of the ends that the row is about. */
  readonly expires_on: Day;
  /** A year that people and programs can read. */
  readonly readable_end: boolean;
  readonly readable_start: boolean;
  /** SHA-256 of the certificate that ends; null: none could be read. */
  readonly fingerprint: string | null;
  readonly end_name: string | null;
  /** That of the certificate below it, if it stands in a chain. */
  readonly below_name: string | null;
  readonly below_ends_on: Day | null;
  /** Between the instants that the certificate names, begun ones too; at most 0: it ends before it begins. */
  readonly life_days: number | null;
  /** The first end of the text: what is recorded is compared with it. */
  readonly is_first: boolean;
  readonly recorded_fits: boolean;
  readonly first_end: Day | null;
  readonly common_name: string | null;
  readonly alt_names: string | null;
  readonly serial_number: string | null;
  readonly has_private_key: boolean | null;
  readonly problem: string | null;
  readonly history: readonly PastLife[];
}

/**
 * Two statements. The ends of an active version are its certificate's own and those of its chain that come before it, where they
 * could be read, and the recorded one otherwise.
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
      select version_id, body_hash, fingerprint, not_before, not_after, common_name, alt_names, serial_number,
             has_private_key, problem, ends
        from opsdeck_jobs.certificate_reading
       where version_id not in (select version_id from fresh)
    ), version as (
      select v.id as version_id, v.certificate_id, v.expires_at as recorded_end, v.valid_from, v.common_name as recorded_name,
             v.serial_number as recorded_serial, e.place, coalesce(e.place, 1) = 1 as is_first,
             coalesce((e.not_after at time zone ${zone}::text)::date, v.expires_at) as expires_on,
             e.fingerprint, e.name as end_name, e.below ->> 'name' as below_name,
             ((e.below ->> 'not_after')::timestamptz at time zone ${zone}::text)::date as below_ends_on,
             ceil(extract(epoch from e.not_after - e.not_before) / 86400)::integer as life_days,
             (r.not_after at time zone ${zone}::text)::date as first_end,
             r.fingerprint is null or exists (
               -- Who typed the recorded date may have meant the business zone or UTC, and the certificate or its chain.
               select from jsonb_array_elements(r.ends) as one
                where v.expires_at in (((one ->> 'not_after')::timestamptz at time zone ${zone}::text)::date,
                                       ((one ->> 'not_after')::timestamptz at time zone 'UTC')::date)) as recorded_fits,
             r.common_name, r.alt_names, r.serial_number, r.has_private_key, r.problem
        from certificate_versions v
        left join reading r on r.version_id = v.id and btrim(coalesce(v.public_body, '')) <> ''
        left join lateral (
          select place, one ->> 'fingerprint' as fingerprint, one ->> 'name' as name, nullif(one -> 'below', 'null') as below,
                 (one ->> 'not_before')::timestamptz as not_before, (one ->> 'not_after')::timestamptz as not_after
            from jsonb_array_elements(r.ends) with ordinality as ends (one, place)) e on true
       where coalesce(v.is_active, true) and ${isWanted(sql`v.certificate_id`, scope)}
    ), judged as (
      select v.*, ${isReadable(sql`v.expires_on`)} as readable_end,
             v.valid_from is null or (${isReadable(sql`v.valid_from`)} and v.valid_from < v.recorded_end) as readable_start
        from version v
    )
    select c.id, c.name, c.type, c.owner_type, c.owner_id, v.recorded_end::text as recorded_end,
           v.valid_from::text as recorded_start, v.recorded_name, v.recorded_serial, v.expires_on::text as expires_on,
           v.readable_end, v.readable_start, v.fingerprint, v.end_name, v.below_name, v.below_ends_on::text as below_ends_on,
           v.life_days, v.is_first, v.recorded_fits, v.first_end::text as first_end,
           v.common_name, v.alt_names, v.serial_number, v.has_private_key, v.problem,
           (select coalesce(jsonb_agg(to_jsonb(past) order by past.starts), '[]')
              from (select h.valid_from::text as starts, h.expires_at::text as ends
                      from certificate_versions h
                     where h.certificate_id = c.id and h.valid_from < h.expires_at
                       and ${isReadable(sql`h.valid_from`)} and ${isReadable(sql`h.expires_at`)}
                     order by h.valid_from desc limit 6) past) as history
      from judged v join certificates c on c.id = v.certificate_id
     where (v.readable_end and v.expires_on <= ${scope.until}::date
             and ${isOpen('certificate', sql`v.certificate_id`, sql`v.expires_on`, scope, thresholds)})
        or (v.fingerprint is null and not (v.readable_end and v.readable_start)) or v.life_days <= 0
        or (v.is_first and (v.problem is not null or v.has_private_key or not v.recorded_fits
             -- May be the same written in another way, which is looked at below.
             or lower(btrim(v.recorded_name)) <> lower(v.common_name)
             or lower(translate(v.recorded_serial, ': ', '')) <> lower(v.serial_number)))
     order by c.id, v.expires_on, v.version_id, v.place`.execute(db);
  const { rows: counted } = await sql<{ total: number }>`
    select count(*)::integer as total from certificate_versions
     where coalesce(is_active, true) and ${isCounted(sql`certificate_id`, scope)}`.execute(db);
  const items = new Map<string, ExpiringItem>();
  const problems: ItemProblem[] = [];
  eachItem('certificate', rows, problems, (row) => {
    // What is wrong with it does not keep its end from being announced.
    const differences: string[] = [];
    eachItem('certificate', [row], problems, () => differences.push(...differencesOf(row)));
    problems.push(
      ...differences.map((problem) => ({
        kind: 'certificate' as const,
        id: row.id,
        name: row.name,
        problem,
      })),
    );
    if (!row.readable_end || row.expires_on > scope.until) return;
    const item = toItem(row, thresholds, differences);
    // The same certificate in two versions is one.
    items.set(`${item.id} ${item.key}`, item);
  });
  return { total: counted[0]?.total ?? 0, items: [...items.values()], problems };
}

function toItem(row: CertificateRow, thresholds: Thresholds, differences: readonly string[]): ExpiringItem {
  const life = lifeOf(row);
  const usual = row.below_name === null && row.below_ends_on === null ? usualRenewal(row.history) : null;
  return {
    kind: 'certificate',
    id: row.id,
    name: row.name,
    key: row.fingerprint === null ? row.expires_on : `sha256:${row.fingerprint}`,
    expiresOn: row.expires_on,
    thresholds: forUsualRenewal(forLife(thresholds, life), { usual, life, most: thresholds[0] ?? 0 }),
    happens: 'expires',
    owner: ownerOf(row.owner_type, row.owner_id),
    detail: [row.type, ...detailOf(row)]
      .filter((part) => part !== null && part !== '' && part !== row.name)
      .join(', '),
    cost: null,
    breakGlass: false,
    cancelBy: null,
    differences,
  };
}

/** Days; null: not known, or recorded so that it cannot be. */
function lifeOf({
  fingerprint,
  life_days,
  recorded_start,
  recorded_end,
  readable_start,
  readable_end,
}: CertificateRow) {
  if (fingerprint !== null) return life_days;
  if (recorded_start === null || !readable_start || !readable_end) return null;
  return daysBetween(recorded_start, recorded_end);
}

function detailOf(row: CertificateRow): readonly (string | null)[] {
  if (row.fingerprint === null) return [row.recorded_name];
  if (row.below_ends_on === null) return [row.end_name];
  return [
    `${row.end_name ?? 'a certificate'} of its chain ends on ${dayInWords(row.expires_on)}, before ${row.below_name ?? 'the certificate'} itself on ${dayInWords(row.below_ends_on)}`,
  ];
}

function differencesOf(row: CertificateRow): string[] {
  const differences: string[] = [];
  if (row.life_days !== null && row.life_days <= 0) {
    differences.push(`${row.end_name ?? 'its certificate'} ends before it begins`);
  }
  if (row.fingerprint === null && !row.readable_end) {
    differences.push(`its end is recorded as ${row.recorded_end}, which is no date`);
  } else if (row.fingerprint === null && !row.readable_start) {
    differences.push(
      `it is recorded as valid from ${row.recorded_start} to ${row.recorded_end}, which cannot be: its life is not known`,
    );
  }
  if (!row.is_first) return differences;
  if (row.problem !== null)
    differences.push(`what is stored as its certificate cannot be used: ${row.problem}`);
  if (row.has_private_key === true) differences.push('a private key is stored beside its certificate');
  if (row.first_end !== null && !row.recorded_fits) {
    differences.push(`it ends on ${dayInWords(row.first_end)}, but ${inWords(row.recorded_end)} is recorded`);
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

/** What PostgreSQL calls a date may be infinite. */
function inWords(date: string): string {
  return /^\d{4}-\d{2}-\d{2}$/.test(date) ? dayInWords(date) : date;
}
