import { sql, type Transaction } from 'kysely';
import { afterDeadlock } from '../../db/after-deadlock.ts';
import { changeTransaction, locking } from '../../db/change-transaction.ts';
import type { OpenDatabase } from '../../db/database.ts';
import type { MessageState } from '../../db/tables/messages.ts';
import type { Database } from '../../db/tables.ts';
import type { OperatorError } from '../../errors/operator-error.ts';
import { usage } from '../../errors/usage.ts';
import type { Zones } from '../../time/zones.ts';
import { adoptDue } from './adopt.ts';
import { judgeDecision, type MessageAction } from './judge-decision.ts';
import { findMessageIds } from './message-ids.ts';
import { dueOf, stateOf } from './stored-messages.ts';

/*
 * What an operator decides about messages. One transaction: the rows are locked, ours before OpsDeck's (as when an outcome is
 * recorded), judged, changed and written to the action log. A fixed number of statements, whatever the number of messages.
 */

/** By name: all of them or none. By what they have in common: those of which it can be decided. */
export type MessageSelection =
  | { readonly kind: 'ids'; readonly ids: readonly string[] }
  | {
      readonly kind: 'matching';
      readonly filter: DecisionFilter;
      /** Only these of them: what came later was not seen by whoever agreed. undefined: all. */
      readonly only?: readonly number[] | undefined;
    };

/** undefined: any. */
export interface DecisionFilter {
  /** Due for longer. */
  readonly olderThanMs?: number | undefined;
  /** Due from then on. */
  readonly since?: Date | undefined;
  readonly state?: MessageState | undefined;
  /** Why it failed or waits: the code that `messages show --json` has. */
  readonly code?: string | undefined;
  readonly channel?: string | undefined;
}

export interface Decided {
  /** How many were changed, by the state they had. */
  readonly changed: Readonly<Partial<Record<MessageState, number>>>;
  /** It was so already. */
  readonly already: number;
  /** Sent again, and still not possible: OpsDeck's row has the reason. */
  readonly refused: number;
  /** Those that were changed, by OpsDeck's number. */
  readonly ids: readonly number[];
}

interface LockedMessage {
  readonly communication_id: number;
  readonly id: string | null;
  readonly state: MessageState;
  readonly origin: 'job' | 'opsdeck';
  readonly postponed: boolean;
}

/** @throws OperatorError exit 2 for an unknown message, or one of which this cannot be decided; nothing is changed then. */
export async function decideMessages(
  database: Pick<OpenDatabase, 'db' | 'clock'>,
  zones: Zones,
  action: MessageAction,
  selection: MessageSelection,
  actor: string,
  dryRun = false,
): Promise<Decided> {
  const now = database.clock.now();
  const decide = async (trx: Transaction<Database>): Promise<Decided> => {
    const ids =
      selection.kind === 'ids'
        ? await findMessageIds(trx, selection.ids)
        : await findMatching(trx, zones, action, selection, now);
    const messages = await lock(trx, ids, dryRun);
    const chosen: LockedMessage[] = [];
    let already = 0;
    for (const message of messages) {
      const verdict = judgeDecision(action, { ...message, adopted: message.id !== null });
      if (verdict === 'do') chosen.push(message);
      else if (verdict === 'already') already += 1;
      else if (selection.kind === 'ids') throw cannotDecide(action, message, verdict.refused);
    }
    const changes = { changed: countByState(chosen), ids: chosen.map((one) => one.communication_id) };
    if (dryRun) return { ...changes, already, refused: 0 };
    const refused = await carryOut(trx, action, chosen, now, zones);
    await log(trx, action, chosen, now, actor);
    return { ...changes, already, refused };
  };
  return afterDeadlock(() => changeTransaction(database.db, dryRun, decide));
}

/** Without a state: what the action is for. What may have arrived is sent again only where that state is named. */
const meant: Readonly<Record<MessageAction, readonly MessageState[]>> = {
  retry: ['failed', 'held'],
  cancel: ['queued', 'held'],
  release: ['held'],
  hand_back: ['queued', 'held'],
};

async function findMatching(
  trx: Transaction<Database>,
  zones: Zones,
  action: MessageAction,
  {
    filter: { olderThanMs, since, state, code, channel },
    only,
  }: Extract<MessageSelection, { kind: 'matching' }>,
  now: Date,
): Promise<readonly number[]> {
  const before = olderThanMs === undefined ? null : new Date(now.getTime() - olderThanMs);
  const states = state === undefined ? meant[action] : [state];
  const { rows } = await sql<{ id: number }>`
    select c.id from scheduled_communication c left join opsdeck_jobs.message m on m.communication_id = c.id
     where c.status in ('pending', 'failed') and ${stateOf} = any (${states}::text[])
       and (${action !== 'hand_back'}::boolean or m.origin = 'opsdeck')
       and (${before}::timestamptz is null or ${dueOf(zones)} <= ${before}::timestamptz)
       and (${since ?? null}::timestamptz is null or ${dueOf(zones)} >= ${since ?? null}::timestamptz)
       and (${code ?? null}::text is null or m.last_code = ${code ?? null}::text)
       and (${channel ?? null}::text is null or c.channel = ${channel ?? null}::text)
       and (${only === undefined}::boolean or c.id = any (${[...(only ?? [])]}::integer[]))
     order by c.id`.execute(trx);
  return rows.map(({ id }) => id);
}

