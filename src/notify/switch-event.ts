import { sql } from 'kysely';
import type { OpenDatabase } from '../db/database.ts';
import type { Zones } from '../time/zones.ts';
import type { EventDefinition } from './notifier.ts';

/** A decision about an event. */
export interface EventSwitch {
  readonly event: EventDefinition;
  readonly enabled: boolean;
  /** Who decides. */
  readonly actor: string;
}

/**
 * Whether messages of an event are queued: `notification_event.enabled`, the switch of OpsDeck's page. A row that is not there yet is
 * created as its first message would. One statement, with its row in the action log; false: it was so already.
 */
export async function switchEvent(
  { db, clock }: Pick<OpenDatabase, 'db' | 'clock'>,
  zones: Zones,
  { event, enabled, actor }: EventSwitch,
): Promise<boolean> {
  const now = clock.now().toISOString();
  const withoutRow = event.offAtFirst !== true;
  const { rows } = await sql<{ changed: boolean }>`
    with clock as (
      select ${now}::timestamptz at time zone ${zones.stored}::text as stored_now
    ), before as (
      select enabled is true as enabled from notification_event where event_code = ${event.code}
    ), switched as (
      insert into notification_event as e
        (event_code, name, description, enabled, days_offset, channels, created_at, updated_at)
      select ${event.code}::text, ${event.name}::text, ${event.description}::text, ${enabled}::boolean,
             ${event.daysOffset}::int, ${JSON.stringify(event.channels)}::json, stored_now, stored_now
        from clock
       -- Without a row an event is what its definition says.
       where ${enabled}::boolean <> ${withoutRow}::boolean or exists (select from before)
      on conflict (event_code) do update set enabled = excluded.enabled, updated_at = excluded.updated_at
       where e.enabled is distinct from excluded.enabled
      returning e.id
    ), logged as (
      insert into opsdeck_jobs.action_log (at, actor, action, subject, before)
      select ${now}::timestamptz, ${actor}, ${enabled ? 'event.enable' : 'event.disable'}, ${`event:${event.code}`},
             jsonb_build_object('enabled', coalesce((select enabled from before), ${withoutRow}::boolean))
        from switched
      returning id
    )
    select exists (select from logged) as changed`.execute(db);
  return rows[0]?.changed === true;
}
