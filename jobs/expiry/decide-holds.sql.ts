import { sql, type Transaction } from 'kysely';
import type { OpenDatabase } from '../../src/db/database.ts';
import type { Database } from '../../src/db/tables.ts';
import { type Author, findDecider } from '../../src/decisions/author.ts';
import { reportDecision } from '../../src/decisions/report-decision.ts';
import { addDays, type Day } from '../../src/time/calendar-day.ts';
import { holdState } from './holds.sql.ts';
import type { ItemKind } from './item.ts';

/** An item as people type it: `certificate:12`. */
export interface ItemReference {
  readonly kind: ItemKind;
  readonly id: number;
}

/** What an operator decides about the alerts of an item; kept in `alert_hold` (whose `until` is the first day after a snooze), and in `action_log` with who and when. */
export type AlertDecision =
  | { readonly action: 'snooze'; readonly through: Day; readonly reason: string }
  | { readonly action: 'ack'; readonly keys: readonly string[]; readonly reason: string | null }
  | Renewal
  | { readonly action: 'unsnooze' };

/** What a person did elsewhere. */
export interface Renewal {
  readonly action: 'renewed';
  /** The ends that it replaces. */
  readonly keys: readonly string[];
  readonly on: Day;
  /** The new end; null: not named. */
  readonly until: Day | null;
  readonly reason: string;
  /** Moves the date in our own tables; null: it is somebody else's to change. */
  readonly move: ((trx: Transaction<Database>) => Promise<void>) | null;
}

export interface NamedItem extends ItemReference {
  readonly name: string;
}

export interface DecidedAlerts {
  /** False: it was so already. */
  readonly changed: boolean;
  /** What kept the item quiet before. */
  readonly before: readonly ReturnType<typeof holdState>[];
  /** What whoever typed it reads about the mail to the person who is named; null: there is none. */
  readonly mail: string | null;
}

/**
 * Carries out a decision, with its row in the action log, in one transaction. The same decision twice changes nothing.
 *
 * @throws OperatorError exit 2: `unknown_actor`, `archived_actor`.
 */
export async function decideAlerts(
  { db, clock }: Pick<OpenDatabase, 'db' | 'clock'>,
  item: NamedItem,
  decision: AlertDecision,
  author: Author,
): Promise<DecidedAlerts> {
  const { actor, enteredBy } = author;
  return db.transaction().execute(async (trx) => {
    const decider = await findDecider(trx, actor);
    const now = clock.now();
    const before = await holdsOf(trx, item);
    const after = await apply(trx, item, decision, { actor, now });
    const states = [
      ...new Set(before.map(({ until, renewed_on }) => holdState({ through: until, renewed_on }))),
    ];
    if (JSON.stringify(before) === JSON.stringify(after))
      return { changed: false, before: states, mail: null };
    const moved = decision.action === 'renewed' && decision.move !== null;
    if (moved) await decision.move(trx);
    const reason = decision.action === 'unsnooze' ? null : decision.reason;
    await sql`
      insert into opsdeck_jobs.action_log (at, actor, action, subject, before, after, note)
      values (${now}::timestamptz, ${actor}, ${`alert.${decision.action}`}, ${`${item.kind}:${item.id}`},
              ${JSON.stringify({ holds: before })}::text::jsonb, ${JSON.stringify({ holds: after, date_moved: moved, entered_by: enteredBy })}::text::jsonb,
              ${reason})`.execute(trx);
    const what = whatDecided(item, decision);
    return {
      changed: true,
      before: states,
      mail: await reportDecision(trx, decider, author, { what, reason }),
    };
  });
}

/** `alerts about certificate:12 (VPN) were snoozed through 2026-12-31`. */
function whatDecided({ kind, id, name }: NamedItem, decision: AlertDecision): string {
  const alerts = `alerts about ${kind}:${id} (${name})`;
  switch (decision.action) {
    case 'snooze':
      return `${alerts} were snoozed through ${decision.through}`;
    case 'ack':
      return `${alerts} were acknowledged: none is sent until its date changes`;
    case 'renewed': {
      const until = decision.until === null ? '' : `, until ${decision.until}`;
      return `${kind}:${id} (${name}) was recorded as renewed on ${decision.on}${until}: no alert is sent about its old date`;
    }
    case 'unsnooze':
      return `${alerts} were switched on again`;
    default:
      return decision satisfies never;
  }
}

async function holdsOf(
  trx: Transaction<Database>,
  { kind, id }: ItemReference,
): Promise<readonly KeptHold[]> {
  const { rows } = await sql<KeptHold>`
    select expiry_key as key, until::text as until, reason, renewed_on::text as renewed_on, renewed_until::text as renewed_until
      from opsdeck_jobs.alert_hold
     where item_kind = ${kind} and item_id = ${id}::integer order by expiry_key
       for update`.execute(trx);
  return rows.map((row) => ({ ...row }));
}

/** As it is recorded. */
type KeptHold = Readonly<Record<'until' | 'reason' | 'renewed_on' | 'renewed_until', string | null>> & {
  readonly key: string;
};

async function apply(
  trx: Transaction<Database>,
  item: ItemReference,
  decision: AlertDecision,
  { actor, now }: { readonly actor: string; readonly now: Date },
): Promise<readonly KeptHold[]> {
  switch (decision.action) {
    case 'unsnooze':
      await sql`
        delete from opsdeck_jobs.alert_hold where item_kind = ${item.kind} and item_id = ${item.id}::integer`.execute(
        trx,
      );
      break;
    case 'snooze':
    case 'ack':
    case 'renewed': {
      const keys = decision.action === 'snooze' ? ['*'] : decision.keys;
      const until = decision.action === 'snooze' ? addDays(decision.through, 1) : null;
      const [on, newEnd] = decision.action === 'renewed' ? [decision.on, decision.until] : [null, null];
      await sql`
        insert into opsdeck_jobs.alert_hold (item_kind, item_id, expiry_key, until, reason, actor, at, renewed_on, renewed_until)
        select ${item.kind}, ${item.id}::integer, key, ${until}::date, ${decision.reason}, ${actor}, ${now}::timestamptz,
               ${on}::date, ${newEnd}::date
          from unnest(${keys}::text[]) as k (key) order by key
        on conflict (item_kind, item_id, expiry_key) do update
          set until = excluded.until, reason = excluded.reason, actor = excluded.actor, at = excluded.at,
              renewed_on = excluded.renewed_on, renewed_until = excluded.renewed_until
        where (alert_hold.until, alert_hold.reason, alert_hold.renewed_on, alert_hold.renewed_until)
          is distinct from (excluded.until, excluded.reason, excluded.renewed_on, excluded.renewed_until)`.execute(
        trx,
      );
      break;
    }
    default:
      decision satisfies never;
  }
  return holdsOf(trx, item);
}
