import { sql } from 'kysely';
import type { GaugeSource } from '../../src/metrics/gauge.ts';
import { readChannelStates } from '../../src/notify/outbox/channel-states.ts';
import { isLongPutOff, longPutOffHours } from '../../src/notify/outbox/put-off.ts';

/** Messages that wait to be sent: OpsDeck's and ours. */
export const outboxGauges: GaugeSource = {
  requires: {
    scheduled_communication: ['id', 'status', 'scheduled_date', 'created_at'],
    'opsdeck_jobs.message': ['communication_id', 'due_at', 'state', 'refused_since'],
    'opsdeck_jobs.channel': ['channel', 'code', 'since'],
  },
  read: async (db, { zones, now, off }) => {
    const { rows } = await sql<{ due: number; later: number; held: number; put_off: number; oldest: number }>`
    select (count(*) filter (where not q.held and q.due_at <= ${now}::timestamptz))::float8 as due,
           (count(*) filter (where not q.held and q.due_at > ${now}::timestamptz))::float8 as later,
           (count(*) filter (where q.held))::float8 as held,
           (count(*) filter (where q.put_off))::float8 as put_off,
           coalesce(extract(epoch from ${now}::timestamptz - min(q.due_at) filter (where not q.held)), 0)::float8 as oldest
      from (
        -- OpsDeck has no instant, only the day from which on a row may be sent.
        select coalesce(m.state in ('held', 'unknown'), false) as held, coalesce(${isLongPutOff(now)}, false) as put_off,
               coalesce(m.due_at, greatest(c.created_at at time zone ${zones.stored}::text,
                                           c.scheduled_date::timestamp at time zone ${zones.business}::text)) as due_at
          from scheduled_communication c
          left join opsdeck_jobs.message m on m.communication_id = c.id
         where c.status = 'pending') q`.execute(db);
    const states = await readChannelStates(db, { now, off });
    const { due, later, held, put_off, oldest } = rows[0] ?? {
      due: 0,
      later: 0,
      held: 0,
      put_off: 0,
      oldest: 0,
    };
    return [
      {
        name: 'outbox_messages',
        help: 'Messages that wait to be sent, of OpsDeck and of the jobs.',
        values: [
          [{ state: 'due' }, due],
          [{ state: 'later' }, later],
          // Only an operator can decide what becomes of them.
          [{ state: 'held' }, held],
        ],
      },
      {
        name: 'outbox_oldest_due_age_seconds',
        help: 'For how long the oldest message has been due; 0: no message is due.',
        values: [[{}, Math.max(0, oldest)]],
      },
      {
        name: 'outbox_put_off_messages',
        help: `Mails that the server has put off for over ${longPutOffHours} hours; they are tried until mail.give_up_after.`,
        values: [[{}, put_off]],
      },
      {
        name: 'outbox_channel_failing',
        help: 'Whether a channel has been refused or away since its last delivery: 1 or 0.',
        values: states.map(({ channel, state }) => [{ channel }, state === 'failing' ? 1 : 0]),
      },
      {
        name: 'outbox_channel_due_messages',
        help: 'Messages that are due and wait for a channel.',
        values: states.map(({ channel, waiting }) => [{ channel }, waiting]),
      },
    ];
  },
};
