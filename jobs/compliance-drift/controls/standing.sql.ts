import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import type { ReportPage } from '../../../src/job/report-page.ts';
import { dayOf } from '../../../src/time/calendar-day.ts';
import { wallClock } from '../../../src/time/human-time.ts';
import { comparedFirst } from '../compared-snapshot.sql.ts';
import { controlStatuses } from '../status.ts';

const row = z.object({
  auditId: z.int(),
  takenAt: z.date(),
  chainHash: z.string(),
  /** The frameworks that it looked at, in one order. */
  frameworks: z.string(),
  status: z.record(z.enum(controlStatuses), z.int()),
});
type Snapshot = z.output<typeof row>;

/** What is stored of the controls. */
export interface Standing {
  /** The newest snapshot; null: none was taken. */
  readonly newest: Snapshot | null;
  /** Of the same frameworks: the newest that was taken 30 days before, else the oldest; null: there is none. */
  readonly earlier: Snapshot | null;
}

/** The snapshots until an instant. Two statements. */
export async function readStanding(
  db: Kysely<Database>,
  { until, frameworkId }: { readonly until: Date; readonly frameworkId: number | null },
): Promise<Standing> {
  const newest = await snapshotUntil(db, until, { frameworkId, later: null });
  return { newest, earlier: newest && (await snapshotUntil(db, until, { frameworkId, later: newest })) };
}

async function snapshotUntil(
  db: Kysely<Database>,
  until: Date,
  { frameworkId, later }: { readonly frameworkId: number | null; readonly later: Snapshot | null },
): Promise<Snapshot | null> {
  const { rows } = await sql`
    with taken as (
      select s.audit_id, s.taken_at, s.chain_hash, string_agg(f.framework_id::text, ',' order by f.framework_id) as frameworks
        from opsdeck_jobs.drift_snapshot s join opsdeck_jobs.drift_snapshot_framework f on f.audit_id = s.audit_id
       where s.taken_at <= ${until.toISOString()}::timestamptz
         and (${frameworkId}::integer is null or f.framework_id = ${frameworkId}::integer)
       group by s.audit_id
    )
    select t.audit_id as "auditId", t.taken_at as "takenAt", encode(t.chain_hash, 'hex') as "chainHash", t.frameworks,
           (select json_object_agg(e.key, e.controls)
              from (select c.key, sum(c.value::integer)::integer as controls
                      from opsdeck_jobs.drift_snapshot_framework f cross join lateral jsonb_each_text(f.status::jsonb) c
                     where f.audit_id = t.audit_id
                       and (${frameworkId}::integer is null or f.framework_id = ${frameworkId}::integer)
                     group by c.key) e) as status
      from taken t
     ${
       later === null
         ? sql`order by t.audit_id desc`
         : sql`where t.frameworks = ${later.frameworks}::text and t.audit_id < ${later.auditId}::integer
               order by ${comparedFirst(until)}`
     }
     limit 1`.execute(db);
  return rows[0] === undefined ? null : row.parse(rows[0]);
}

/** Of the head. */
export function standingFacts({ newest, earlier }: Standing, zone: string): ReportPage['facts'] {
  if (newest === null) return [['Newest snapshot', 'none was taken yet']];
  return [
    ['Newest snapshot', `${newest.auditId}, taken ${wallClock(newest.takenAt, zone)}`],
    ...(earlier === null ? [] : [['Compared with', comparedWith(earlier, zone)] as const]),
    ['Chain hash of it (SHA-256)', newest.chainHash],
  ];
}

function comparedWith({ auditId, takenAt }: Snapshot, zone: string): string {
  return `snapshot ${auditId} of ${dayOf(takenAt, zone)}`;
}
