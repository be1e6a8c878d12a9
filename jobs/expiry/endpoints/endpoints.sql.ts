import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import type { Day } from '../../../src/time/calendar-day.ts';
import type { ItemScope } from '../item.ts';
import { isReadable, isWanted } from '../settled.sql.ts';
import type { ConnectionFault } from './judge-endpoint.ts';

/** A certificate and one of the places where it is served. */
export interface WantedEndpoint {
  readonly certificate_id: number;
  readonly certificate: string;
  readonly endpoint: string;
}

export interface WantedEndpoints {
  readonly endpoints: readonly WantedEndpoint[];
  /** Names of the settings that no certificate has. */
  readonly unknown: readonly string[];
}

/** In the settings: where certificates are served, by `certificate:12` or name. */
export type ConfiguredEndpoints = Readonly<Record<string, readonly string[]>>;

/** One statement: the endpoints of certificates that have an active version, by the settings and by import. */
export async function readWantedEndpoints(
  db: Kysely<Database>,
  configured: ConfiguredEndpoints,
): Promise<WantedEndpoints> {
  const named = Object.entries(configured).flatMap(([name, endpoints]) =>
    endpoints.map((endpoint) => ({ name, endpoint })),
  );
  const { rows } = await sql<{ id: number | null; certificate: string; endpoint: string }>`
    with named as (
      select * from jsonb_to_recordset(${JSON.stringify(named)}::jsonb) as n (name text, endpoint text)
    ), active as (
      select c.id, c.name from certificates c
       where exists (select from certificate_versions v where v.certificate_id = c.id and coalesce(v.is_active, true))
    )
    select a.id, coalesce(a.name, n.name) as certificate, n.endpoint
      from named n
      left join active a on lower(btrim(n.name)) in (lower(btrim(a.name)), 'certificate:' || a.id)
    union
    select a.id, a.name, e.endpoint from opsdeck_jobs.certificate_endpoint e join active a on a.id = e.certificate_id
     order by 1, 3`.execute(db);
  return {
    endpoints: rows.flatMap(({ id, ...row }) => (id === null ? [] : [{ certificate_id: id, ...row }])),
    unknown: [...new Set(rows.flatMap(({ id, certificate }) => (id === null ? [certificate] : [])))],
  };
}

/** A row of `endpoint_observation`; days and instants as text. */
export interface ObservationRow {
  readonly certificate_id: number;
  readonly endpoint: string;
  readonly asked_at: string;
  readonly failure: string | null;
  readonly refused: boolean;
  readonly failing_since: Day | null;
  readonly seen_at: string | null;
  readonly served_since: Day | null;
  readonly fingerprint: string | null;
  readonly name: string | null;
  readonly issuer: string | null;
  readonly not_before: string | null;
  readonly not_after: string | null;
  readonly trust: string | null;
  readonly name_fits: boolean | null;
  readonly faults: Readonly<Partial<Record<ConnectionFault, Day>>>;
}

const rowColumns = sql.raw(
  `certificate_id int, endpoint text, asked_at timestamptz, failure text, refused boolean, failing_since date, seen_at timestamptz,
   served_since date, fingerprint text, name text, issuer text, not_before timestamptz, not_after timestamptz, trust text,
   name_fits boolean, faults jsonb`,
);

/** With dates and instants as they go into JSON. */
const asText = sql.raw(
  `o.certificate_id, o.endpoint, to_jsonb(o.asked_at) #>> '{}' as asked_at, o.failure, o.refused, o.failing_since::text as failing_since,
   to_jsonb(o.seen_at) #>> '{}' as seen_at, o.served_since::text as served_since, o.fingerprint, o.name, o.issuer,
   to_jsonb(o.not_before) #>> '{}' as not_before, to_jsonb(o.not_after) #>> '{}' as not_after, o.trust, o.name_fits, o.faults`,
);

/** One statement: the rows of all endpoints. */
export async function readObservations(db: Kysely<Database>): Promise<readonly ObservationRow[]> {
  const { rows } = await sql<ObservationRow>`
    select ${asText} from opsdeck_jobs.endpoint_observation o order by o.certificate_id, o.endpoint`.execute(
    db,
  );
  return rows;
}