async function lock(
  trx: Transaction<Database>,
  ids: readonly number[],
  dryRun: boolean,
): Promise<readonly LockedMessage[]> {
  if (!dryRun)
    await sql`
    select from opsdeck_jobs.message where communication_id = any (${ids}::integer[])
     order by id for update`.execute(trx);
  const { rows } = await sql<LockedMessage>`
    select c.id as communication_id, m.id, ${stateOf} as state, coalesce(m.origin, 'opsdeck') as origin,
           m.next_attempt_at is not null as postponed
      from scheduled_communication c left join opsdeck_jobs.message m on m.communication_id = c.id
     where c.id = any (${ids}::integer[])
     order by c.id ${locking(dryRun, sql`for update of c`)}`.execute(trx);
  return rows;
}

/** Answers how many of those that are sent again cannot be sent at all. */
async function carryOut(
  trx: Transaction<Database>,
  action: MessageAction,
  messages: readonly LockedMessage[],
  now: Date,
  zones: Zones,
): Promise<number> {
  const ids = messages.map(({ communication_id }) => communication_id);
  switch (action) {
    case 'retry':
      return sendAgain(trx, messages, now, zones);
    case 'release':
      await sql`
        update opsdeck_jobs.message
           set state = 'queued', due_at = ${now}::timestamptz, expires_at = null, next_attempt_at = null,
               announced_at = null, last_code = null, last_reason = null
         where communication_id = any (${ids}::integer[])`.execute(trx);
      return 0;
    case 'cancel':
      await sql`
        update opsdeck_jobs.message
           set state = 'cancelled', finished_at = ${now}::timestamptz, next_attempt_at = null,
               last_code = 'cancelled', last_reason = 'An operator cancelled it'
                           || case when possible_repeat or state = 'unknown' then '; it may have arrived' else '' end
         where communication_id = any (${ids}::integer[])`.execute(trx);
      await sql`
        update scheduled_communication set status = 'cancelled', next_retry_at = null
         where id = any (${ids}::integer[])`.execute(trx);
      return 0;
    case 'hand_back':
      await sql`delete from opsdeck_jobs.message where communication_id = any (${ids}::integer[])`.execute(
        trx,
      );
      await sql`
        update scheduled_communication set next_retry_at = null where id = any (${ids}::integer[])`.execute(
        trx,
      );
      return 0;
    default:
      return action satisfies never;
  }
}

/**
 * At once, as if nothing had failed. What had never been tried counts as due from now, so that it is not held again; what only
 * OpsDeck has a row of is taken over now, whatever its age.
 */
async function sendAgain(
  trx: Transaction<Database>,
  messages: readonly LockedMessage[],
  now: Date,
  zones: Zones,
): Promise<number> {
  const ours = messages.filter(({ id }) => id !== null).map(({ communication_id }) => communication_id);
  const theirs = messages.filter(({ id }) => id === null).map(({ communication_id }) => communication_id);
  await sql`
    update opsdeck_jobs.message
       set state = 'queued', failures = 0, waits = 0, refused_since = null, announced_at = null, next_attempt_at = null, breaker_key = null, finished_at = null,
           possible_repeat = possible_repeat or state = 'unknown', last_code = null, last_reason = null, provider_id = null,
           due_at = case when attempts = 0 then ${now}::timestamptz else due_at end, expires_at = null
     where communication_id = any (${ours}::integer[])`.execute(trx);
  await sql`
    update scheduled_communication
       set status = 'pending', retry_count = 0, error_message = null,
           next_retry_at = case when id = any (${ours}::integer[]) then timestamp '9999-01-01 00:00:00' end
     where id = any (${[...ours, ...theirs]}::integer[])`.execute(trx);
  if (theirs.length === 0) return 0;
  const { refused } = await adoptDue(trx, { now, zones, only: theirs });
  await sql`
    update opsdeck_jobs.message set due_at = ${now}::timestamptz
     where communication_id = any (${theirs}::integer[])`.execute(trx);
  return [...refused.values()].reduce((sum, one) => sum + one, 0);
}

async function log(
  trx: Transaction<Database>,
  action: MessageAction,
  messages: readonly LockedMessage[],
  now: Date,
  actor: string,
): Promise<void> {
  const entries = messages.map(({ communication_id, id, state }) => ({
    subject: `message:${id ?? communication_id}`,
    before: { communication_id, state },
  }));
  await sql`
    insert into opsdeck_jobs.action_log (at, actor, action, subject, before, after)
    select ${now}::timestamptz, ${actor}::text, ${`message.${action}`}::text, e.subject, e.before,
           ${JSON.stringify({ state: after[action] })}::text::jsonb
      from jsonb_to_recordset(${JSON.stringify(entries)}::text::jsonb) as e(subject text, before jsonb)`.execute(
    trx,
  );
}

const after: Readonly<Record<MessageAction, string>> = {
  retry: 'queued',
  release: 'queued',
  cancel: 'cancelled',
  hand_back: "OpsDeck's",
};

function countByState(messages: readonly LockedMessage[]): Partial<Record<MessageState, number>> {
  const counts: Partial<Record<MessageState, number>> = {};
  for (const { state } of messages) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

const verbs: Readonly<Record<MessageAction, string>> = {
  retry: 'sent again',
  cancel: 'cancelled',
  release: 'released',
  hand_back: 'handed back',
};

function cannotDecide(
  action: MessageAction,
  { communication_id: id }: LockedMessage,
  why: string,
): OperatorError {
  return usage(
    `Message ${id} cannot be ${verbs[action]}: it ${why}. Nothing was changed.`,
    `Look at it with \`messages show ${id}\`, or leave it out.`,
    'message_state',
  );
}
