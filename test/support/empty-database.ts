import { type Kysely, sql } from 'kysely';
import type { Database } from '../../src/db/tables.ts';

/** What the templates have rows in; `fingerprint` looks at them. */
const kept = sql.raw(`('migration', 'installation', 'sending', 'alembic_version')`);

/**
 * Leaves the database's tables empty and its sequences at their beginning. Only tables with pages are touched, and vacuumed
 * until they have none: truncating all of them makes hundreds of files, which takes ten times as long.
 */
export async function emptyDatabase(db: Kysely<Database>): Promise<void> {
  const { rows } = await sql<{ table: string }>`
    select format('%I.%I', nspname, relname) as table
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and n.nspname in ('public', 'opsdeck_jobs') and c.relname not in ${kept}
       and pg_relation_size(c.oid) > 0`.execute(db);
  if (rows.length > 0) {
    const tables = rows.map(({ table }) => table);
    const deletes = tables.map((table) => `delete from ${table};`).join(' ');
    // As a replica: neither foreign keys nor triggers that forbid it.
    await sql
      .raw(`do $$ begin perform set_config('session_replication_role', 'replica', true); ${deletes} end $$`)
      .execute(db);
    await sql.raw(`vacuum (truncate, index_cleanup on) ${tables.join(', ')}`).execute(db);
  }
  await sql`
    select setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
      from pg_sequences where last_value is not null`.execute(db);
}

/**
 * Everything that makes up the schema with its rights and settings, and the rows that are kept. `cluster`: that of all
 * databases beside it, too, as far as it is shared.
 */
export async function fingerprint(db: Kysely<Database>, cluster: boolean): Promise<string> {
  const { rows } = await sql<{ fingerprint: string }>`
    select md5(concat_ws('|',
      (select string_agg(concat_ws(' ', oid, relname, relnatts, relkind, relnamespace, relowner, relacl, relrowsecurity), ','
                         order by oid) from pg_class where oid >= 16384),
      (select string_agg(concat_ws(' ', attrelid, attname, atttypid, attnotnull, attisdropped, attacl), ','
                         order by attrelid, attnum) from pg_attribute where attrelid >= 16384),
      (select string_agg(concat_ws(' ', oid, adbin), ',' order by oid) from pg_attrdef),
      (select string_agg(concat_ws(' ', oid, conname, convalidated), ',' order by oid)
         from pg_constraint where oid >= 16384),
      (select string_agg(concat_ws(' ', oid, proname, md5(prosrc), proacl), ',' order by oid)
         from pg_proc where oid >= 16384),
      (select string_agg(concat_ws(' ', oid, tgname, tgenabled), ',' order by oid)
         from pg_trigger where oid >= 16384 and not tgisinternal),
      (select string_agg(concat_ws(' ', nspname, nspowner, nspacl), ',' order by oid)
         from pg_namespace where nspname !~ '^pg_(toast_)?temp_'),
      (select string_agg(concat_ws(' ', datacl, datdba), ',') from pg_database where datname = current_database()),
      (select string_agg(s.setconfig::text, ',')
         from pg_db_role_setting s left join pg_database d on d.oid = s.setdatabase
        where d.datname = current_database() or ${cluster}),
      (select string_agg(rolname, ',' order by oid) from pg_roles where ${cluster}),
      (select string_agg(m::text, ',' order by m.name) from opsdeck_jobs.migration m),
      (select string_agg(i::text, ',') from opsdeck_jobs.installation i),
      (select string_agg(s::text, ',') from opsdeck_jobs.sending s)
    )) as fingerprint`.execute(db);
  return rows[0]?.fingerprint ?? '';
}
