import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import { attestationState, ruleStates } from '../rule-state.ts';
import { controlStatuses } from '../status.ts';
import type { PeriodSnapshot } from './days.ts';
import { grouped } from './grouped.ts';

/** Both instants are in it. */
export interface Instants {
  readonly from: Date;
  readonly to: Date;
}

const at = (instant: Date) => sql`${instant.toISOString()}::timestamptz`;

/** The snapshots of a period by framework, oldest first. One statement. */
export async function readSnapshots(
  db: Kysely<Database>,
  frameworks: readonly number[],
  { from, to }: Instants,
): Promise<ReadonlyMap<number, readonly PeriodSnapshot[]>> {
  const { rows } = await sql<PeriodSnapshot & { readonly framework: number }>`
    select f.framework_id as framework, s.audit_id as id, s.taken_at as "takenAt", encode(s.chain_hash, 'hex') as "chainHash"
      from opsdeck_jobs.drift_snapshot_framework f join opsdeck_jobs.drift_snapshot s on s.audit_id = f.audit_id
     where f.framework_id = any (${[...frameworks]}::integer[]) and s.taken_at between ${at(from)} and ${at(to)}
     order by s.audit_id`.execute(db);
  return grouped(rows, ({ framework, ...snapshot }) => [framework, snapshot]);
}

const stateRow = z.object({
  end: z.boolean(),
  taken: z.date(),
  altered: z.boolean(),
  framework: z.int(),
  /** null: the snapshot is not read. */
  control: z.int().nullable(),
  status: z.enum(controlStatuses).nullable(),
  rules: ruleStates,
});
/** A control as a snapshot has it: the newest one before the period, or (`end`) the newest one in it. */
export type EdgeState = z.output<typeof stateRow>;

/** Two snapshots of each framework are parsed, however many the period has. One statement. */
export async function readEdges(
  db: Kysely<Database>,
  { frameworks, controls }: { readonly frameworks: readonly number[]; readonly controls: readonly number[] },
  { from, to }: Instants,
): Promise<readonly EdgeState[]> {
  const { rows } = await sql`
    with candidate as materialized (
      select f.framework_id, s.audit_id, s.taken_at, s.content_hash, s.taken_at >= ${at(from)} as "end"
        from opsdeck_jobs.drift_snapshot_framework f join opsdeck_jobs.drift_snapshot s on s.audit_id = f.audit_id
       where f.framework_id = any (${[...frameworks]}::integer[]) and s.taken_at <= ${at(to)}
    ),
    chosen as materialized (
      select distinct on (framework_id, "end") * from candidate order by framework_id, "end", audit_id desc
    ),
    body as materialized (
      select a.id as audit_id, a.snapshot_data, sha256(convert_to(a.snapshot_data::text, 'UTF8')) as content_hash
        from compliance_audit a where a.id = any (array(select audit_id from chosen))
    ),
    entry as materialized (
      select b.audit_id, c.key::integer as control_pk, c.value::jsonb as state
        from body b
        join (select distinct audit_id, content_hash from chosen) h on h.audit_id = b.audit_id and h.content_hash = b.content_hash
       cross join lateral json_each(b.snapshot_data #> '{opsdeck_jobs,controls}') c
       where c.key = any (${controls.map(String)}::text[])
    )
    select c."end", c.taken_at as taken, c.framework_id as framework, e.control_pk as control, e.state ->> 'status' as status,
           b.content_hash is distinct from c.content_hash as altered, coalesce(e.state -> 'rules', '[]') as rules
      from chosen c
      left join body b on b.audit_id = c.audit_id
      left join entry e on e.audit_id = c.audit_id and (e.state ->> 'framework')::integer = c.framework_id
     where e.state is not null or b.content_hash is distinct from c.content_hash
     order by c.audit_id, e.control_pk`.execute(db);
  return rows.map((row) => stateRow.parse(row));
}

const changeRow = z.object({
  control: z.int(),
  snapshotId: z.int(),
  at: z.date(),
  from: z.string().nullable(),
  to: z.string().nullable(),
  class: z.string(),
  severity: z.string().nullable(),
  cause: z.string(),
  before: ruleStates,
  after: ruleStates,
  attestation: z
    .object({ before: attestationState.nullable(), after: attestationState.nullable() })
    .nullable(),
});
/** A change that a snapshot of the period found. */
export type PeriodChange = z.output<typeof changeRow>;

/** By control, oldest first. One statement. */
export async function readPeriodChanges(
  db: Kysely<Database>,
  controls: readonly number[],
  { from, to }: Instants,
): Promise<ReadonlyMap<number, readonly PeriodChange[]>> {
  const { rows } = await sql`
    select e.framework_control_id as control, e.audit_id as "snapshotId", s.taken_at as at, e.from_status as "from", e.to_status as "to",
           e.class, e.severity, e.cause, coalesce(e.detail -> 'before', '[]') as before,
           coalesce(e.detail -> 'after', '[]') as after, e.detail -> 'attestation' as attestation
      from opsdeck_jobs.drift_event e join opsdeck_jobs.drift_snapshot s on s.audit_id = e.audit_id
     where e.framework_control_id = any (${[...controls]}::integer[]) and s.taken_at between ${at(from)} and ${at(to)}
     order by e.audit_id, e.class, e.id`.execute(db);
  return grouped(rows, (row) => {
    const change = changeRow.parse(row);
    return [change.control, change];
  });
}
