import { sql, type Transaction } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import type { Day } from '../../../src/time/calendar-day.ts';
import { ownedActivities } from '../controls/owners.sql.ts';
import { type EvaluationScope, evaluation } from '../evaluate.sql.ts';
import { forecastEvent } from './event.ts';

/** Does this run queue forecasts: the event is switched on, and the run is one of the schedule? One statement. */
export async function wantsForecast(
  trx: Transaction<Database>,
  { runId, dryRun }: { readonly runId: string; readonly dryRun: boolean },
): Promise<boolean> {
  const { rows } = await sql<{ wanted: boolean }>`
    select exists (select from notification_event where event_code = ${forecastEvent.code} and enabled)
       and (${dryRun}::boolean
            or exists (select from opsdeck_jobs.job_run where id = ${runId}::uuid and trigger in ('schedule', 'timer')))
           as wanted`.execute(trx);
  return rows[0]?.wanted === true;
}

/** Who has to act for each control: who owns an activity that its rules ask for, as far as they are active. One statement. */
export async function readOwners(
  trx: Transaction<Database>,
  scope: EvaluationScope,
): Promise<ReadonlyMap<number, readonly number[]>> {
  const { rows } = await sql<{ control_pk: number; users: number[] }>`
    with ${evaluation(scope)}, ${ownedActivities}
    select o.control_pk, array_agg(distinct o.user_id order by o.user_id) as users
      from owned_activity o join "user" u on u.id = o.user_id
     where not u.is_archived group by o.control_pk`.execute(trx);
  return new Map(rows.map(({ control_pk: control, users }) => [control, users]));
}

/** A change for the worse that is to come. */
export interface ComingTurn {
  /** `framework_control.id`. */
  readonly control: number;
  readonly on: Day;
}

export function turnKey({ control, on }: ComingTurn): string {
  return `${control}@${on}`;
}

/** Those about which an alert was queued since that day, by {@link turnKey}. What nobody can have received counts as not sent. */
export async function alertedSince(trx: Transaction<Database>, day: Day): Promise<ReadonlySet<string>> {
  const { rows } = await sql<ComingTurn>`
    select f.framework_control_id as control, to_char(f.turns_on, 'YYYY-MM-DD') as on
      from opsdeck_jobs.control_forecast f
     where f.alerted_on > ${day}::date
       and not (exists (select from opsdeck_jobs.message m where m.dedupe_key = f.dedupe_key)
                and not exists (select from opsdeck_jobs.message m
                                 where m.dedupe_key = f.dedupe_key and m.state not in ('failed', 'cancelled')))`.execute(
    trx,
  );
  return new Set(rows.map(turnKey));
}

/** An alert about these was queued. One statement. */
export async function recordForecast(
  trx: Transaction<Database>,
  turns: readonly ComingTurn[],
  of: { readonly today: Day; readonly dedupeKey: string; readonly runId: string },
): Promise<void> {
  await sql`
    insert into opsdeck_jobs.control_forecast as f (framework_control_id, turns_on, alerted_on, dedupe_key, run_id)
    select distinct control, "on", ${of.today}::date, ${of.dedupeKey}, ${of.runId}::uuid
      from jsonb_to_recordset(${JSON.stringify(turns.map(({ control, on }) => ({ control, on })))}::jsonb) as r (control int, "on" date)
     order by 1, 2
    on conflict (framework_control_id, turns_on) do update
      set alerted_on = excluded.alerted_on, dedupe_key = excluded.dedupe_key, run_id = excluded.run_id`.execute(
    trx,
  );
}

/** Forgets the days that are past, and those that are others now. One statement. */
export async function forgetForecast(
  trx: Transaction<Database>,
  today: Day,
  turns: readonly ComingTurn[],
): Promise<void> {
  await sql`
    with present as materialized (
      select control, "on"
        from jsonb_to_recordset(${JSON.stringify(turns.map(({ control, on }) => ({ control, on })))}::jsonb) as r (control int, "on" date)
    )
    delete from opsdeck_jobs.control_forecast f
     where f.turns_on <= ${today}::date
        or (f.framework_control_id in (select control from present)
            and not exists (select from present p where p.control = f.framework_control_id and p."on" = f.turns_on))`.execute(
    trx,
  );
}
