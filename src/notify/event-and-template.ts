import { sql, type Transaction } from 'kysely';
import type { Database } from '../db/tables.ts';
import type { Zones } from '../time/zones.ts';
import type { EventDefinition, TemplateDefinition, TemplateText } from './notifier.ts';

/** A `notification_event` row, as far as it decides about a message. */
export interface EventRow {
  readonly enabled: boolean;
  /** JSON as stored: null, a list, or whatever somebody put there. */
  readonly channels: unknown;
  readonly slackTargetChannel: string | null;
}

/** The `email_template` row that a message is rendered from. */
export interface TemplateRow {
  readonly id: number;
  readonly name: string;
  readonly isActive: boolean;
  readonly text: TemplateText;
}

/** null: there is no such row (yet). */
export interface EventAndTemplate {
  readonly event: EventRow | null;
  readonly template: TemplateRow | null;
}

interface FoundRow {
  event_id: number | null;
  enabled: boolean | null;
  channels: unknown;
  slack_target_channel: string | null;
  template_id: number | null;
  template_name: string | null;
  is_active: boolean | null;
  subject: string | null;
  body_html: string | null;
}

/**
 * One statement: the event by its code and its template. A template that the event links to goes first, because that
 * is what its page in OpsDeck shows; otherwise the one with our name.
 */
export async function findEventAndTemplate(
  trx: Transaction<Database>,
  event: EventDefinition,
  template: TemplateDefinition,
): Promise<EventAndTemplate> {
  const { rows } = await sql<FoundRow>`
    select e.id as event_id, e.enabled, e.channels, e.slack_target_channel,
           t.id as template_id, t.name as template_name, t.is_active, t.subject, t.body_html
      from (values (1)) as one (n)
      left join notification_event e on e.event_code = ${event.code}
      left join email_template own on own.name = ${template.name}
      left join email_template t
        on t.id = case when ${template.secondary === true}::boolean then own.id else coalesce(e.template_id, own.id) end
  `.execute(trx);
  const row = rows[0];
  if (row === undefined) return { event: null, template: null };
  return {
    event:
      row.event_id === null
        ? null
        : {
            enabled: row.enabled === true,
            channels: row.channels,
            slackTargetChannel: row.slack_target_channel,
          },
    template:
      row.template_id === null || row.template_name === null
        ? null
        : {
            id: row.template_id,
            name: row.template_name,
            // NULL is allowed by the column; what OpsDeck fills in for it is "active".
            isActive: row.is_active !== false,
            text: { subject: row.subject ?? '', bodyHtml: row.body_html ?? '' },
          },
  };
}

interface CreatedRow {
  event_created: boolean;
  template_id: number | null;
}

/**
 * One statement: creates what is absent and never touches what is there, because an administrator may have changed it.
 * The unique columns event_code and name decide between two who create at once: the loser waits, and gets null for
 * what the other one made. Every column that OpsDeck's ORM would fill in is given, because the database has no defaults for
 * them; columns that came after revision 009 are left out, because an older database lacks them.
 */
export async function createEventAndTemplate(
  trx: Transaction<Database>,
  event: EventDefinition,
  template: TemplateDefinition,
  now: Date,
  zones: Zones,
): Promise<EventAndTemplate> {
  const { rows } = await sql<CreatedRow>`
    with clock as (
      select ${now.toISOString()}::timestamptz at time zone ${zones.stored}::text as stored_now
    ), new_template as (
      insert into email_template (name, subject, body_html, category, is_active, is_system, created_at, updated_at)
      select ${template.name}::text, ${template.subject}::text, ${template.bodyHtml}::text, ${template.category}::text,
             true, false, stored_now, stored_now
        from clock
       where not exists (select from email_template where name = ${template.name})
      on conflict (name) do nothing
      returning id
    ), new_event as (
      insert into notification_event
        (event_code, name, description, template_id, enabled, days_offset, channels, created_at, updated_at)
      select ${event.code}::text, ${event.name}::text, ${event.description}::text,
             case when not ${template.secondary === true}::boolean
                  then coalesce((select id from new_template),
                                (select id from email_template where name = ${template.name}))
             end,
             ${event.offAtFirst !== true}::boolean, ${event.daysOffset}::int, ${JSON.stringify(event.channels)}::json, stored_now, stored_now
        from clock
       where not exists (select from notification_event where event_code = ${event.code})
      on conflict (event_code) do nothing
      returning id
    )
    select exists (select from new_event) as event_created, (select id from new_template) as template_id
  `.execute(trx);
  const row = rows[0];
  return {
    event:
      row?.event_created === true
        ? { enabled: event.offAtFirst !== true, channels: event.channels, slackTargetChannel: null }
        : null,
    template:
      row === undefined || row.template_id === null
        ? null
        : { id: row.template_id, name: template.name, isActive: true, text: template },
  };
}
