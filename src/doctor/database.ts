import { type Kysely, sql } from 'kysely';
import type { DatabaseConfig } from '../config/config.ts';
import { parseConnectionUrl } from '../db/postgres/connection-url.ts';
import type { Database } from '../db/tables.ts';
import { count } from '../text/count.ts';
import { systemClock } from '../time/clock.ts';
import { type Finding, note, problem, warning } from './finding.ts';

/** What a server says of the connection. */
export interface ServerFacts {
  readonly version: string;
  readonly role: string;
  readonly superuser: boolean;
  readonly ownsTables: boolean;
  readonly tls: boolean;
  readonly zone: string;
  /** Versions of OpsDeck before 0.7 have no event rules. */
  readonly hasEventRules: boolean;
  readonly sizeBytes: number;
  /** null: a unix socket, or an embedded database. */
  readonly port: number | null;
  /** Of the statement, there and back. */
  readonly latencyMs: number;
  /** The database's clock minus this host's, as far as the latency lets it be known. */
  readonly clockAheadMs: number;
}

/** One statement. */
export async function readServer(db: Kysely<Database>): Promise<ServerFacts> {
  const begun = performance.now();
  const { rows } = await sql<Omit<ServerFacts, 'latencyMs' | 'clockAheadMs'> & { readonly now_ms: string }>`
    select current_setting('server_version') as version, current_user as role, r.rolsuper as superuser,
           exists (select from pg_catalog.pg_class c join pg_catalog.pg_namespace s on s.oid = c.relnamespace
                    where s.nspname = 'public' and c.relname = 'user' and pg_has_role(r.oid, c.relowner, 'usage')) as "ownsTables",
           coalesce((select ssl from pg_catalog.pg_stat_ssl where pid = pg_backend_pid()), false) as tls,
           current_setting('TimeZone') as zone, to_regclass('public.event_rule') is not null as "hasEventRules",
           pg_database_size(current_database())::double precision as "sizeBytes", inet_server_port() as port,
           (extract(epoch from clock_timestamp()) * 1000)::text as now_ms
      from pg_catalog.pg_roles r where r.rolname = current_user`.execute(db);
  const latencyMs = performance.now() - begun;
  const [row] = rows;
  if (row === undefined) throw new Error('the role of the connection is not in pg_roles');
  const { now_ms: now, ...facts } = row;
  return { ...facts, latencyMs, clockAheadMs: Number(now) - (systemClock.now().getTime() - latencyMs / 2) };
}

const slowMs = 200;
const clockMs = 5000;

/** Pure. */
export function judgeServer(facts: ServerFacts, config: DatabaseConfig): readonly Finding[] {
  if (config.kind === 'embedded') return [];
  const target = parseConnectionUrl(config.url);
  const socket = target.host === undefined || target.host.startsWith('/');
  const local = socket || ['localhost', '127.0.0.1', '::1'].includes(target.host ?? '');
  const ahead = Math.round(facts.clockAheadMs / 1000);
  return [
    note(
      `PostgreSQL ${facts.version}, role ${facts.role}, zone ${facts.zone}, TLS ${facts.tls ? 'on' : 'off'}, ${Math.round(facts.latencyMs)} ms away, clocks ${(Math.abs(facts.clockAheadMs) / 1000).toFixed(1)} s apart.`,
    ),
    ...(facts.tls || local
      ? []
      : [warning('The connection is not encrypted.', 'Add sslmode=verify-full to DATABASE_URL.')]),
    ...(facts.superuser
      ? [
          warning(
            `The role ${facts.role} is a superuser: every job may do everything.`,
            'Run the SQL of `opsdeck-jobs generate grants`, and let DATABASE_URL name the role that it makes.',
          ),
        ]
      : facts.ownsTables
        ? [
            warning(
              `The role ${facts.role} owns OpsDeck's tables: every job may change all of them.`,
              'Run the SQL of `opsdeck-jobs generate grants`, and let DATABASE_URL name the role that it makes.',
            ),
          ]
        : []),
    ...(facts.latencyMs > slowMs
      ? [
          warning(
            `A statement takes ${Math.round(facts.latencyMs)} ms there and back.`,
            'Run opsdeck-jobs nearer to the database.',
          ),
        ]
      : []),
    ...(Math.abs(facts.clockAheadMs) > clockMs
      ? [
          warning(
            `The database's clock is ${Math.abs(ahead)} s ${ahead > 0 ? 'ahead of' : 'behind'} this host's; due times follow the database's.`,
            'Synchronise both clocks (NTP).',
          ),
        ]
      : []),
    ...(!socket && facts.port !== null && facts.port !== target.port
      ? [
          note(
            `PostgreSQL listens on port ${facts.port}, the URL names ${target.port}: there is a pooler or a forwarding between them.`,
          ),
        ]
      : []),
  ];
}

/** Pure: the migrations that were applied, against those of this program. */
export function judgeMigrations(state: {
  readonly pending: readonly { readonly name: string }[];
  readonly unknown: readonly string[];
  readonly changed: readonly string[];
  readonly identities: readonly { readonly confirmed: boolean }[];
}): readonly Finding[] {
  return [
    ...(state.unknown.length === 0
      ? []
      : [
          problem(
            `The database was migrated by a newer opsdeck-jobs (unknown: ${state.unknown.join(', ')}).`,
            'Update opsdeck-jobs on this machine.',
          ),
        ]),
    ...(state.changed.length === 0
      ? []
      : [
          problem(
            `The database was migrated with another content of ${state.changed.join(', ')}.`,
            'Use the version of opsdeck-jobs that migrated it.',
          ),
        ]),
    ...(state.pending.length === 0
      ? []
      : [
          problem(
            `${count(state.pending.length, 'migration is', 'migrations are')} not applied.`,
            'Run `opsdeck-jobs migrate`.',
          ),
        ]),
    ...(state.identities.at(-1)?.confirmed === false
      ? [
          problem(
            'The database was restored or copied: no message is sent from it.',
            'Run `opsdeck-jobs migrate --confirm-database`.',
          ),
        ]
      : []),
  ];
}
