import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import type { Zones } from '../../../src/time/zones.ts';
import { findingTypes } from '../finding-words.ts';

/** What an execution must know to decide what becomes of its findings. */
export interface StepScope {
  readonly comparisonId: number;
  /** 0 in a dry run, which stores none. */
  readonly executionId: number;
  /** The last completed execution of the comparison: ours, or OpsDeck's where we have none; null: none. */
  readonly previousExecutionId: number | null;
  /** OpsDeck's rows have not been taken over yet: those that are resolved count, too. */
  readonly adopting: boolean;
  /** One of the key fields is `email`: the user with that address is linked. */
  readonly linkUsers: boolean;
  /** Capital and small letters of a key are the same. */
  readonly foldCase: boolean;
  readonly now: Date;
  /** `YYYY-MM-DD` in the business zone: which exceptions are in force. */
  readonly today: string;
  readonly zones: Zones;
  readonly dryRun: boolean;
}

/**
 * Fills the temporary table `uar_step` from `uar_result`: a row a finding with all that becomes of it. What is stored comes from it,
 * and a dry run stops after it.
 *
 * | its row before                            | not excepted                   | excepted        | novelty    |
 * | none                                      | open                           | acknowledged    | `new`      |
 * | open, found by OpsDeck alone              | open                           | acknowledged    | `new`      |
 * | open                                      | open                           | acknowledged    | `seen`     |
 * | acknowledged                              | acknowledged                   | acknowledged    | `seen`     |
 * | acknowledged by an exception that is over | open                           |                 | `reopened` |
 * | resolved                                  | open                           | acknowledged    | `recurred` |
 * | false_positive, same data                 | false_positive                 | false_positive  | `seen`     |
 * | false_positive, other data                | open                           | acknowledged    | `reopened` |
 *
 * Rows are locked in the order of their numbers, as those do who decide by hand, so that a decision is either seen here or waits.
 * "Its row" is the one that its identity names; else OpsDeck's, of the same type and key: a false positive with the same data
 * before all others, then the newest.
 */
