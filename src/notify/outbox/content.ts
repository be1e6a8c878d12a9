import { type Kysely, type RawBuilder, sql } from 'kysely';
import { statementFault } from '../../db/errors.ts';
import type { Database } from '../../db/tables.ts';
import type { RecordHead } from '../../record/head.ts';
import type { JsonObject } from '../../text/json.ts';
import { dayOf } from '../../time/calendar-day.ts';
import { channels, channelsWhere, definitionOf } from '../channels/lookup.ts';
import { mailThreadKey, readMailThread } from '../mail-thread.ts';
import { type Notice, noticeKey, readNotice } from '../notice.ts';
import type { MailThread } from '../notifier.ts';
import { plausibleAddress } from '../plausible-address.ts';
import type { ClaimedMessage } from './claim-messages.ts';
import type { Addresses, ContentRow, ContentScope } from './content-row.ts';
import { Gone, Unreadable, variablesOf } from './variables.ts';

/** What a message is made of, before it is rendered. Addresses of webhooks are secrets. */
export interface MessageContent {
  readonly subject: string;
  readonly bodyHtml: string;
  readonly context: JsonObject;
  readonly targetType: string;
  readonly targetId: number;
  readonly recipientEmail: string | null;
  readonly recipientName: string | null;
  /** OpsDeck's fallback recipient, who answers to mails go to; null: there is none. */
  readonly replyTo: string | null;
  /** `#alerts`: a place inside its channel. */
  readonly place: string | null;
  /** Of the event rule or the notification event, for its channel; null: the configured one. */
  readonly address: string | null;
  /** What it is about, as data; null: only its text says. */
  readonly notice: Notice | null;
  /** null: it belongs to no other mail. */
  readonly mailThread: MailThread | null;
  /** The newest when it was queued, which its mail names; null: there was none. */
  readonly recordHead: Pick<RecordHead, 'day' | 'hash'> | null;
}

const withAddresses: ReadonlySet<string> = new Set(
  channelsWhere(({ addressColumns }) => addressColumns !== undefined),
);

/** What of a message its content is found by. */
export type ContentWanted = Pick<ClaimedMessage, 'communication_id' | 'event_code' | 'origin' | 'context'>;

/**
 * The content of claimed messages, by `scheduled_communication.id`; what is not in the map has no template any more, and of some
 * the variables cannot be read. A fixed number of statements, plus one for each kind of thing that OpsDeck's own rows are about.
 */
export async function loadContent(
  db: Kysely<Database>,
  messages: readonly ContentWanted[],
  scope: ContentScope,
): Promise<ReadonlyMap<number, MessageContent | Gone | Unreadable>> {
  const wanted = messages.map(({ communication_id, event_code }) => ({ id: communication_id, event_code }));
  const { rows } = await sql<ContentRow>`
    with w as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(wanted)}::text::jsonb) as w (id integer, event_code text)
    ), found as (
      select c.id, c.channel, c.target_type, c.target_id, c.recipient_email, c.recipient_name, c.recipient_user_id,
             c.slack_target_channel, newer.event_rule_id, newer.audit_log_id, h.day::text as head_day, encode(h.head_hash, 'hex') as head_hash,
             (select s.email_recipient from notification_setting s order by s.id limit 1) as fallback_recipient,
             e.slack_target_channel as event_place, ${addressesIn('e', 'event')} as event_addresses,
             case when c.target_type = 'campaign' then 'campaign ' || g.id else 'template ' || t.id end as text_key,
             case when c.target_type = 'campaign' then g.subject else t.subject end as subject,
             case when c.target_type = 'campaign' then g.body_html else t.body_html end as body
        from w
        join scheduled_communication c on c.id = w.id
        -- Columns that a database before OpsDeck 0.7 does not have.
        cross join lateral jsonb_to_record(to_jsonb(c)) as newer(event_rule_id integer, audit_log_id integer)
        left join opsdeck_jobs.message m on m.communication_id = c.id
        left join opsdeck_jobs.record_head h on h.number = m.record_head
        left join email_template t on t.id = c.template_id
        left join campaign g on c.target_type = 'campaign' and g.id = c.target_id
        left join notification_event e on e.event_code = w.event_code
       where c.id = any (array(select id from w))
    )
    -- A text comes once, however many messages have it.
    select id, channel, target_type, target_id, recipient_email, recipient_name, recipient_user_id, slack_target_channel,
           event_rule_id, audit_log_id, head_day, head_hash, fallback_recipient, event_place, event_addresses, text_key,
           case when first then subject end as subject, case when first then body end as body
      from (select *, row_number() over (partition by text_key order by id) = 1 as first from found) as numbered`.execute(
    db,
  );
  const rules = await loadRules(db, rows);
  const today = dayOf(scope.now, scope.zones.business);
  const foreign = new Set(
    messages.filter(({ origin }) => origin === 'opsdeck').map((message) => message.communication_id),
  );
  const variables = await variablesOf(
    db,
    rows.filter(({ id }) => foreign.has(id)),
    scope,
  );
  const texts = new Map(rows.flatMap(textOf));
  const contexts = new Map(messages.map((message) => [message.communication_id, message.context]));
  return new Map(
    rows.flatMap((row): [number, MessageContent | Gone | Unreadable][] => {
      const text = row.text_key === null ? undefined : texts.get(row.text_key);
      if (text === undefined) return [];
      const own = variables.get(row.id) ?? contexts.get(row.id) ?? {};
      if (own instanceof Unreadable || own instanceof Gone) return [[row.id, own]];
      const rule = hasRuleAddress(row) ? ruleOf(rules, row.event_rule_id) : undefined;
      if (rule instanceof Unreadable) return [[row.id, rule]];
      return [
        [
          row.id,
          {
            ...text,
            context: { recipient_name: row.recipient_name ?? '', today, ...own },
            notice: foreign.has(row.id) ? null : readNotice(own[noticeKey]),
            mailThread: foreign.has(row.id) ? null : readMailThread(own[mailThreadKey]),
            recordHead:
              row.head_day === null || row.head_hash === null
                ? null
                : { day: row.head_day, hash: row.head_hash },
            targetType: row.target_type,
            targetId: row.target_id,
            recipientEmail: row.recipient_email?.trim() || null,
            recipientName: row.recipient_name,
            replyTo: plausibleAddress(row.fallback_recipient ?? ''),
            place: channelName(row.slack_target_channel ?? row.event_place),
            address: filled((row.event_rule_id === null ? row.event_addresses : rule)?.[row.channel] ?? null),
          },
        ],
      ];
    }),
  );
}

