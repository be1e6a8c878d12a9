import { type Kysely, sql } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';

/*
 * OpsDeck's daily notices and its dispatcher, as they were seen to work. Days are dates of OpsDeck's zone; times are wall clock of a
 * session in UTC.
 */

export interface OpsdeckMail {
  readonly to: string;
  readonly about: string;
}

/** Licences and subscriptions: a row for what ends in exactly seven days, unless one waits already. */
export async function queueNoticesInOpsdeck(db: Kysely<Database>, today: string): Promise<void> {
  await sql`
    with due as (
      select 'license' as kind, l.id, u.email, u.name, 'owner' as recipient, 'LICENSE_EXPIRING' as code
        from license l join "user" u on u.id = l.user_id
       where not l.is_archived and l.expiry_date = ${today}::date + 7
      union all
      -- The first day on or after today that the anchor reaches by its periods.
      select 'subscription', s.id, n.email_recipient, 'Admin', 'admin', 'SUBSCRIPTION_RENEWAL'
        from subscription s
       cross join (select email_recipient from notification_setting order by id limit 1) n
       cross join lateral (
         select min(day)::date as day
           from (select s.renewal_date + make_interval(months => k * case s.renewal_period_type when 'yearly' then 12 else 1 end) as day
                   from generate_series(0, 60) k) reached
          where day >= ${today}::date) next
       where s.auto_renew and next.day = ${today}::date + 7
    )
    insert into scheduled_communication
      (template_id, status, scheduled_date, target_type, target_id, recipient_email, recipient_type, recipient_name, channel, retry_count, created_at)
    select e.template_id, 'pending', ${today}::date, d.kind, d.id, d.email, d.recipient, d.name, 'email', 0, ${today}::date
      from due d join notification_event e on e.event_code = d.code and e.enabled and e.template_id is not null
     where not exists (select from scheduled_communication c
                        where c.target_type = d.kind and c.target_id = d.id and c.channel = 'email' and c.status = 'pending')`.execute(
    db,
  );
}

/** Credentials and certificates: mailed at once, on certain days, to people who own them. */
export async function mailNoticesInOpsdeck(
  db: Kysely<Database>,
  today: string,
): Promise<readonly OpsdeckMail[]> {
  const { rows } = await sql<OpsdeckMail>`
    select u.email as to, c.name || ' ' || (s.expires_at::date - ${today}::date) as about
      from credential_secrets s join credentials c on c.id = s.credential_id
      join "user" u on c.owner_type = 'User' and u.id = c.owner_id
     where s.is_active and s.expires_at::date - ${today}::date in (30, 14, 7)
    union all
    select u.email, c.name || ' ' || (v.expires_at - ${today}::date)
      from certificate_versions v join certificates c on c.id = v.certificate_id
      join "user" u on c.owner_type = 'User' and u.id = c.owner_id
     where v.is_active and v.expires_at - ${today}::date in (30, 7, 1)`.execute(db);
  return rows;
}

/** Its dispatcher: at most 50 rows that wait, have an address and a template or a campaign. */
export async function dispatchInOpsdeck(
  db: Kysely<Database>,
  now: Date,
  today: string,
): Promise<readonly OpsdeckMail[]> {
  const utc = sql`(${now.toISOString()}::timestamptz at time zone 'UTC')`;
  const { rows } = await sql<OpsdeckMail>`
    with picked as (
      select id from scheduled_communication
       where status = 'pending' and scheduled_date <= ${today}::date and (next_retry_at is null or next_retry_at <= ${utc})
       limit 50 for update skip locked)
    update scheduled_communication c set status = 'sent', sent_at = ${utc}, next_retry_at = null
      from picked p
     where c.id = p.id and c.recipient_email is not null
       and (c.target_type = 'campaign' or exists (select from email_template t where t.id = c.template_id and t.is_active))
    returning c.recipient_email as to, c.target_type || ' ' || c.target_id as about`.execute(db);
  return rows;
}
