import { hostname } from 'node:os';
import { pid } from 'node:process';
import { type Kysely, sql } from 'kysely';
import type { ConfigHashes } from '../config/config-hashes.ts';
import type { OpenDatabase } from '../db/database.ts';
import type { Database } from '../db/tables.ts';
import type { Channel } from '../notify/channels/names.ts';
import { version } from '../service/version.ts';

/** Somebody who looks after the schedules. */
export interface Runner {
  readonly kind: 'daemon' | 'timer';
  readonly host: string;
  readonly pid: number;
  /** null: every job. */
  readonly onlyJobs: readonly string[] | null;
  /** Of its configuration, as {@link ConfigHashes} says. */
  readonly configHashes: ConfigHashes;
  /** How long ago it last said that it is there, by the database's clock. */
  readonly seenAgoMs: number;
}

/** The row of this host's crontab or timers: one, whichever of them called last. */
export const timerId = `timer:${hostname()}`;

/**
 * Says that this runner is there, and answers what time it is at the database.
 *
 * @param id `daemon:UUID`, or {@link timerId}.
 */
export async function reportRunner(
  database: Pick<OpenDatabase, 'control'>,
  id: string,
  kind: Runner['kind'],
  onlyJobs: readonly string[] | null,
  hashes: ConfigHashes,
  sends: readonly Channel[],
): Promise<Date> {
  const { rows } = await sql<{ seen_at: Date }>`
    insert into opsdeck_jobs.runner (id, kind, host, pid, program_version, only_jobs, config_hashes, sends)
    values (${id}, ${kind}, ${hostname()}, ${pid}::integer, ${version}, ${onlyJobs}::text[],
            ${JSON.stringify(hashes)}::text::jsonb, ${sends}::text[])
    on conflict (id) do update
      set seen_at = now(), pid = excluded.pid, program_version = excluded.program_version,
          config_hashes = excluded.config_hashes, sends = excluded.sends
    returning clock_timestamp() as seen_at`.execute(database.control);
  const [row] = rows;
  if (row === undefined) throw new Error('an upsert returned no row');
  return row.seen_at;
}

/** A daemon that was stopped is not missed. */
export async function removeRunner(database: Pick<OpenDatabase, 'control'>, id: string): Promise<void> {
  await sql`delete from opsdeck_jobs.runner where id = ${id}`.execute(database.control);
}

/** Nobody looks for a runner that has said nothing for so long. */
const forgottenAfterDays = 7;

/** Forgets runners that ended without saying so, a while ago. */
export async function forgetRunners(database: Pick<OpenDatabase, 'control'>): Promise<void> {
  await sql`
    delete from opsdeck_jobs.runner
     where seen_at < now() - make_interval(days => ${forgottenAfterDays}::integer)`.execute(database.control);
}

interface RunnerRow {
  readonly kind: Runner['kind'];
  readonly host: string;
  readonly pid: number;
  readonly only_jobs: readonly string[] | null;
  readonly config_hashes: ConfigHashes;
  readonly seen_ago_ms: number;
}

/** Everybody, the one who was seen last first. */
export async function readRunners(db: Kysely<Database>): Promise<readonly Runner[]> {
  const { rows } = await sql<RunnerRow>`
    select kind, host, pid, only_jobs, config_hashes,
           (greatest(extract(epoch from clock_timestamp() - seen_at), 0) * 1000)::double precision as seen_ago_ms
      from opsdeck_jobs.runner order by seen_at desc, id`.execute(db);
  return rows.map(({ kind, host, pid, only_jobs, config_hashes, seen_ago_ms }) => ({
    kind,
    host,
    pid,
    onlyJobs: only_jobs,
    configHashes: config_hashes,
    seenAgoMs: seen_ago_ms,
  }));
}
