import { sql, type Transaction } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import type { Notifier, PersonRecipient } from '../../../src/notify/notifier.ts';
import type { Renewal, RenewalScope } from '../../../src/notify/outbox/renewal.ts';
import { count } from '../../../src/text/count.ts';
import { type Day, dayOf } from '../../../src/time/calendar-day.ts';
import { type EndingException, endingAlert, endingEvent } from './ending-alert.ts';

/** So many days before the last one its end is announced. */
const early = 14;
const late = 1;

interface Ending extends EndingException {
  readonly announcement: number;
  /** Active accounts of who asked for it and who approved it. */
  readonly users: readonly number[];
}

/**
 * Announces the end of exceptions, each 14 days and 1 day before: one message to the same people. A late run announces what is due once;
 * of two runs the second waits for the first and finds nothing. With nobody to alert, and while the event is switched off, the next
 * run tries again.
 *
 * @returns why nobody is alerted, as a sentence; null otherwise.
 */
export async function announceEnding(
  trx: Transaction<Database>,
  notifier: Notifier,
  today: Day,
): Promise<string | null> {
  const { rows } = await sql<Ending>`
    with locked as materialized (
      select x.* from opsdeck_jobs.uar_exception x
       where x.revoked_at is null and x.until >= ${today}::date and x.until - ${today}::date <= ${sql.lit(early)}
         and (x.announced_days is null
              or (x.announced_days > ${sql.lit(late)} and x.until - ${today}::date <= ${sql.lit(late)}))
       order by x.id for update)
    select x.id::integer as id, x.key_text as key, c.name as comparison, to_char(x.until, 'YYYY-MM-DD') as until, x.reason,
           case when x.until - ${today}::date <= ${sql.lit(late)} then ${sql.lit(late)}
                else ${sql.lit(early)} end as announcement,
           array(select u.id from public."user" u
                  where lower(u.email) in (lower(x.requested_by), lower(x.added_by)) and u.is_archived is not true
                  order by u.id) as users
      from locked x left join public.uar_comparison c on c.id = x.comparison_id
     order by x.until, x.id`.execute(trx);
  const unannounced: string[] = [];
  for (const [first, ...others] of byPeople(rows)) {
    const ending = [first, ...others];
    const recipients: readonly PersonRecipient[] =
      first.users.length === 0
        ? [{ kind: 'role', role: 'admin' }]
        : first.users.map((userId) => ({ kind: 'user', userId }));
    const { queued, noRecipient, notes } = await notifier.enqueue(
      trx,
      endingAlert(ending, recipients, today),
    );
    if (queued.length > 0) await recordAnnounced(trx, ending);
    else if (noRecipient === true)
      unannounced.push(
        `The end of ${count(ending.length, 'approved exception')} was announced to no person: ${notes.join('; ')}`,
      );
  }
  return unannounced[0] ?? null;
}

/** Those that go to the same people together. */
function byPeople(rows: readonly Ending[]): ReadonlyArray<readonly [Ending, ...Ending[]]> {
  const groups = new Map<string, [Ending, ...Ending[]]>();
  for (const one of rows) {
    const key = one.users.join(',');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return [...groups.values()];
}

async function recordAnnounced(trx: Transaction<Database>, ending: readonly Ending[]): Promise<void> {
  await sql`
    update opsdeck_jobs.uar_exception x set announced_days = a.days
      from unnest(${ending.map(({ id }) => id)}::bigint[], ${ending.map(({ announcement }) => announcement)}::integer[]) as a (id, days)
     where x.id = a.id`.execute(trx);
}

const heldContext = z.object({ exceptions: z.array(z.int()) });

/** Announcements that were too old when they could first be sent: as true as they were while one of their exceptions counts. */
export async function renewEndingAlerts({ trx, held, now, zones }: RenewalScope): Promise<Renewal> {
  const ours = held.filter(({ event_code: code }) => code === endingEvent.code);
  if (ours.length === 0) return { replaced: [], obsolete: [] };
  const { rows } = await sql<{ id: number }>`
    select id::integer as id from opsdeck_jobs.uar_exception
     where revoked_at is null and until >= ${dayOf(now, zones.business)}::date`.execute(trx);
  const inForce = new Set(rows.map(({ id }) => id));
  const [unchanged, obsolete]: [number[], number[]] = [[], []];
  for (const { communication_id: id, context } of ours) {
    const named = heldContext.safeParse(context).data?.exceptions ?? [];
    (named.some((one) => inForce.has(one)) ? unchanged : obsolete).push(id);
  }
  return { replaced: [], obsolete, unchanged };
}