export async function decideSteps(trx: Transaction<Database>, scope: StepScope): Promise<void> {
  // For this transaction. Of tables that it fills itself the planner believes that they are small; a nested loop would bet on it.
  await sql`select set_config('enable_nestloop', 'off', true)`.execute(trx);
  await sql`
    create temporary table uar_step (
      identity bytea not null, finding_type text not null, severity text not null, key_text text not null, data_hash bytea not null,
      finding_id integer, is_new boolean not null, novelty text not null, status text not null, note text,
      -- Not there in the execution before, and not excepted: somebody would be accused of it now.
      appeared boolean not null,
      exception_id bigint,
      -- The exception, not a person, has acknowledged it.
      by_exception boolean not null,
      affected_user_id integer, recurrences integer not null, first_seen_at timestamptz not null,
      -- What is recorded of its identity is to be written: it is new, or something of it changed.
      identity_changed boolean not null
    ) on commit drop`.execute(trx);
  await sql`
    insert into uar_step
    with known as materialized (
      select i.identity, i.finding_id, f.status, f.execution_id, ${linkedUser} as linked_user_id,
             i.data_hash, i.recurrences, i.exception_id, i.first_seen_at
        from uar_result r
        join opsdeck_jobs.uar_identity i on i.identity = r.identity
        join public.uar_finding f on f.id = i.finding_id
       where i.comparison_id = ${scope.comparisonId}::int
       ${locked(scope)}
    ),
    ${adoptedRows(scope)},
    ${exceptionsInForce(scope)},
    ${people(scope)},
    before as (
      select r.identity, r.finding_type, r.severity, r.key_text, r.data_hash,
             coalesce(k.finding_id, a.finding_id) as finding_id, coalesce(k.status, a.status) as status,
             case when k.identity is null then coalesce(a.same_data, false)
                  else k.data_hash is not distinct from r.data_hash end as same_data,
             k.identity is not null as observed, coalesce(k.execution_id, a.execution_id) as last_execution_id, coalesce(k.recurrences, 0) as recurrences,
             coalesce(k.first_seen_at, a.first_seen_at, ${scope.now}::timestamptz) as first_seen_at,
             k.exception_id as was_excepted, e.id as exception_id, e.until, e.reason,
             coalesce(p.id, k.linked_user_id, a.linked_user_id) as affected_user_id,
             k.identity is null or k.data_hash is distinct from r.data_hash as identity_changed
        from uar_result r
        left join known k on k.identity = r.identity
        left join adopted a on a.identity = r.identity
        left join excepted e on e.key_text = r.key_text and e.finding_type = r.finding_type
        left join person p on p.key = ${scope.foldCase ? sql`lower(r.key_text)` : sql`r.key_text`}
    ),
    judged as (
      select b.*,
             case when finding_id is null then 'new'
                  when status = 'resolved' then 'recurred'
                  when status = 'false_positive' and not same_data then 'reopened'
                  when status = 'acknowledged' and was_excepted is not null and exception_id is null then 'reopened'
                  -- OpsDeck tells nobody of what it finds.
                  when not observed and status is distinct from 'acknowledged' and status is distinct from 'false_positive' then 'new'
                  else 'seen' end as novelty
        from before b
    ),
    settled as (
      select j.*,
             case when novelty = 'seen' and status = 'false_positive' then 'false_positive'
                  when exception_id is not null then 'acknowledged'
                  when novelty = 'seen' and status = 'acknowledged' then 'acknowledged'
                  else 'open' end as status_after,
             coalesce(last_execution_id >= ${scope.previousExecutionId}::int, false) as still_detected,
             exception_id is not null and (novelty <> 'seen' or status is distinct from 'false_positive')
               and (novelty <> 'seen' or status is distinct from 'acknowledged' or was_excepted is not null) as by_exception
        from judged j
    )
    select identity, finding_type, severity, key_text, data_hash,
           coalesce(finding_id, ${
             scope.dryRun
               ? sql`null`
               : sql`nextval((select pg_get_serial_sequence('public.uar_finding', 'id')::regclass))::integer`
           }),
           finding_id is null, novelty, status_after,
           case when by_exception and was_excepted is distinct from exception_id
                  then format('Excepted until %s (exception %s): %s', until, exception_id, reason)
                when status_after <> 'open' then null
                when novelty = 'recurred' and still_detected
                  then ${`Reopened: still detected in execution ${scope.executionId} after it was resolved`}
                when novelty = 'recurred' then ${`Reopened: detected again in execution ${scope.executionId}`}
                when novelty = 'reopened' and status = 'false_positive'
                  then ${`Reopened: its data changed since it was marked as a false positive (execution ${scope.executionId})`}
                when novelty = 'reopened'
                  then format('Reopened: exception %s is no longer in force (execution %s)', was_excepted,
                              ${scope.executionId}::int) end,
           exception_id is null
             and ((novelty = 'new' and (finding_id is null or not ${scope.adopting}::boolean))
                  or (novelty = 'recurred' and not still_detected)),
           exception_id, by_exception, affected_user_id,
           recurrences + case when novelty = 'recurred' then 1 else 0 end, first_seen_at,
           identity_changed or novelty = 'recurred'
             or was_excepted is distinct from case when by_exception then exception_id end
      from settled`.execute(trx);
  await sql`analyze uar_step (identity, finding_id)`.execute(trx);
}

/** In the order of their numbers, so that nobody waits for each other; until the end of the transaction. */
const locked = ({ dryRun }: StepScope) => (dryRun ? sql`` : sql`order by f.id for no key update of f`);

/** Linked before, by whomever. */
const linkedUser = sql`case when f.affected_entity_type = 'user' then f.affected_entity_id end`;

/**
 * `adopted`: rows of OpsDeck that none of our identities knows, for findings that have none. Their data are the same if every value
 * that OpsDeck stored is in ours, too: we may store columns that it left out.
 */
