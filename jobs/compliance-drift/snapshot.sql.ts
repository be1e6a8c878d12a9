import { type RawBuilder, sql } from 'kysely';
import type { Zones } from '../../src/time/zones.ts';
import { decidingRules } from './controls/deciding-rule.sql.ts';
import { evaluatorVersion } from './evaluate.sql.ts';
import { controlStatuses } from './status.ts';
import { utcOffset } from './utc-offset.sql.ts';

/** How many controls of a framework that could not be evaluated are named, in the log and in the alert about them. */
const namedProblems = 50;

/** CTE `counted`: one row a framework of `compared`. `problems` names a few of its unknown controls with their rules. */
export const frameworkCounts: RawBuilder<unknown> = sql`
  problem as (
    select framework_id,
           json_agg(json_build_object('control_id', control_id, 'control_key', control_pk, 'name', control_name, 'rules', rules::json)) as problems
      from (select *, row_number() over (partition by framework_id order by control_pk) as place
              from compared where status = 'unknown') unknown
     where place <= ${sql.lit(namedProblems)} group by framework_id
  ),
  unread as (
    select s.framework_id,
           json_agg(json_build_object('model', j.target_model, 'word', j.unread_word, 'id', j.unread_id)
                    order by j.target_model, j.unread_word) as unread
      from (select control_pk, target_model, unread_word, max(unread_id) as unread_id
              from judged where unread_id is not null group by 1, 2, 3) j
      join scope s on s.control_pk = j.control_pk
     group by s.framework_id
  ),
  counted as (
    select f.*, c.controls, c.status, coalesce(p.problems, '[]') as problems, coalesce(u.unread, '[]') as unread
      from framework_of_run f
      join (select framework_id, count(status)::int as controls,
                        jsonb_build_object(${sql.join(
                          controlStatuses.map(
                            (status) =>
                              sql`${sql.lit(status)}, count(*) filter (where status = ${sql.lit(status)})`,
                          ),
                        )}) as status
                   from compared group by framework_id) c on c.framework_id = f.framework_id
      left join problem p on p.framework_id = f.framework_id
      left join unread u on u.framework_id = f.framework_id
  )`;

/** How many failing controls a run names; `controls list` has all. */
const namedFailing = 20;

/** CTE `failing`: the first failing controls of the run, non-compliant ones first, as the catalogs have them, with what decides each. `decisive` has that of changed ones, too. */
export const failingControls: RawBuilder<unknown> = sql`
  failing_control as materialized (
    select * from (
      select framework_name, control_pk, control_id, control_name, status, attestation,
             row_number() over (order by status, framework_name, framework_id, control_pk) as place
        from compared where status in ('non_compliant', 'warning')) one
     where place <= ${sql.lit(namedFailing)}
  ),
  deciding as (
    select control_pk from failing_control
    union
    select control_pk from difference where status in ('non_compliant', 'warning', 'unknown', 'uncovered')
  ),
  ${decidingRules(sql`deciding`)},
  failing as (
    select f.place, f.framework_name, f.control_id, f.control_name as name, f.status, d.rule, f.attestation::json as attestation
      from failing_control f left join decisive d on d.control_pk = f.control_pk
  )`;

/** The words that OpsDeck has for a control. */
const opsdeckStatusWords = controlStatuses.filter((status) => status !== 'unknown');

/** `"key":value` of a text column in hand-written JSON: shorter and faster than json_build_object. */
const text = (key: string, column: string) =>
  sql`${sql.lit(`"${key}":`)} || to_json(${sql.ref(column)})::text`;

export interface SnapshotMoment {
  readonly runId: string;
  readonly takenAt: Date;
  readonly zones: Zones;
}

