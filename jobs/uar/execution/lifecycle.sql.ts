import { sql, type Transaction } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import { findingStatuses } from '../finding-words.ts';
import type { Steps } from './read-steps.sql.ts';
import type { StepScope } from './steps.sql.ts';

const knownStatuses = sql.join(findingStatuses.map((status) => sql.lit(status)));

/** A note of ours is added to what people wrote; so many characters of both are kept. */
const longestNotes = 4000;

/**
 * Stores what `uar_step` says: OpsDeck's rows, our identities, and the observations of this execution; then resolves what is gone.
 * At most six statements, whatever the number of findings.
 */
export async function storeFindings(
  trx: Transaction<Database>,
  scope: StepScope,
  { gone }: Pick<Steps, 'gone'>,
): Promise<void> {
  await unlinkIncidents(trx, scope);
  await updateFindings(trx, scope);
  await insertFindings(trx, scope);
  await recordIdentities(trx, scope);
  await recordObservations(trx, scope);
  if (gone > 0) await resolveGone(trx, scope);
}

/** What earlier versions wrote into `security_incident_id`, also on old executions: OpsDeck's page fails where it is set. */
async function unlinkIncidents(trx: Transaction<Database>, { comparisonId }: StepScope): Promise<void> {
  await sql`
    with linked as materialized (
      select f.id, f.security_incident_id as incident_id
        from public.uar_execution x
        join public.uar_finding f on f.execution_id = x.id
        join public.security_incident i on i.id = f.security_incident_id
       where x.comparison_id = ${comparisonId}::int and i.external_ref like 'uar-execution-%'
       order by f.id for no key update of f
    ),
    kept as (
      update opsdeck_jobs.uar_identity o set incident_id = l.incident_id
        from linked l where o.finding_id = l.id and o.incident_id is null
    )
    update public.uar_finding f set security_incident_id = null from linked l where f.id = l.id`.execute(trx);
}

/** Moves rows to this execution, as OpsDeck does. */
async function updateFindings(
  trx: Transaction<Database>,
  { executionId, now, zones }: StepScope,
): Promise<void> {
  await sql`
    update public.uar_finding f
       set execution_id = ${executionId}::int, severity = s.severity, description = r.description,
           raw_data_a = coalesce(r.raw_data_a, 'null'), raw_data_b = coalesce(r.raw_data_b, 'null'),
           differences = coalesce(r.differences, 'null'),
           affected_entity_type = case when s.affected_user_id is null then f.affected_entity_type else 'user' end,
           affected_entity_id = coalesce(s.affected_user_id, f.affected_entity_id),
           first_seen_at = coalesce(f.first_seen_at, c.stored_now), last_seen_at = c.stored_now,
           -- Words that nobody but a person can have typed stay, and so does the time of what a person decided.
           status = case when f.status is null or f.status in (${knownStatuses}) then s.status else f.status end,
           resolved_at = case when f.status is not distinct from s.status then f.resolved_at end,
           resolution_notes = case when s.note is null then f.resolution_notes
                                   else right(concat_ws(E'\n', nullif(f.resolution_notes, ''), s.note), ${longestNotes}::int) end
      from uar_step s
      join uar_result r on r.identity = s.identity
     cross join (select ${now}::timestamptz at time zone ${zones.stored}::text as stored_now) c
     where f.id = s.finding_id and not s.is_new`.execute(trx);
}

async function insertFindings(
  trx: Transaction<Database>,
  { executionId, now, zones }: StepScope,
): Promise<void> {
  await sql`
    insert into public.uar_finding
      (id, execution_id, finding_type, severity, key_value, description, raw_data_a, raw_data_b, differences,
       affected_entity_type, affected_entity_id, status, resolution_notes, created_at, first_seen_at, last_seen_at)
    select s.finding_id, ${executionId}::int, s.finding_type, s.severity, left(s.key_text, 255), r.description,
           coalesce(r.raw_data_a, 'null'), coalesce(r.raw_data_b, 'null'), coalesce(r.differences, 'null'),
           case when s.affected_user_id is not null then 'user' end, s.affected_user_id, s.status, s.note,
           c.stored_now, c.stored_now, c.stored_now
      from uar_step s join uar_result r on r.identity = s.identity
     cross join (select ${now}::timestamptz at time zone ${zones.stored}::text as stored_now) c
     where s.is_new
     order by s.finding_id`.execute(trx);
}

async function recordIdentities(trx: Transaction<Database>, { comparisonId, now }: StepScope): Promise<void> {
  await sql`
    insert into opsdeck_jobs.uar_identity
      (identity, comparison_id, finding_type, key_text, finding_id, data_hash, first_seen_at, recurrences, exception_id,
       opened_at)
    select identity, ${comparisonId}::int, finding_type, key_text, finding_id, data_hash, first_seen_at, recurrences,
           case when by_exception then exception_id end,
           case when novelty in ('recurred', 'reopened') then ${now}::timestamptz end
      from uar_step where identity_changed
    on conflict (identity) do update
       set finding_id = excluded.finding_id, data_hash = excluded.data_hash, recurrences = excluded.recurrences,
           exception_id = excluded.exception_id, opened_at = coalesce(excluded.opened_at, uar_identity.opened_at)`.execute(
    trx,
  );
}

async function recordObservations(trx: Transaction<Database>, { executionId }: StepScope): Promise<void> {
  await sql`
    insert into opsdeck_jobs.uar_observation
      (execution_id, identity, finding_id, finding_type, severity, key_text, novelty, status, raw_data_a, raw_data_b,
       differences, affected_user_id, exception_id)
    select ${executionId}::int, s.identity, s.finding_id, s.finding_type, s.severity, s.key_text, s.novelty, s.status,
           r.raw_data_a, r.raw_data_b, r.differences,
           s.affected_user_id, s.exception_id
      from uar_step s join uar_result r on r.identity = s.identity`.execute(trx);
}

/**
 * What was open or acknowledged and is not there any more, on whatever execution it was left; in OpsDeck's words. A row that OpsDeck
 * made beside the one that we keep is closed with the number of that one.
 */
async function resolveGone(
  trx: Transaction<Database>,
  { comparisonId, executionId, now, zones }: StepScope,
): Promise<void> {
  await sql`
    with kept as materialized (
      select finding_type, left(key_text, 255) as key_value, min(finding_id) as finding_id from uar_step group by 1, 2
    ),
    gone as materialized (
      select f.id, case when i.identity is null then k.finding_id end as same_as
        from public.uar_execution x
        join public.uar_finding f on f.execution_id = x.id
        left join opsdeck_jobs.uar_identity i on i.finding_id = f.id
        left join kept k on k.finding_type = f.finding_type and k.key_value = f.key_value
       where x.comparison_id = ${comparisonId}::int and f.status in ('open', 'acknowledged')
         and not exists (select from uar_step s where s.finding_id = f.id)
       order by f.id for no key update of f
    ),
    clock as materialized (select ${now}::timestamptz as at)
    update public.uar_finding f
       set status = 'resolved', resolved_at = c.at at time zone ${zones.stored}::text,
           resolution_notes = right(concat_ws(E'\n', nullif(f.resolution_notes, ''),
             case when g.same_as is null
                  then format('Auto-resolved: No longer detected in execution %s on %s UTC', ${executionId}::int,
                              to_char(c.at at time zone 'UTC', 'YYYY-MM-DD HH24:MI'))
                  else format('Auto-resolved: the same as finding %s (execution %s)', g.same_as, ${executionId}::int) end),
             ${longestNotes}::int)
      from gone g cross join clock c
     where f.id = g.id`.execute(trx);
}