function adoptedRows(scope: StepScope): RawBuilder<unknown> {
  const { comparisonId, adopting, zones } = scope;
  const values = (raw: RawBuilder<unknown>) => sql`(
    select coalesce(jsonb_object_agg(v.key, v.value) filter (where v.value is not null), '{}')
      from jsonb_each_text(case when jsonb_typeof(${raw}) = 'object' then ${raw} else '{}'::jsonb end) v)`;
  const within = (theirs: RawBuilder<unknown>, ours: RawBuilder<unknown>) =>
    sql`${values(ours)} @> ${values(theirs)}`;
  return sql`
    -- Each row of a completed execution of ours has an identity: there are none to look for.
    theirs as materialized (
      select x.id from public.uar_execution x
       where x.comparison_id = ${comparisonId}::int
         and not exists (select from opsdeck_jobs.uar_execution_record o where o.execution_id = x.id and o.outcome = 'completed')
    ),
    stray as materialized (
      select f.id, f.finding_type, f.key_value, f.status, f.execution_id, f.first_seen_at, ${linkedUser} as linked_user_id,
             coalesce(f.last_seen_at, f.created_at) as seen_at,
             case when f.status = 'false_positive' then opsdeck_jobs.try_jsonb(coalesce(f.raw_data_a::text, 'null')) end as data_a,
             case when f.status = 'false_positive' then opsdeck_jobs.try_jsonb(coalesce(f.raw_data_b::text, 'null')) end as data_b
        from theirs x join public.uar_finding f on f.execution_id = x.id
       where (${adopting}::boolean or f.status is distinct from 'resolved')
         and not exists (select from opsdeck_jobs.uar_identity i where i.finding_id = f.id)
       ${locked(scope)}
    ),
    adopted as materialized (
      select distinct on (r.identity) r.identity, s.id as finding_id, s.status, s.execution_id, s.same_data,
             s.linked_user_id, s.first_seen_at at time zone ${zones.stored}::text as first_seen_at
        from uar_result r
        join lateral (
          select s.*, case when s.data_a is null or s.data_b is null then false
                           else ${within(sql`s.data_a`, sql`r.raw_data_a::jsonb`)}
                                and ${within(sql`s.data_b`, sql`r.raw_data_b::jsonb`)}
                      end as same_data
            from stray s where s.finding_type = r.finding_type and s.key_value = r.key_text) s on true
       where not exists (select from known k where k.identity = r.identity)
       order by r.identity, (s.status = 'false_positive' and s.same_data) desc, s.seen_at desc nulls last, s.id desc
    )`;
}

/** `excepted`: for each key and type that is excepted today the exception that lasts longest. */
function exceptionsInForce({ comparisonId, today }: StepScope): RawBuilder<unknown> {
  return sql`
    excepted as materialized (
      select distinct on (e.key_text, t.finding_type) e.key_text, t.finding_type, e.id, e.until, e.reason
        from opsdeck_jobs.uar_exception e
        join unnest(${[...findingTypes]}::text[]) as t (finding_type)
          on e.finding_type is null or e.finding_type = t.finding_type
       where (e.comparison_id is null or e.comparison_id = ${comparisonId}::int)
         and e.revoked_at is null and e.until >= ${today}::date
       order by e.key_text, t.finding_type, e.until desc, e.id
    )`;
}

/** `person`: the user with that e-mail address, exactly as OpsDeck looks for it; where letter case does not count in keys, nor here. */
function people({ linkUsers, foldCase }: StepScope): RawBuilder<unknown> {
  if (!linkUsers) return sql`person as (select null::text as key, null::int as id where false)`;
  if (!foldCase) return sql`person as (select email::text as key, id from public."user")`;
  return sql`
    person as (
      select distinct on (lower(email)) lower(email) as key, id
        from public."user" order by lower(email), is_archived, id
    )`;
}