/**
 * `Closed`, because OpsDeck counts any other status among the pending audits.
 *
 * CTEs that write the snapshot from `compared` and `counted`, so that it never leaves the database: a `compliance_audit` row whose
 * `frameworks` OpsDeck's own pages and its drift job read (its keys, text keys for ids, the statuses that its own evaluation gives), with ours
 * beside them under `opsdeck_jobs`; and the counts of each framework. `link` has its id.
 *
 * A control that is unknown carries its last known state on as `known`. Without any control, now or before, nothing is written
 * and `link` is empty.
 */
export function storedSnapshot({ runId, takenAt, zones }: SnapshotMoment): RawBuilder<unknown> {
  const now = sql`${takenAt.toISOString()}::timestamptz`;
  const local = sql`(${now} at time zone ${zones.business}::text)`;
  return sql`
    piece as (
      select framework_id, 1 as place, control_pk,
             '"' || control_pk || '":{' || ${text('control_id', 'control_id')} || ',' || ${text('name', 'control_name')} || ',"status":"'
               || opsdeck_status || '","rules_count":' || case status when 'not_applicable' then 0 else rules_count end
               || ',"oldest_evidence_date":' || coalesce('"' || oldest_evidence_date || '"', 'null') || '}' as theirs,
             '"' || control_pk || '":{"framework":' || framework_id || ',' || ${text('control_id', 'control_id')}
               || ',' || ${text('name', 'control_name')} || ',"status":"' || status || '","links":' || links || ',"rules":' || rules
               || coalesce(',"attestation":' || attestation, '')
               || case when status <> 'unknown' or before_status is null or before_status = 'not_applicable' then ''
                       when before_status <> 'unknown'
                         then ',"known":{"status":"' || before_status || '","rules":' || (before -> 'rules')::text || '}'
                       when before ? 'known' then ',"known":' || (before -> 'known')::text
                       else '' end || '}' as ours
        from compared
       where status is not null
      union all
      select framework_id, 0, null,
             '"' || framework_id || '":{' || ${text('name', 'framework_name')} || ',"stats":' || stats || ',"controls":{', null
        from (select framework_id, framework_name,
                     json_build_object('total', count(opsdeck_status), ${sql.join(
                       opsdeckStatusWords.map(
                         (word) =>
                           sql`${sql.lit(word)}, count(*) filter (where opsdeck_status = ${sql.lit(word)})`,
                       ),
                     )})::text as stats
                from compared group by framework_id, framework_name) f
      union all
      select framework_id, 2, null, '}}', null from counted
    ),
    -- One sort puts frameworks around their controls; a comma goes between two controls and between two frameworks.
    in_order as (
      select case when place < 2 and lag(place) over (order by framework_id, place, control_pk) in (place, 2)
                  then ',' || theirs else theirs end as theirs, ours
        from piece order by framework_id, place, control_pk
    ),
    document as (
      select concat('{"timestamp":"', to_char(${local}, 'YYYY-MM-DD"T"HH24:MI:SS.US'), ${utcOffset(local, zones.business)},
                    '","frameworks":{', string_agg(theirs, ''),
                    '},"opsdeck_jobs":{"evaluator_version":', ${sql.lit(evaluatorVersion)}, ',"run_id":"', ${runId}::uuid,
                    '","taken_at":"', ${takenAt.toISOString()}::text,
                    '","controls":{', string_agg(ours, ','), '}}}') as snapshot_data
        from in_order
    ),
    audit as (
      insert into compliance_audit (status, created_at, audit_type, snapshot_data)
      select 'Closed', ${now} at time zone ${zones.stored}::text, 'drift_snapshot', snapshot_data::json from document
       -- Nothing was looked at and nothing was lost: that is no snapshot.
       where exists (select from compared where control_pk is not null)
      returning id
    ),
    -- Its link in the chain is written when its changes are: see chain.sql.ts.
    link as (
      select id from audit
    ),
    framework as (
      insert into opsdeck_jobs.drift_snapshot_framework
        (audit_id, framework_id, framework_name, previous_audit_id, controls, status)
      select l.id, c.framework_id, c.framework_name, c.previous_audit_id, c.controls, c.status from counted c cross join link l
    )`;
}
