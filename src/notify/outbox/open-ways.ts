/*
 * What of OpsDeck's rows can be sent now: through a channel that is configured for all, or to an address of their own: that of
 * their event rule, of their notification event, or of a named destination. What has no way stays OpsDeck's.
 */
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database } from '../../db/tables.ts';
import { definitionOf } from '../channels/lookup.ts';
import type { Channel } from '../channels/names.ts';
import { addressesIn, readRuleAddresses } from './content.ts';
import type { Addresses } from './content-row.ts';
import type { OpenWay } from './open-way.ts';
import type { OpenChannels } from './route.ts';
import { Unreadable } from './variables.ts';

interface EventRow {
  readonly code: string;
  readonly place: boolean;
  readonly addresses: Addresses;
}

/** @param usable channels that are not off. Two statements, where a channel is not open for all. */
export async function openWays(
  db: Kysely<Database>,
  channels: OpenChannels,
  usable: readonly Channel[],
): Promise<readonly OpenWay[]> {
  const needAddress = usable.filter((channel) => channels.byName.get(channel)?.reach?.all !== true);
  const [events, rules] =
    needAddress.length === 0
      ? [[], new Map<number, Addresses>()]
      : [await readEvents(db), await rulesOf(db, needAddress)];
  return usable.map((channel): OpenWay => {
    const reach = channels.byName.get(channel)?.reach;
    const takesEvent = ({ addresses, place }: EventRow) =>
      filled(addresses[channel]) || (reach?.places === true && place);
    const named = [...channels.destinations].filter(([, addresses]) => addresses[channel] !== undefined);
    return {
      channel,
      all: reach?.all === true,
      places: reach?.places === true,
      people: reach?.people === true,
      rules: [...rules].filter(([, addresses]) => filled(addresses[channel])).map(([id]) => id),
      events: [...events.filter(takesEvent).map(({ code }) => code), ...named.map(([code]) => code)],
    };
  });
}

function filled(text: string | null | undefined): boolean {
  return (text ?? '').trim() !== '';
}

async function readEvents(db: Kysely<Database>): Promise<readonly EventRow[]> {
  const { rows } = await sql<EventRow>`
    select e.event_code as code, coalesce(btrim(e.slack_target_channel), '') <> '' as place,
           ${addressesIn('e', 'event')} as addresses
      from notification_event e`.execute(db);
  return rows;
}

/** The addresses of the rules of what waits; of rules that cannot be read there are none. */
async function rulesOf(
  db: Kysely<Database>,
  wanted: readonly Channel[],
): Promise<ReadonlyMap<number, Addresses>> {
  const withAddress = wanted.filter((channel) => definitionOf(channel).addressColumns !== undefined);
  const { rows } = await sql<{ id: number }>`
    select distinct (to_jsonb(c)->>'event_rule_id')::integer as id from scheduled_communication c
     where c.status = 'pending' and c.channel = any (${withAddress}::text[])
       and to_jsonb(c)->>'event_rule_id' is not null`.execute(db);
  const rules = await readRuleAddresses(
    db,
    rows.map(({ id }) => id),
  );
  return rules instanceof Unreadable ? new Map() : rules;
}

/** The events of OpsDeck's own notices, by what they are about. */
const eventOfTarget = {
  subscription: 'SUBSCRIPTION_RENEWAL',
  license: 'LICENSE_EXPIRING',
  compliance_rule: 'COMPLIANCE_BREACH',
} as const;

/** The event of an OpsDeck row `c`; the column is in no database before OpsDeck 0.7. */
export const eventCodeOf: RawBuilder<string> = sql`
  coalesce('EVENT_RULE_' || (to_jsonb(c)->>'event_rule_id'),
           ${JSON.stringify(eventOfTarget)}::jsonb->>c.target_type, upper(c.target_type))`;

/** Whether an OpsDeck row `c` can be sent now. */
export function hasWay(ways: readonly OpenWay[]): RawBuilder<boolean> {
  return sql<boolean>`exists (
    select from jsonb_to_recordset(${JSON.stringify(ways)}::text::jsonb)
             as way (channel text, "all" boolean, places boolean, people boolean, rules jsonb, events jsonb)
     where way.channel = c.channel
       and (way."all"
            or (way.places and coalesce(btrim(c.slack_target_channel), '') <> '')
            or (way.people and coalesce(btrim(c.recipient_email), '') <> '')
            or way.rules @> coalesce(to_jsonb(c)->'event_rule_id', 'null')
            or way.events ? ${eventCodeOf}))`;
}
