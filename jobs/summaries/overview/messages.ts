import { sql } from 'kysely';
import type { OverviewPart } from './part.ts';

interface MessagesIn {
  readonly sent: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly held: number;
  readonly unknown: number;
  readonly late: number;
}

const hourMs = 60 * 60_000;

/** Messages that did not arrive, or wait. One statement. */
export const messagesPart: OverviewPart = {
  title: 'Messages',
  read: async ({ db, now, compared: { present, before } }) => {
    const { rows } = await sql<MessagesIn>`
      select sent, failed, cancelled,
             (select count(*)::integer from opsdeck_jobs.message where waits_for = 'operator' and state = 'held') as held,
             (select count(*)::integer from opsdeck_jobs.message where waits_for = 'operator' and state = 'unknown') as unknown,
             (select count(*)::integer from opsdeck_jobs.message
               where waits_for = 'sender' and due_at <= ${new Date(now.getTime() - hourMs).toISOString()}::timestamptz) as late
        from (values (1, ${present.from.toISOString()}::timestamptz, ${present.to.toISOString()}::timestamptz),
                     (2, ${before.from.toISOString()}::timestamptz, ${before.to.toISOString()}::timestamptz))
             as span (place, begins, ends)
       cross join lateral (
         select count(*) filter (where state = 'sent')::integer as sent,
                count(*) filter (where state = 'failed')::integer as failed,
                count(*) filter (where state = 'cancelled')::integer as cancelled
           from opsdeck_jobs.message where finished_at between begins and ends) ended
       order by place`.execute(db);
    const [current, then] = rows;
    if (current === undefined || then === undefined) return [];
    const line = (
      key: keyof MessagesIn,
      what: string,
      state: string,
      { bad = true, flow = true }: { readonly bad?: boolean; readonly flow?: boolean } = {},
    ) => ({
      ...{ what, value: current[key], before: flow ? then[key] : null, detail: '', bad },
      next: `messages list --state ${state}`,
    });
    return [
      line('sent', 'messages sent', 'sent', { bad: false }),
      line('failed', 'messages failed', 'failed'),
      line('cancelled', 'messages cancelled', 'cancelled', { bad: false }),
      line('unknown', 'messages with unknown delivery now', 'unknown', { flow: false }),
      line('held', 'messages on hold now', 'held', { flow: false }),
      line('late', 'messages due for over an hour now', 'queued', { flow: false }),
    ];
  },
};
