import { sql } from 'kysely';
import { z } from 'zod';
import type { Config } from '../config/config.ts';
import { type Attention, attentionOf, instant } from '../job/attention.ts';
import { recordHeadEvent } from './head-message.ts';

/** Without a head outside the host for so many days, nothing proves what was recorded since. */
const longestDays = 8;

/**
 * No head has left this host for days. With `head_to` it leaves in the mails of its event; without, in every mail.
 * Nothing where no mail was ever sent and nobody is named: then there is no way out.
 */
export function recordAttention({ headTo }: Pick<Config, 'headTo'>): Attention {
  return attentionOf(
    z.object({ since: instant, sent: z.boolean() }),
    () => sql`
      select coalesce(s.sent_at, h.first_at) as since, s.sent_at is not null as sent
        from (select min(taken_at) as first_at from opsdeck_jobs.record_head) h
       cross join (select max(m.finished_at) as sent_at from opsdeck_jobs.message m
                    where m.state = 'sent' and m.channel = 'email' and m.record_head is not null
                      and (${headTo === undefined}::boolean or m.event_code = ${recordHeadEvent.code}::text)) s`,
    ([row], { now }) => {
      if (row === undefined || row.since === null) return [];
      if (headTo === undefined && !row.sent) return [];
      const days = Math.floor((now.getTime() - row.since.getTime()) / 86_400_000);
      if (days < longestDays) return [];
      const where = headTo === undefined ? 'in any mail' : `to ${headTo}`;
      return [
        {
          severity: 'high',
          what: `no record head was sent ${where} for ${days} days`,
          since: row.since,
          next: headTo === undefined ? 'config show' : 'messages list',
        },
      ];
    },
  );
}
