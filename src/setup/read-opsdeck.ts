import { type Kysely, sql } from 'kysely';
import type { Database } from '../db/tables.ts';
import type { ZoneEvidence } from '../doctor/stored-zone.ts';

/** What a running OpsDeck is found to be. Instants are as OpsDeck stored them: wall clock, without a zone. */
export interface OpsdeckFacts {
  /** null: no mark of Alembic. */
  readonly revision: string | null;
  readonly bytes: number;
  readonly users: number;
  /** Active administrators with an address: whom alerts can reach. */
  readonly admins: number;
  readonly controls: number;
  readonly subscriptions: number;
  readonly licenses: number;
  readonly credentials: number;
  readonly certificates: number;
  readonly comparisons: number;
  /** Messages that wait in its queue. */
  readonly queued: number;
  readonly zone: ZoneEvidence;
  readonly traces: OpsdeckTraces;
}

/** What OpsDeck's own jobs left behind; null: nothing. */
export interface OpsdeckTraces {
  readonly notices: string | null;
  /** null: this revision has no event rules. */
  readonly rules: number | null;
  readonly sent: string | null;
  readonly rates: string | null;
  readonly reviews: string | null;
  /** Comparisons that its sweep executes. */
  readonly scheduled: number;
  readonly snapshots: string | null;
}

export interface OpsdeckScope {
  /** The zone in which its timestamps are read. */
  readonly zone: string;
  /** Our tables are there: what they name is not OpsDeck's. */
  readonly ours: boolean;
  readonly hasRules: boolean;
}

/** One statement that reads alone. */
export async function readOpsdeck(
  db: Kysely<Database>,
  { zone, ours, hasRules }: OpsdeckScope,
): Promise<OpsdeckFacts> {
  const not = (rows: ReturnType<typeof sql>) => (ours ? sql`and not exists (${rows})` : sql``);
  const message = not(
    sql`select from opsdeck_jobs.message m where m.communication_id = c.id and (m.attempts > 0 or m.origin = 'job')`,
  );
  const execution = not(sql`select from opsdeck_jobs.uar_execution_record r where r.execution_id = e.id`);
  const snapshot = not(sql`select from opsdeck_jobs.drift_snapshot s where s.audit_id = a.id`);
  const { rows } = await sql<Omit<OpsdeckFacts, 'zone'> & { readonly journal: ZoneEvidence }>`
    select (select max(version_num) from public.alembic_version) as revision,
           pg_database_size(current_database())::double precision as bytes,
           (select count(*)::integer from public."user" where is_archived is not true) as users,
           (select count(*)::integer from public."user"
             where role = 'admin' and is_archived is not true and email like '%_@_%') as admins,
           (select count(*)::integer from public.framework_control) as controls,
           (select count(*)::integer from public.subscription) as subscriptions,
           (select count(*)::integer from public.license) as licenses,
           (select count(*)::integer from public.credentials) as credentials,
           (select count(*)::integer from public.certificates) as certificates,
           (select count(*)::integer from public.uar_comparison) as comparisons,
           (select count(*)::integer from public.scheduled_communication where status = 'pending') as queued,
           (select jsonb_build_object('newest', newest::text, 'ageSeconds', extract(epoch from now() - newest at time zone ${zone}::text))
              from (select max("timestamp") as newest from public.audit_log) as journal) as journal,
           jsonb_build_object(
             'notices', (select max(c.created_at)::text from public.scheduled_communication c
                          where c.target_type in ('license', 'subscription') ${message}),
             'rules', ${hasRules ? sql`(select count(*) from public.event_rule where enabled)` : sql`null`},
             'sent', (select max(c.sent_at)::text from public.scheduled_communication c where c.sent_at is not null ${message}),
             'rates', (select max(fetched_at)::text from public.exchange_rate),
             'reviews', (select max(e.started_at)::text from public.uar_execution e where true ${execution}),
             'scheduled', (select count(*) from public.uar_comparison
                            where is_enabled and is_archived is not true and schedule_type <> 'manual'),
             'snapshots', (select max(a.created_at)::text from public.compliance_audit a
                            where a.audit_type = 'drift_snapshot' ${snapshot})) as traces`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error('a select without from returned no row');
  const { journal, ...facts } = row;
  return { ...facts, zone: journal };
}

/** What a role may do before it is set up, and which of our roles there are. */
export interface RoleFacts {
  readonly role: string;
  /** It may make, or change, the schema of ours. */
  readonly mayMigrate: boolean;
  readonly roles: readonly string[];
  readonly hasRules: boolean;
  readonly database: string;
}

/** One statement. */
export async function readRoles(db: Kysely<Database>, names: readonly string[]): Promise<RoleFacts> {
  const { rows } = await sql<RoleFacts>`
    select current_user as role, current_database() as database,
           coalesce((select pg_has_role(s.nspowner, 'usage') from pg_catalog.pg_namespace s where s.nspname = 'opsdeck_jobs'),
                    has_database_privilege(current_database(), 'create')) as "mayMigrate",
           array(select rolname::text from pg_catalog.pg_roles where rolname = any (${names}::text[]) order by rolname) as roles,
           exists (select from pg_catalog.pg_class c join pg_catalog.pg_namespace s on s.oid = c.relnamespace
                    where s.nspname = 'public' and c.relname = 'event_rule') as "hasRules"`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error('a select without from returned no row');
  return row;
}
