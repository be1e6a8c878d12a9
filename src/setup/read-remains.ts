import { type Kysely, sql } from 'kysely';
import type { Database } from '../db/tables.ts';

/** What is left of opsdeck-jobs in a database of OpsDeck's when it is removed. */
export interface Remains {
  /** Rows of ours in OpsDeck's tables, with the days of the oldest and the newest. */
  readonly rows: readonly {
    readonly table: string;
    readonly count: number;
    readonly oldest: string | null;
    readonly newest: string | null;
  }[];
  /** Adopted and not sent: OpsDeck's dispatcher gets them back. */
  readonly handBack: number;
  /** Queued by jobs and not sent: OpsDeck cannot render them. */
  readonly cancel: number;
  readonly legalHolds: number;
  readonly archives: number;
  /** Folders in which archives were written. */
  readonly folders: readonly string[];
}

/** What OpsDeck itself puts into a new database. */
const eventsOfOpsdeck = [
  ...[
    'LICENSE_EXPIRING',
    'SUBSCRIPTION_RENEWAL',
    'CREDENTIAL_EXPIRING',
    'CERTIFICATE_EXPIRING',
    'COMPLIANCE_BREACH',
  ],
];

export interface RemainsScope {
  /** Codes of the events of all jobs. */
  readonly events: readonly string[];
  /** The zone of OpsDeck's timestamps. */
  readonly storedZone: string;
}

/** One statement that reads alone. Of a rate, a template and an event OpsDeck's tables do not show who wrote it: the words of the report tell how they were found. */
export async function readRemains(
  db: Kysely<Database>,
  { events, storedZone }: RemainsScope,
): Promise<Remains> {
  const own = events.filter((code) => !eventsOfOpsdeck.includes(code));
  const { rows } = await sql<Remains>`
    with remains as (
      select 'scheduled_communication' as "table", created_at::date as day from opsdeck_jobs.message where origin = 'job'
      union all
      select 'compliance_audit', taken_at::date from opsdeck_jobs.drift_snapshot where removed_by is null
      union all
      select 'uar_execution', finished_at::date from opsdeck_jobs.uar_execution_record
      union all
      select 'exchange_rate', e.fetched_at::date
        from public.exchange_rate e
       where exists (select from opsdeck_jobs.job_run r
                      where r.job = 'exchange-rates'
                        and e.fetched_at at time zone ${storedZone}::text between r.started_at and r.finished_at)
      union all
      select 'email_template', t.created_at::date
        from public.email_template t
       where t.is_system is not true
         and exists (select from opsdeck_jobs.message m join public.scheduled_communication c on c.id = m.communication_id
                      where m.origin = 'job' and c.template_id = t.id)
      union all
      select 'notification_event', e.created_at::date from public.notification_event e where e.event_code = any (${own}::text[])
    ), counted as (
      select "table", count(*)::integer as count, min(day)::text as oldest, max(day)::text as newest from remains group by "table"
    )
    select (select coalesce(jsonb_agg(to_jsonb(counted) order by "table"), '[]') from counted) as rows,
           (select count(*)::integer from opsdeck_jobs.message where waits_for is not null and origin = 'opsdeck') as "handBack",
           (select count(*)::integer from opsdeck_jobs.message where waits_for is not null and origin = 'job') as cancel,
           (select count(*)::integer from opsdeck_jobs.retention_hold where released_at is null) as "legalHolds",
           (select count(*)::integer from opsdeck_jobs.archive_manifest) as archives,
           array(select distinct archive_dir from opsdeck_jobs.retention_run where archive_dir is not null order by 1) as folders`.execute(
    db,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('a select without from returned no row');
  return row;
}

/**
 * Removes the schema of ours and the rights of our roles in `public`; OpsDeck sends again what it had queued, and never what only a job
 * can render. An owner of OpsDeck's tables keeps its rights. Pure.
 */
export function removalSql(roles: readonly string[]): string {
  const named = roles.map((role) => `'${role.replaceAll("'", "''")}'`).join(', ');
  return `begin;
do $$ begin
  if exists (select from opsdeck_jobs.retention_hold
              where released_at is null and (until is null or until >= current_date)) then
    raise exception 'legal holds are in force: release them first, with retention legal-hold release';
  end if;
end $$;
update public.scheduled_communication c set next_retry_at = null
  from opsdeck_jobs.message m
 where m.communication_id = c.id and m.waits_for is not null and m.origin = 'opsdeck' and c.status = 'pending';
update public.scheduled_communication c set status = 'cancelled', next_retry_at = null
  from opsdeck_jobs.message m
 where m.communication_id = c.id and m.waits_for is not null and m.origin = 'job' and c.status = 'pending';
drop schema opsdeck_jobs cascade;
do $$ declare
  one name;
begin
  for one in select r.rolname from pg_roles r
              where r.rolname in (${named}) and not r.rolsuper
                and not exists (select from pg_class c where c.relnamespace = 'public'::regnamespace and c.relowner = r.oid)
  loop
    execute format('revoke all on all tables in schema public from %I', one);
    execute format('revoke all on all sequences in schema public from %I', one);
    execute format('revoke all on schema public from %I', one);
  end loop;
end $$;
commit;
`;
}
