import { type Kysely, type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { statementFault } from '../../db/errors.ts';
import type { Database } from '../../db/tables.ts';
import type { JsonObject } from '../../json.ts';
import type { Zones } from '../../time/zones.ts';
import type { ContentRow } from './content.ts';

/*
 * The variables that OpsDeck's templates expect, by what a row is about (`target_type`): those of OpsDeck's own dispatcher.
 * Dates are ISO text. One statement for each kind among the rows; what is not there any more leaves its variables empty.
 */

const variablesSchema = z.array(z.object({ key: z.int(), variables: z.record(z.string(), z.json()) }));

/** Variables that cannot be read. */
export class Unreadable {
  /** A sentence without a full stop. */
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/**
 * For the rows that OpsDeck queued, by their id. A kind that cannot be read (a missing privilege, a column that is not there)
 * costs only its own rows; without an answer of the database nothing can be said of any, and the error is thrown.
 */
export async function variablesOf(
  db: Kysely<Database>,
  rows: readonly ContentRow[],
  zones: Zones,
  now: Date,
): Promise<ReadonlyMap<number, JsonObject | Unreadable>> {
  const today = new Intl.DateTimeFormat('en-CA', { timeZone: zones.business }).format(now);
  const found = new Map<number, JsonObject | Unreadable>();
  const byKind = new Map<string, ContentRow[]>();
  for (const row of rows) byKind.set(kindOf(row), [...(byKind.get(kindOf(row)) ?? []), row]);
  const there = await tablesThere(db, [...byKind.keys()]);
  for (const [kind, some] of byKind) {
    const known = queries[kind];
    const keys = [...new Set(some.map((row) => keyOf(kind, row)))];
    const variables =
      known === undefined || !there.has(known.table)
        ? new Map<number, JsonObject>()
        : await readVariables(db, known.query(keys, today)).catch((error: unknown) =>
            unreadable(kind, error),
          );
    if (variables instanceof Unreadable) {
      for (const row of some) found.set(row.id, variables);
      continue;
    }
    for (const row of some) {
      found.set(row.id, {
        ...(variables.get(keyOf(kind, row)) ?? withoutRow(kind, row)),
        today,
        recipient_name: row.recipient_name ?? '',
      });
    }
  }
  return found;
}

/** An event row is about what the journal says, whatever it is about. */
function kindOf(row: ContentRow): string {
  return row.event_rule_id === null ? row.target_type : 'event';
}

/** What a kind's variables are looked up by: a campaign's are its reader's. */
function keyOf(kind: string, row: ContentRow): number {
  if (kind === 'event') return row.audit_log_id ?? 0;
  if (kind === 'campaign') return row.recipient_user_id ?? 0;
  return row.target_id;
}

/** The reader of a campaign who is no user of OpsDeck. */
function withoutRow(kind: string, row: ContentRow): JsonObject {
  if (kind !== 'campaign') return {};
  const { recipient_name: name, recipient_email: email } = row;
  return { user: { name: name ?? '', email: email ?? '', job_title: '', department: '' }, manager: null };
}

async function readVariables(
  db: Kysely<Database>,
  query: RawBuilder<unknown>,
): Promise<ReadonlyMap<number, JsonObject>> {
  const { rows } = await sql`${query}`.execute(db);
  return new Map(variablesSchema.parse(rows).map(({ key, variables }) => [key, variables]));
}

/** @throws the error itself unless it concerns this kind alone. */
function unreadable(kind: string, error: unknown): Unreadable {
  if (error instanceof z.ZodError) return new Unreadable(`The variables of ${kind} have an unexpected shape`);
  const state = statementFault(error);
  if (state === undefined) throw error;
  const what = state === '42501' ? 'permission denied' : `SQLSTATE ${state}`;
  return new Unreadable(`The variables of ${kind} cannot be read: ${what}`);
}

/** Of the tables that the kinds are read from, those that this database has. */
async function tablesThere(db: Kysely<Database>, kinds: readonly string[]): Promise<ReadonlySet<string>> {
  const tables = kinds.flatMap((kind) => queries[kind]?.table ?? []);
  if (tables.length === 0) return new Set();
  const { rows } = await sql<{ name: string }>`
    select name from unnest(${tables}::text[]) as t(name) where to_regclass(quote_ident(name)) is not null`.execute(
    db,
  );
  return new Set(rows.map(({ name }) => name));
}

interface Kind {
  readonly table: string;
  /** Columns `key` and `variables`. */
  readonly query: (keys: readonly number[], today: string) => RawBuilder<unknown>;
}

/** Templates ask `{% if manager %}`: nobody is null, and what somebody has not is empty. */
const person = (alias: string, ...more: readonly string[]) => {
  const pairs = ['name', 'email', 'job_title', ...more].map(
    (column) => `'${column}', coalesce(${alias}.${column}, '')`,
  );
  return sql.raw(`case when ${alias}.id is not null then jsonb_build_object(${pairs.join(', ')}) end`);
};

const queries: Readonly<Record<string, Kind | undefined>> = {
  onboarding: {
    table: 'onboarding_process',
    query: (keys) => sql`
    select p.id as key, jsonb_build_object(
             'new_hire_name', p.new_hire_name, 'start_date', p.start_date,
             'pack', case when k.id is not null
                          then jsonb_build_object('name', k.name, 'description', coalesce(k.description, '')) end,
             'user', coalesce(${person('u', 'personal_email')}, jsonb_build_object(
               'name', p.new_hire_name, 'email', coalesce(p.target_email, ''),
               'personal_email', coalesce(p.personal_email, ''), 'job_title', '')),
             'manager', ${person('m')}, 'buddy', ${person('b')}) as variables
      from onboarding_process p
      left join onboarding_pack k on k.id = p.pack_id
      left join "user" u on u.id = p.user_id
      left join "user" m on m.id = p.assigned_manager_id
      left join "user" b on b.id = p.assigned_buddy_id
     where p.id = any (${keys}::integer[])`,
  },
  offboarding: {
    table: 'offboarding_process',
    query: (keys) => sql`
    select p.id as key, jsonb_build_object(
             'departure_date', p.departure_date, 'user', ${person('u', 'personal_email')}, 'manager', ${person('m')}) as variables
      from offboarding_process p
      left join "user" u on u.id = p.user_id
      left join "user" m on m.id = p.manager_id
     where p.id = any (${keys}::integer[])`,
  },
  campaign: {
    table: 'user',
    query: (keys) => sql`
    select u.id as key, jsonb_build_object(
             'user', ${person('u', 'department')}, 'manager', ${person('m')}) as variables
      from "user" u
      left join "user" m on m.id = u.manager_id
     where u.id = any (${keys}::integer[])`,
  },
  license: {
    table: 'license',
    query: (keys, today) => sql`
    select l.id as key, jsonb_build_object(
             'license_name', l.name, 'expiry_date', coalesce(l.expiry_date::text, 'N/A'),
             'days_left', coalesce(l.expiry_date - ${today}::date, 0)) as variables
      from license l where l.id = any (${keys}::integer[])`,
  },
  subscription: {
    table: 'subscription',
    query: (keys, today) => sql`
    select s.id as key, jsonb_build_object(
             'subscription_name', s.name, 'renewal_date', s.renewal_date, 'days_left', s.renewal_date - ${today}::date,
             'cost', case when s.cost is null then '' else trim_scale(s.cost::numeric)::text || ' ' || s.currency end) as variables
      from subscription s where s.id = any (${keys}::integer[])`,
  },
  compliance_rule: {
    table: 'compliance_rule',
    query: (keys) => sql`
    select r.id as key, jsonb_build_object(
             'rule_name', r.name, 'target_model', r.target_model, 'frequency_days', r.frequency_days,
             'grace_period_days', r.grace_period_days, 'control_id', c.control_id, 'control_name', c.name,
             'framework_name', f.name) as variables
      from compliance_rule r
      left join framework_control c on c.id = r.framework_control_id
      left join framework f on f.id = c.framework_id
     where r.id = any (${keys}::integer[])`,
  },
  event: {
    table: 'audit_log',
    query: (keys) => sql`
    select a.id as key, jsonb_build_object(
             'entity', a.entity_repr, 'entity_type', a.entity_type, 'entity_id', a.entity_id, 'action', a.action,
             'actor', coalesce(a.user_email, 'system'), 'timestamp', a.timestamp,
             'changes', opsdeck_jobs.try_jsonb(a.changes)) as variables
      from audit_log a where a.id = any (${keys}::integer[])`,
  },
};
