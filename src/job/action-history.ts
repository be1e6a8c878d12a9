import { type Kysely, sql } from 'kysely';
import type { Database } from '../db/tables.ts';
import type { Json } from '../text/json.ts';

/** A row of the action log: what a person decided. */
export interface Decision {
  readonly id: string;
  readonly at: Date;
  readonly actor: string;
  readonly action: string;
  /** As it can be typed where it is an item: `job:uar`, `certificate:12`. */
  readonly subject: string;
  readonly before: Json;
  readonly after: Json;
  readonly reason: string | null;
  /** `os:user@host`: who typed it; null: not recorded. */
  readonly entered_by: string | null;
}

/** Which decisions; null: all. */
export interface DecisionFilter {
  readonly since: Date | null;
  /** In any letter case. */
  readonly actor: string | null;
  /** The part of the subject before its colon. */
  readonly kind: string | null;
  /** The id of a decision: only what follows it. */
  readonly after: string | null;
  readonly limit: number;
}

/** The newest first. One statement. */
export async function listDecisions(
  db: Kysely<Database>,
  { since, actor, kind, after, limit }: DecisionFilter,
): Promise<readonly Decision[]> {
  const { rows } = await sql<Decision>`
    select id, at, actor, action, subject, before, after, coalesce(note, after ->> 'reason') as reason,
           after ->> 'entered_by' as entered_by
      from opsdeck_jobs.action_log
     where (${since?.toISOString() ?? null}::timestamptz is null or at >= ${since?.toISOString() ?? null}::timestamptz)
       and (${actor}::text is null or lower(actor) = lower(${actor}::text))
       and (${kind}::text is null or split_part(subject, ':', 1) = lower(${kind}::text))
       and ${after === null ? sql`true` : sql`(at, id) < (select k.at, k.id from opsdeck_jobs.action_log k where k.id = ${after}::uuid)`}
     order by at desc, id desc limit ${limit}::integer`.execute(db);
  return rows;
}

export async function isDecision(db: Kysely<Database>, id: string): Promise<boolean> {
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) return false;
  const { rows } = await sql`select from opsdeck_jobs.action_log where id = ${id}::uuid`.execute(db);
  return rows.length > 0;
}

/** Jobs and notifications that were switched on or off, paused or resumed in a period, oldest first. */
export async function listSwitches(
  db: Kysely<Database>,
  { from, to }: { readonly from: Date; readonly to: Date },
): Promise<readonly Decision[]> {
  const { rows } = await sql<Decision>`
    select id, at, actor, action, subject, before, after, coalesce(note, after ->> 'reason') as reason,
           after ->> 'entered_by' as entered_by
      from opsdeck_jobs.action_log
     where action = any (${switches}::text[])
       and at between ${from.toISOString()}::timestamptz and ${to.toISOString()}::timestamptz
     order by at, id`.execute(db);
  return rows;
}

const switches = [
  ...['job.enable', 'job.disable', 'job.pause', 'job.resume'],
  ...['event.enable', 'event.disable'],
];

/** The kinds of things that were decided about, for who misspells one. */
export async function decidedKinds(db: Kysely<Database>): Promise<readonly string[]> {
  const { rows } = await sql<{ kind: string }>`
    select distinct split_part(subject, ':', 1) as kind from opsdeck_jobs.action_log order by kind limit 100`.execute(
    db,
  );
  return rows.map(({ kind }) => kind);
}
