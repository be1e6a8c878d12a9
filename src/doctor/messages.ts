import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { Config } from '../config/config.ts';
import type { Database } from '../db/tables.ts';
import { addressesIn } from '../notify/outbox/content.ts';
import { plausibleSql } from '../notify/outbox/plausible-sql.ts';
import { resumeCommand } from '../notify/outbox/sending.ts';
import { count } from '../text/count.ts';
import { type Finding, note, problem, warning } from './finding.ts';

const factsSchema = z.object({
  held: z.int(),
  unknown: z.int(),
  stopped: z.object({ by: z.string(), reason: z.string().nullable() }).nullable(),
  admins: z.int(),
  failing: z.array(z.string()),
  used: z.array(z.string()),
  templates: z.array(
    z.object({ name: z.string(), subject: z.string(), body: z.string(), events: z.array(z.string()) }),
  ),
  /** Stored addresses of webhooks, by the row that has them; each is a secret. */
  stored: z.array(z.object({ of: z.string(), addresses: z.record(z.string(), z.string().nullable()) })),
});
export type MessageFacts = z.output<typeof factsSchema>;

export interface MessageScope {
  /** The configured destinations. */
  readonly names: readonly string[];
  /** OpsDeck has event rules; versions before 0.7 have none. */
  readonly hasEventRules: boolean;
}

/** One statement: what waits, who is alerted, where to, and the templates that events use. */
export async function readMessages(
  db: Kysely<Database>,
  { names, hasEventRules }: MessageScope,
): Promise<MessageFacts> {
  const ofRules = hasEventRules
    ? sql`union all select 'event rule ' || r.id, ${addressesIn('r', 'rule')} from event_rule r`
    : sql``;
  const { rows } = await sql<Record<string, unknown>>`
    select (select count(*) from opsdeck_jobs.message where waits_for = 'operator' and state = 'held')::integer as held,
           (select count(*) from opsdeck_jobs.message where waits_for = 'operator' and state = 'unknown')::integer as unknown,
           (select jsonb_build_object('by', stopped_by, 'reason', stop_reason)
              from opsdeck_jobs.sending where stopped_at is not null) as stopped,
           (select count(*) from "user" u where u.role = 'admin' and u.is_archived is not true
               and ${plausibleSql(sql`lower(btrim(u.email))`)})::integer as admins,
           (select coalesce(jsonb_agg(key order by key), '[]') from opsdeck_jobs.destination where switched_off_at is not null or paused_until is not null) as failing,
           (select coalesce(jsonb_agg(n.name), '[]') from unnest(${names}::text[]) as n(name)
             where exists (select from notification_event e where e.event_code = n.name)
                or exists (select from opsdeck_jobs.message m where split_part(m.destination, ':', 2) = n.name)) as used,
           (select coalesce(jsonb_agg(jsonb_build_object('name', t.name, 'subject', t.subject, 'body', t.body_html, 'events',
                     (select jsonb_agg(e.event_code order by e.event_code) from notification_event e where e.template_id = t.id)) order by t.name), '[]')
              from email_template t
             where t.is_active is not false
               and exists (select from notification_event e where e.template_id = t.id)) as templates,
           (select coalesce(jsonb_agg(jsonb_build_object('of', one.name, 'addresses', one.addresses) order by one.name), '[]')
              from (select 'event ' || e.event_code as name, ${addressesIn('e', 'event')} as addresses
                      from notification_event e where e.enabled ${ofRules}) one) as stored`.execute(db);
  return factsSchema.parse(rows[0]);
}

/** Pure. */
export function judgeMessages(facts: MessageFacts, config: Config): readonly Finding[] {
  const settings = JSON.stringify(Object.values(config.jobs).map((job) => job.settings));
  const unused = [...config.destinations.keys()].filter(
    (name) => !facts.used.includes(name) && !settings.includes(name),
  );
  return [
    ...(facts.admins > 0
      ? []
      : [
          problem(
            'No alert can be sent: no active admin has an e-mail address.',
            'Give a user the role admin and an address: in OpsDeck, or without OpsDeck by `opsdeck-jobs import users FILE`.',
          ),
        ]),
    ...(facts.stopped === null
      ? []
      : [
          note(
            `Sending is stopped by ${facts.stopped.by}${facts.stopped.reason === null ? '' : `: ${facts.stopped.reason}`}.`,
            `Run \`opsdeck-jobs ${resumeCommand(facts.stopped)}\`.`,
          ),
        ]),
    ...(facts.held === 0
      ? []
      : [
          warning(
            `${count(facts.held, 'message is', 'messages are')} on hold because of age.`,
            'Run `opsdeck-jobs messages list --state held`, then `opsdeck-jobs messages release --state held` or `opsdeck-jobs messages cancel --state held`.',
          ),
        ]),
    ...(facts.unknown === 0
      ? []
      : [
          warning(
            `${count(facts.unknown, 'message')} may or may not have arrived.`,
            'Run `opsdeck-jobs messages list --state unknown`.',
          ),
        ]),
    ...facts.failing.map((key) =>
      warning(
        `The destination ${key} fails.`,
        `Run \`opsdeck-jobs destinations list\`, then \`opsdeck-jobs destinations enable ${key}\`.`,
      ),
    ),
    ...unused.map((name) =>
      note(
        `The destination ${name} is configured, and nothing is addressed to it.`,
        `Remove destinations.${name}, or use it.`,
      ),
    ),
  ];
}
