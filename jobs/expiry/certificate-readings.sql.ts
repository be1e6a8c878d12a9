import { type Kysely, sql } from 'kysely';
import { type CertificateFacts, readPem } from '../../src/certificates/read-pem.ts';
import type { Database } from '../../src/db/tables.ts';
import type { ItemScope } from './item.ts';
import { isWanted } from './settled.sql.ts';

/** One end that a stored text brings, as `certificate_reading.ends` lists them: the first is the certificate's own. */
export interface StoredEnd {
  /** SHA-256 of the certificate that ends. */
  readonly fingerprint: string;
  readonly name: string | null;
  readonly not_before: string;
  readonly not_after: string;
  /** It stands above the certificate of that name, which ends later; null: it is a leaf. */
  readonly below: { readonly name: string | null; readonly not_after: string } | null;
}

/** The ends of each certificate and of what is above it. */
export function storedEnds(certificates: readonly CertificateFacts[]): readonly StoredEnd[] {
  return certificates.flatMap(({ fingerprint, commonName, organisation, notBefore, notAfter, chainEnds }) => {
    const name = commonName ?? organisation;
    const leaf = {
      fingerprint,
      name,
      not_before: notBefore.toISOString(),
      not_after: notAfter.toISOString(),
    };
    const above = chainEnds.map((one) => ({
      fingerprint: one.fingerprint,
      name: one.name,
      not_before: leaf.not_before,
      not_after: one.notAfter.toISOString(),
      below: { name, not_after: leaf.not_after },
    }));
    return [{ ...leaf, below: null }, ...above];
  });
}

/** A row of `certificate_reading`, as JSON. */
export interface FreshReading {
  readonly version_id: number;
  readonly body_hash: string;
  readonly fingerprint: string | null;
  readonly not_before: string | null;
  readonly not_after: string | null;
  readonly common_name: string | null;
  readonly alt_names: string | null;
  readonly serial_number: string | null;
  readonly has_private_key: boolean;
  readonly problem: string | null;
  readonly ends: readonly StoredEnd[];
}

/** Columns of {@link FreshReading} with their types. */
export const readingColumns = sql.raw(
  `version_id int, body_hash text, fingerprint text, not_before timestamptz, not_after timestamptz,
   common_name text, alt_names text, serial_number text, has_private_key boolean, problem text, ends jsonb`,
);

/** Certificates are some kilobytes each. */
const batch = 500;

interface BodyRow {
  readonly id: number;
  readonly hash: string;
  readonly body: string;
}

/** Reads every certificate that was not read yet or has changed since, a batch at a time. */
export async function* readChangedCertificates(
  db: Kysely<Database>,
  scope: ItemScope,
): AsyncGenerator<readonly FreshReading[]> {
  let after = 0;
  for (;;) {
    const { rows } = await sql<BodyRow>`
      select v.id, md5(v.public_body) as hash, v.public_body as body
        from certificate_versions v left join opsdeck_jobs.certificate_reading r on r.version_id = v.id
       where coalesce(v.is_active, true) and btrim(coalesce(v.public_body, '')) <> '' and v.id > ${after}::integer
         and ${isWanted(sql`v.certificate_id`, scope)}
         and (r.version_id is null or r.body_hash <> md5(v.public_body))
       order by v.id
       limit ${batch}::integer`.execute(db);
    if (rows.length > 0) yield rows.map(toReading);
    const last = rows.at(-1);
    if (last === undefined || rows.length < batch) return;
    after = last.id;
  }
}

function toReading({ id, hash, body }: BodyRow): FreshReading {
  const same = { version_id: id, body_hash: hash };
  const unread = (problem: string, has_private_key: boolean) => ({
    ...same,
    fingerprint: null,
    not_before: null,
    not_after: null,
    common_name: null,
    alt_names: null,
    serial_number: null,
    has_private_key,
    problem,
    ends: [],
  });
  try {
    const reading = readPem(body);
    if ('problem' in reading) return unread(reading.problem, reading.hasPrivateKey);
    const [facts] = reading.certificates;
    return {
      ...same,
      fingerprint: facts.fingerprint,
      not_before: facts.notBefore.toISOString(),
      not_after: facts.notAfter.toISOString(),
      common_name: facts.commonName,
      alt_names: facts.altNames,
      serial_number: facts.serialNumber,
      has_private_key: reading.hasPrivateKey,
      problem: null,
      ends: storedEnds(reading.certificates),
    };
  } catch {
    // What is wrong with one certificate must not keep the others from being watched. Its text may be a key: it is not repeated.
    return unread('it cannot be read', false);
  }
}

/** One statement: keeps what was read. */
export async function storeReadings(db: Kysely<Database>, readings: readonly FreshReading[]): Promise<void> {
  await sql`
    insert into opsdeck_jobs.certificate_reading
      (version_id, body_hash, fingerprint, not_before, not_after, common_name, alt_names, serial_number,
       has_private_key, problem, ends)
    select version_id, body_hash, fingerprint, not_before, not_after, common_name, alt_names, serial_number,
           has_private_key, problem, ends
      from jsonb_to_recordset(${JSON.stringify(readings)}::jsonb) as r (${readingColumns})
     order by version_id
    on conflict (version_id) do update
      set body_hash = excluded.body_hash, fingerprint = excluded.fingerprint, not_before = excluded.not_before,
          not_after = excluded.not_after, common_name = excluded.common_name, alt_names = excluded.alt_names,
          serial_number = excluded.serial_number, has_private_key = excluded.has_private_key, problem = excluded.problem,
          ends = excluded.ends`.execute(db);
}