/** Three statements: keeps what was observed, and forgets endpoints that are no longer wanted, also those of removed certificates. */
export async function storeObservations(
  trx: Transaction<Database>,
  observed: readonly ObservationRow[],
  wanted: readonly WantedEndpoint[],
): Promise<void> {
  await sql`
    insert into opsdeck_jobs.endpoint_observation
    select certificate_id, endpoint, asked_at, failure, refused, failing_since, seen_at, served_since, fingerprint, name, issuer,
           not_before, not_after, trust, name_fits, faults
      from jsonb_to_recordset(${JSON.stringify(observed)}::jsonb) as r (${rowColumns})
     order by certificate_id, endpoint
    on conflict (certificate_id, endpoint) do update
      set asked_at = excluded.asked_at, failure = excluded.failure, refused = excluded.refused,
          failing_since = excluded.failing_since, seen_at = excluded.seen_at, served_since = excluded.served_since,
          fingerprint = excluded.fingerprint, name = excluded.name, issuer = excluded.issuer, not_before = excluded.not_before,
          not_after = excluded.not_after, trust = excluded.trust, name_fits = excluded.name_fits, faults = excluded.faults`.execute(
    trx,
  );
  await sql`
    delete from opsdeck_jobs.endpoint_observation o
     where not exists (select from jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) as w (certificate_id int, endpoint text)
                        where w.certificate_id = o.certificate_id and w.endpoint = o.endpoint)`.execute(trx);
  await sql`
    delete from opsdeck_jobs.certificate_endpoint e
     where not exists (select from certificates c where c.id = e.certificate_id)`.execute(trx);
}

/** An observation beside what is recorded of its certificate. */
export interface ComparedRow extends ObservationRow {
  readonly certificate: string;
  readonly type: string | null;
  readonly owner_type: string | null;
  readonly owner_id: number | null;
  readonly served_start: Day | null;
  readonly served_end: Day | null;
  /** Of every active version, as far as they were read. */
  readonly recorded_fingerprints: readonly string[];
  /** Of the active version that ends last; null: no date. */
  readonly recorded_end: Day | null;
  readonly recorded_start: Day | null;
}

/** One statement. */
export async function readComparedEndpoints(
  db: Kysely<Database>,
  scope: Pick<ItemScope, 'id' | 'ids'> & { readonly zone: string },
): Promise<readonly ComparedRow[]> {
  const { zone } = scope;
  const wanted = isWanted(sql`o.certificate_id`, {
    today: '',
    until: '',
    since: '',
    openOnly: false,
    id: scope.id,
    ...(scope.ids === undefined ? {} : { ids: scope.ids }),
  });
  const day = (instant: RawBuilder<unknown>) => sql`(${instant} at time zone ${zone}::text)::date`;
  const { rows } = await sql<ComparedRow>`
    select ${asText}, c.name as certificate, c.type, c.owner_type, c.owner_id,
           ${day(sql`o.not_before`)}::text as served_start, ${day(sql`o.not_after`)}::text as served_end,
           recorded.fingerprints as recorded_fingerprints, recorded.ends_on::text as recorded_end,
           recorded.starts_on::text as recorded_start
      from opsdeck_jobs.endpoint_observation o
      join certificates c on c.id = o.certificate_id
      cross join lateral (
        select coalesce(jsonb_agg(one.fingerprint) filter (where one.fingerprint is not null), '[]') as fingerprints,
               max(one.ends_on) as ends_on, (array_agg(one.starts_on order by one.ends_on desc))[1] as starts_on
          from (select leaf ->> 'fingerprint' as fingerprint,
                       coalesce(${day(sql`(leaf ->> 'not_after')::timestamptz`)}, v.expires_at) as ends_on,
                       coalesce(${day(sql`(leaf ->> 'not_before')::timestamptz`)}, v.valid_from) as starts_on
                  from certificate_versions v
                  left join opsdeck_jobs.certificate_reading r on r.version_id = v.id and r.body_hash = md5(v.public_body)
                  left join lateral jsonb_array_elements(r.ends) as leaf on leaf -> 'below' = 'null'
                 where v.certificate_id = o.certificate_id and coalesce(v.is_active, true)) one
         where ${isReadable(sql`one.ends_on`)}) recorded
     where ${wanted}
     order by o.certificate_id, o.endpoint`.execute(db);
  return rows;
}