function textOf({
  text_key,
  subject,
  body,
}: ContentRow): [string, Pick<MessageContent, 'subject' | 'bodyHtml'>][] {
  return text_key === null || subject === null || body === null
    ? []
    : [[text_key, { subject, bodyHtml: body }]];
}

type Rules = ReadonlyMap<number, Addresses> | Unreadable;

/** Of others, such as mails, the address is in the row itself. */
function hasRuleAddress(row: ContentRow): row is ContentRow & { readonly event_rule_id: number } {
  return row.event_rule_id !== null && withAddresses.has(row.channel);
}

/** The addresses of the event rules of rows that need one; no statement where there are none. */
async function loadRules(db: Kysely<Database>, rows: readonly ContentRow[]): Promise<Rules> {
  return readRuleAddresses(db, [...new Set(rows.filter(hasRuleAddress).map((row) => row.event_rule_id))]);
}

/** The addresses of event rules, by id; no statement where none is asked for. */
export async function readRuleAddresses(db: Kysely<Database>, ids: readonly number[]): Promise<Rules> {
  if (ids.length === 0) return new Map();
  try {
    return await readRules(db, ids);
  } catch (error) {
    const state = statementFault(error);
    if (state === undefined) throw error;
    const why = state === '42501' ? 'permission denied; grant select on event_rule' : `SQLSTATE ${state}`;
    return new Unreadable(`The addresses of event rules cannot be read: ${why}`);
  }
}

function ruleOf(rules: Rules, id: number): Addresses | Unreadable | undefined {
  return rules instanceof Unreadable ? rules : rules.get(id);
}

async function readRules(
  db: Kysely<Database>,
  ids: readonly number[],
): Promise<ReadonlyMap<number, Addresses>> {
  const found = await sql<{ readonly id: number; readonly addresses: Addresses }>`
    select r.id, ${addressesIn('r', 'rule')} as addresses from event_rule r where r.id = any (${ids}::integer[])`.execute(
    db,
  );
  return new Map(found.rows.map(({ id, addresses }) => [id, addresses]));
}

/** The addresses that a row holds, by channel; columns that an older database does not have are null. */
export function addressesIn(row: 'e' | 'r', of: 'event' | 'rule'): RawBuilder<Addresses> {
  const pairs = channels.flatMap((channel) => {
    const column = definitionOf(channel).addressColumns?.[of];
    return column === undefined ? [] : [sql`${channel}::text, to_jsonb(${sql.ref(row)})->>${column}::text`];
  });
  return sql`jsonb_build_object(${sql.join(pairs)})`;
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
