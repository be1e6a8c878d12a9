import { sql, type Transaction } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../src/db/tables.ts';
import type { Zones } from '../../src/time/zones.ts';
import { utcOffset } from './compare.sql.ts';
import { evaluatorVersion } from './evaluate.sql.ts';
import { ruleStates } from './rule-state.ts';
import { controlStatuses } from './status.ts';

/** How many controls of a framework that could not be evaluated are named, in the log and in the alert about them. */
const namedProblems = 50;

/** CTE `counted`: one row a framework of this run. `problems` names a few of its unknown controls with their rules. */
const counted = sql`
  numbered as (
    select c.*, row_number() over (partition by framework_id, status order by control_pk) as place
      from pg_temp.drift_compared c
  ),
  counted as (
    select framework_id, framework_name, previous_audit_id, skipped, count(status)::int as controls,
           jsonb_build_object(${sql.join(
             controlStatuses.map(
               (status) => sql`${sql.lit(status)}, count(*) filter (where status = ${sql.lit(status)})`,
             ),
           )}) as status,
           coalesce(json_agg(json_build_object('control_id', control_id, 'name', control_name, 'rules', rules::json))
             filter (where status = 'unknown' and place <= ${sql.lit(namedProblems)}), '[]') as problems
      from numbered group by framework_id, framework_name, previous_audit_id, skipped
  )`;

const frameworkRow = z.object({
  audit_id: z.int().nullable(),
  framework_id: z.int(),
  framework_name: z.string(),
  previous_audit_id: z.int().nullable(),
  skipped: z.int(),
  controls: z.int(),
  status: z.record(z.enum(controlStatuses), z.int()),
  problems: z.array(z.object({ control_id: z.string(), name: z.string(), rules: ruleStates })),
});
/** What a run found in one framework. `skipped`: newer snapshots that were passed over because they are not what was stored. */
export type FrameworkCount = z.output<typeof frameworkRow>;

/** One statement that only reads: what {@link storeSnapshot} answers, without a snapshot. */
export async function countFrameworks(trx: Transaction<Database>): Promise<FrameworkCount[]> {
  const { rows } = await sql`
    with ${counted}
    select null::int as audit_id, counted.* from counted order by framework_id`.execute(trx);
  return rows.map((row) => frameworkRow.parse(row));
}

/** `"key":value` of a text column in hand-written JSON: shorter and faster than json_build_object. */
const text = (key: string, column: string) =>
  sql`${sql.lit(`"${key}":`)} || to_json(${sql.ref(column)})::text`;

export interface SnapshotMoment {
  readonly runId: string;
  readonly takenAt: Date;
  readonly zones: Zones;
}

/**
 * One statement: writes the snapshot from `drift_compared`, so that it never leaves the database. A `compliance_audit` row whose
 * `frameworks` OpsDeck's own pages read (its keys, its status words, text keys for ids), with ours beside them under
 * `opsdeck_jobs`; the link of the hash chain over the text as it was stored; the counts of each framework.
 *
 * A control that is unknown carries its last known state on as `known`. Without any control, now or before, nothing is written and
 * `audit_id` is null.
 */
export async function storeSnapshot(
  trx: Transaction<Database>,
  { runId, takenAt, zones }: SnapshotMoment,
): Promise<FrameworkCount[]> {
  const now = sql`${takenAt.toISOString()}::timestamptz`;
  const local = sql`(${now} at time zone ${zones.business}::text)`;
  const { rows } = await sql`
    with ${counted},
    control_text as (
      select framework_id, control_pk,
             '"' || control_pk || '":{' || ${text('control_id', 'control_id')} || ',' || ${text('name', 'control_name')} || ',"status":"'
               || case status when 'unknown' then 'uncovered' else status end
               || '","rules_count":' || rules_count
               || ',"oldest_evidence_date":' || coalesce('"' || oldest_evidence_date || '"', 'null') || '}' as theirs,
             '"' || control_pk || '":{"framework":' || framework_id || ',' || ${text('control_id', 'control_id')}
               || ',' || ${text('name', 'control_name')} || ',"status":"' || status || '","links":' || links || ',"rules":' || rules
               || case when status <> 'unknown' or before_status is null or before_status = 'not_applicable' then ''
                       when before_status <> 'unknown'
                         then ',"known":{"status":"' || before_status || '","rules":' || (before -> 'rules')::text || '}'
                       when before ? 'known' then ',"known":' || (before -> 'known')::text
                       else '' end || '}' as ours
        from pg_temp.drift_compared
       where status is not null
    ),
    framework_text as (
      select c.framework_id,
             '"' || c.framework_id || '":{' || ${text('name', 'c.framework_name')} || ',"stats":{"total":' || c.controls
               || ',"compliant":' || (c.status ->> 'compliant') || ',"warning":' || (c.status ->> 'warning')
               || ',"non_compliant":' || (c.status ->> 'non_compliant') || ',"manual":' || (c.status ->> 'manual')
               || ',"uncovered":' || (c.status ->> 'uncovered')::int + (c.status ->> 'unknown')::int
               || ',"not_applicable":' || (c.status ->> 'not_applicable')
               || '},"controls":{' || coalesce(t.theirs, '') || '}}' as theirs,
             t.ours
        from counted c
        left join (select framework_id, string_agg(theirs, ',' order by control_pk) as theirs,
                          string_agg(ours, ',' order by control_pk) as ours
                     from control_text group by framework_id) t on t.framework_id = c.framework_id
    ),
    document as (
      select '{"timestamp":"' || to_char(${local}, 'YYYY-MM-DD"T"HH24:MI:SS.US') || ${utcOffset(local, zones.business)}
               || '","frameworks":{' || string_agg(theirs, ',' order by framework_id)
               || '},"opsdeck_jobs":{"evaluator_version":' || ${sql.lit(evaluatorVersion)} || ',"run_id":"' || ${runId}::uuid
               || '","taken_at":"' || ${takenAt.toISOString()}::text
               || '","controls":{' || coalesce(string_agg(ours, ',' order by framework_id), '') || '}}}' as snapshot_data
        from framework_text
    ),
    audit as (
      insert into compliance_audit (status, created_at, audit_type, snapshot_data)
      select 'Planned', ${now} at time zone ${zones.stored}::text, 'drift_snapshot', snapshot_data::json from document
       -- Nothing was looked at and nothing was lost: that is no snapshot.
       where exists (select from pg_temp.drift_compared where control_pk is not null)
      returning id, sha256(convert_to(snapshot_data::text, 'UTF8')) as content_hash
    ),
    link as (
      select a.id, a.content_hash,
             coalesce((select chain_hash from opsdeck_jobs.drift_snapshot order by audit_id desc limit 1),
                      decode(repeat('00', 32), 'hex')) as previous_hash
        from audit a
    ),
    snapshot as (
      insert into opsdeck_jobs.drift_snapshot
        (audit_id, run_id, taken_at, evaluator_version, content_hash, previous_hash, chain_hash)
      select id, ${runId}::uuid, ${now}, ${sql.lit(evaluatorVersion)}, content_hash, previous_hash,
             sha256(previous_hash || content_hash)
        from link
    ),
    framework as (
      insert into opsdeck_jobs.drift_snapshot_framework
        (audit_id, framework_id, framework_name, previous_audit_id, controls, status)
      select l.id, c.framework_id, c.framework_name, c.previous_audit_id, c.controls, c.status from counted c cross join link l
    )
    select l.id as audit_id, c.* from counted c left join link l on true order by c.framework_id`.execute(
    trx,
  );
  return rows.map((row) => frameworkRow.parse(row));
}
