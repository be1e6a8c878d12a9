import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import type { ImportCounts } from '../../../src/import/csv-kind.ts';
import { staged } from '../../../src/import/staging.ts';
import { ownerOf } from './owner-cells.ts';

/** The first certificate of a stored text in base64, without the white space. */
function leafOf(body: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`nullif(split_part(split_part(translate(${body}, E' \n\r\t', ''),
    '-----BEGINCERTIFICATE-----', 2), '-----ENDCERTIFICATE-----', 1), '')`;
}

/** One statement. Roots and devices share common names: where the person gives no names, their units or organisations are added. */
export async function tellNamesakesApart(trx: Transaction<Database>): Promise<void> {
  await sql`
    update ${staged} set name = left(name, 120) || ' (' || left(organisation, 120) || ')'
     where not named and organisation <> name
       and name in (select name from ${staged} where not named group by name having count(distinct subject) > 1)`.execute(
    trx,
  );
}

/** One statement: the staged certificates into `certificates` and `certificate_versions`, and what was read of them beside it. */
export async function writeCertificates(
  trx: Transaction<Database>,
  now: RawBuilder<string>,
): Promise<ImportCounts> {
  const { rows } = await sql<{ added: number; changed: number; older: number }>`
    with version as materialized (
      select v.id, v.certificate_id, v.expires_at, coalesce(v.is_active, true) as active,
             ${leafOf(sql`v.public_body`)} as leaf,
             coalesce(r.not_after, (v.expires_at + time '23:59:59') at time zone 'UTC') as not_after
        from certificate_versions v
        left join opsdeck_jobs.certificate_reading r on r.version_id = v.id and r.body_hash = md5(v.public_body)
    ), newest as (
      -- Of several files with one name the one that ends last counts; of one certificate in several the longest chain.
      select distinct on (name) * from ${staged} order by name, not_after desc, length(pem) desc, line
    ), known as (
      -- Also by a version that was replaced: it does not come back under another name.
      select distinct on (s.line) s.line, v.certificate_id
        from newest s join version v on v.leaf = s.leaf
       where not s.named
       order by s.line, v.active desc, v.certificate_id
    ), matched as (
      select s.*, coalesce(k.certificate_id, x.id) as certificate_id, ${ownerOf}
        from newest s left join known k on k.line = s.line left join certificates x on x.name = s.name
    ), standing as (
      select m.line, max(a.not_after) as latest,
             -- A version that was recorded without its certificate is filled in.
             max(a.id) filter (where case when a.leaf is null or m.leaf is null then a.expires_at = m.expires_on
                                          else a.leaf = m.leaf end) as version_id
        from matched m left join version a on a.certificate_id = m.certificate_id and a.active
       where m.certificate_id is not null
       group by m.line
    ), renewed as (
      select m.* from matched m join standing s on s.line = m.line
       where s.version_id is null and (m.leaf is null or s.latest is null or m.not_after >= s.latest)
    ), retired as (
      update certificate_versions v set is_active = false from renewed r
       where v.certificate_id = r.certificate_id and coalesce(v.is_active, true)
    ), filled as (
      update certificate_versions v
         set expires_at = m.expires_on, valid_from = coalesce(m.valid_from, v.valid_from),
             issuer = coalesce(m.issuer, v.issuer), common_name = coalesce(m.common_name, v.common_name),
             serial_number = coalesce(m.serial_number, v.serial_number), public_body = coalesce(m.pem, v.public_body)
        from matched m join standing s on s.line = m.line
       where v.id = s.version_id
         and (v.expires_at, v.valid_from, v.issuer, v.common_name, v.serial_number, v.public_body)
             is distinct from (m.expires_on, coalesce(m.valid_from, v.valid_from), coalesce(m.issuer, v.issuer),
               coalesce(m.common_name, v.common_name), coalesce(m.serial_number, v.serial_number),
               coalesce(m.pem, v.public_body))
      returning v.id, v.certificate_id, v.public_body
    ), corrected as (
      update certificates x
         set type = coalesce(m.type, x.type), updated_at = ${now},
             owner_id = case when m.owner_type is null then x.owner_id else m.owner_id end,
             owner_type = coalesce(m.owner_type, x.owner_type)
        from matched m
       where x.id = m.certificate_id
         and ((m.type is not null and m.type is distinct from x.type)
              or (m.owner_type is not null and (m.owner_id, m.owner_type) is distinct from (x.owner_id, x.owner_type)))
      returning x.id
    ), added as (
      insert into certificates (name, type, owner_id, owner_type, created_at, updated_at)
      select name, coalesce(type, 'SSL/TLS'), owner_id, coalesce(owner_type, 'User'), ${now}, ${now}
        from matched where certificate_id is null order by line
      returning id, name
    ), fresh as (
      insert into certificate_versions
        (certificate_id, valid_from, expires_at, issuer, common_name, serial_number, public_body, is_active, created_at)
      select coalesce(m.certificate_id, a.id), m.valid_from, m.expires_on, m.issuer, m.common_name, m.serial_number, m.pem, true,
             ${now}
        from matched m left join added a on m.certificate_id is null and a.name = m.name
       where m.certificate_id is null or exists (select from renewed r where r.line = m.line)
       order by m.line
      returning id, public_body
    ), readings as (
      -- Read here, they need not be read again by a run.
      insert into opsdeck_jobs.certificate_reading
        (version_id, body_hash, fingerprint, not_before, not_after, common_name, alt_names, serial_number, ends)
      select v.id, md5(v.public_body), m.fingerprint, m.not_before, m.not_after, m.common_name, m.alt_names,
             m.serial_number, m.ends::jsonb
        from (select id, public_body from fresh union all select id, public_body from filled) v
        join newest m on m.pem = v.public_body
       order by v.id
      on conflict (version_id) do update
        set body_hash = excluded.body_hash, fingerprint = excluded.fingerprint, not_before = excluded.not_before,
            not_after = excluded.not_after, common_name = excluded.common_name, alt_names = excluded.alt_names,
            serial_number = excluded.serial_number, has_private_key = false, problem = null, ends = excluded.ends
    ), moved as (
      delete from opsdeck_jobs.certificate_endpoint e using matched m
       where m.certificate_id = e.certificate_id and m.endpoint is not null and m.endpoint <> e.endpoint
    ), served as (
      insert into opsdeck_jobs.certificate_endpoint (certificate_id, endpoint)
      select distinct coalesce(m.certificate_id, a.id), m.endpoint
        from matched m left join added a on m.certificate_id is null and a.name = m.name
       where m.endpoint is not null
      on conflict do nothing
      returning certificate_id
    ), changed as (
      select certificate_id from served where certificate_id not in (select id from added)
      union
      select certificate_id from filled union select id from corrected union select certificate_id from renewed
    ), older as (
      select m.line from matched m join standing s on s.line = m.line
       where s.version_id is null and m.not_after < s.latest
      union all
      select s.line from ${staged} s join newest n on n.name = s.name where n.leaf <> s.leaf
    )
    select (select count(*) from added)::int as added, (select count(*) from changed)::int as changed,
           (select count(*) from older)::int as older`.execute(trx);
  const { added = 0, changed = 0, older = 0 } = rows[0] ?? {};
  const notes =
    older === 0
      ? []
      : [
          `${older === 1 ? '1 certificate ends' : `${older} certificates end`} earlier than another of the same name, and ${older === 1 ? 'was' : 'were'} left alone.`,
        ];
  return { added, changed, notes };
}
