import { type Kysely, sql } from 'kysely';
import type { Database } from '../../db/tables.ts';
import type { JsonObject } from '../../json.ts';
import type { Zones } from '../../time/zones.ts';
import type { ClaimedMessage } from './claim-messages.ts';
import { Unreadable, variablesOf } from './variables.ts';

/** What a message is made of, before it is rendered. Addresses of webhooks are secrets. */
export interface MessageContent {
  readonly subject: string;
  readonly bodyHtml: string;
  readonly context: JsonObject;
  readonly targetType: string;
  readonly targetId: number;
  readonly recipientEmail: string | null;
  readonly recipientName: string | null;
  readonly slackChannel: string | null;
  /** Of the event rule or the notification event; null: the configured one. */
  readonly slackWebhookUrl: string | null;
  readonly webhookUrl: string | null;
  readonly discordWebhookUrl: string | null;
}

/** What of a message its content is found by. */
export type ContentWanted = Pick<ClaimedMessage, 'communication_id' | 'event_code' | 'origin' | 'context'>;

export interface ContentRow {
  readonly id: number;
  readonly target_type: string;
  readonly target_id: number;
  readonly recipient_email: string | null;
  readonly recipient_name: string | null;
  readonly recipient_user_id: number | null;
  readonly slack_target_channel: string | null;
  readonly event_rule_id: number | null;
  readonly audit_log_id: number | null;
  readonly template_subject: string | null;
  readonly template_body: string | null;
  readonly campaign_subject: string | null;
  readonly campaign_body: string | null;
  readonly event_slack_channel: string | null;
  readonly event_webhook_url: string | null;
  readonly event_discord_url: string | null;
}

interface RuleAddresses {
  readonly slack: string | null;
  readonly webhook: string | null;
  readonly discord: string | null;
}

/**
 * The content of claimed messages, by `scheduled_communication.id`; what is not in the map has no template any more, and of some
 * the variables cannot be read. A fixed number of statements, plus one for each kind of thing that OpsDeck's own rows are about.
 */
export async function loadContent(
  db: Kysely<Database>,
  messages: readonly ContentWanted[],
  zones: Zones,
  now: Date,
): Promise<ReadonlyMap<number, MessageContent | Unreadable>> {
  const wanted = messages.map(({ communication_id, event_code }) => ({ id: communication_id, event_code }));
  const { rows } = await sql<ContentRow>`
    select c.id, c.target_type, c.target_id, c.recipient_email, c.recipient_name, c.recipient_user_id, c.slack_target_channel,
           (to_jsonb(c)->>'event_rule_id')::integer as event_rule_id, (to_jsonb(c)->>'audit_log_id')::integer as audit_log_id,
           t.subject as template_subject, t.body_html as template_body,
           g.subject as campaign_subject, g.body_html as campaign_body,
           e.slack_target_channel as event_slack_channel, to_jsonb(e)->>'webhook_url' as event_webhook_url,
           to_jsonb(e)->>'discord_webhook_url' as event_discord_url
      from jsonb_to_recordset(${JSON.stringify(wanted)}::text::jsonb) as w(id integer, event_code text)
      join scheduled_communication c on c.id = w.id
      left join email_template t on t.id = c.template_id
      left join campaign g on c.target_type = 'campaign' and g.id = c.target_id
      left join notification_event e on e.event_code = w.event_code`.execute(db);
  const rules = await loadRules(db, rows);
  const foreign = new Set(
    messages.filter(({ origin }) => origin === 'opsdeck').map((message) => message.communication_id),
  );
  const variables = await variablesOf(
    db,
    rows.filter(({ id }) => foreign.has(id)),
    zones,
    now,
  );
  const contexts = new Map(messages.map((message) => [message.communication_id, message.context]));
  return new Map(
    rows.flatMap((row): [number, MessageContent | Unreadable][] => {
      const campaign = row.target_type === 'campaign';
      const subject = campaign ? row.campaign_subject : row.template_subject;
      const bodyHtml = campaign ? row.campaign_body : row.template_body;
      if (subject === null || bodyHtml === null) return [];
      const own = variables.get(row.id) ?? contexts.get(row.id) ?? {};
      if (own instanceof Unreadable) return [[row.id, own]];
      const rule = row.event_rule_id === null ? undefined : rules.get(row.event_rule_id);
      return [
        [
          row.id,
          {
            subject,
            bodyHtml,
            context: own,
            targetType: row.target_type,
            targetId: row.target_id,
            recipientEmail: row.recipient_email?.trim() || null,
            recipientName: row.recipient_name,
            slackChannel: channelName(row.slack_target_channel ?? row.event_slack_channel),
            slackWebhookUrl: filled(rule?.slack ?? null),
            webhookUrl: filled(row.event_rule_id === null ? row.event_webhook_url : (rule?.webhook ?? null)),
            discordWebhookUrl: filled(
              row.event_rule_id === null ? row.event_discord_url : (rule?.discord ?? null),
            ),
          },
        ],
      ];
    }),
  );
}

/** The addresses of the event rules among the rows; no statement where there are none. */
async function loadRules(
  db: Kysely<Database>,
  rows: readonly ContentRow[],
): Promise<ReadonlyMap<number, RuleAddresses>> {
  const ids = [...new Set(rows.flatMap(({ event_rule_id: id }) => (id === null ? [] : [id])))];
  if (ids.length === 0) return new Map();
  const found = await sql<RuleAddresses & { readonly id: number }>`
    select r.id, to_jsonb(r)->>'slack_webhook_url' as slack, to_jsonb(r)->>'webhook_url' as webhook,
           to_jsonb(r)->>'discord_webhook_url' as discord
      from event_rule r where r.id = any (${ids}::integer[])`.execute(db);
  return new Map(found.rows.map(({ id, ...addresses }) => [id, addresses]));
}

function filled(text: string | null): string | null {
  const trimmed = text?.trim() ?? '';
  return trimmed === '' ? null : trimmed;
}

/** `alerts`, `#alerts` and ` #alerts ` are the same channel. */
function channelName(text: string | null): string | null {
  const name = filled(text)?.replace(/^#+/, '') ?? '';
  return name === '' ? null : `#${name}`;
}
