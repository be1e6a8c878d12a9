import { type Kysely, sql } from 'kysely';
import type { Config } from '../config/config.ts';
import type { Database } from '../db/tables.ts';
import type { AttentionItem } from '../job/attention.ts';
import { recordHeadEvent } from './head-message.ts';

/** Without a head outside the host for so many days, nothing proves what was recorded since. */
const longestDays = 8;

/**
 * One statement: no head has left this host for days. With `head_to` it leaves in the mails of its event; without, in every mail.
 * Nothing where no mail was ever sent and nobody is named: then there is no way out.
 */
export async function recordAttention(
  db: Kysely<Database>,
  { headTo }: Pick<Config, 'headTo'>,
  now: Date,
): Promise<readonly AttentionItem[]> {
  const { rows } = await sql<{ since: Date | null; sent: boolean }>`
    select coalesce(s.sent_at, h.first_at) as since, s.sent_at is not null as sent
      from (select min(taken_at) as first_at from opsdeck_jobs.record_head) h
     cross join (select max(m.finished_at) as sent_at from opsdeck_jobs.message m
                  where m.state = 'sent' and m.channel = 'email' and m.record_head is not null
                    and (${headTo === undefined}::boolean or m.event_code = ${recordHeadEvent.code}::text)) s`.execute(
    db,
  );
  const [row] = rows;
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
}
