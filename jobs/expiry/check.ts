import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { warning } from '../../src/doctor/finding.ts';
import { type JobCheck, someOf } from '../../src/doctor/job-check.ts';
import { plausibleSql } from '../../src/notify/outbox/plausible-sql.ts';
import { count } from '../../src/text/count.ts';

const foundSchema = z.object({ total: z.int(), names: z.array(z.string()) });

/**
 * Items whose owner cannot be reached.
 *
 * @param items a query with columns `name`, `owner_type` (`User`, `Group`) and `owner_id`.
 * @param nouns of one of them, and of several.
 */
function ownerCheck(items: RawBuilder<unknown>, ...nouns: readonly [one: string, several: string]): JobCheck {
  return {
    query: () => sql`
      with item as (${items}), lonely as (
        select i.name from item i
         where not exists (
           select from "user" u
            where u.is_archived is not true and ${plausibleSql(sql`lower(btrim(u.email))`)}
              and (i.owner_type = 'User' and u.id = i.owner_id
                   or i.owner_type = 'Group' and exists (select from user_groups g where g.group_id = i.owner_id and g.user_id = u.id)))
      )
      select jsonb_build_object('total', (select count(*) from lonely),
                                'names', (select coalesce(jsonb_agg(name), '[]') from (select name from lonely order by name limit 5) first_names))`,
    findings: (found) => {
      const { total, names } = foundSchema.parse(found);
      if (total === 0) return [];
      return [
        warning(
          `No active owner with an e-mail address for ${count(total, ...nouns)}: ${someOf(names, total)}. ${total === 1 ? 'Its' : 'Their'} alerts go to the admins.`,
          'Give each an active owner with an address.',
        ),
      ];
    },
  };
}

export const subscriptionCheck = ownerCheck(
  sql`
    select name, 'User' as owner_type, user_id as owner_id from subscription where is_archived is not true
    union all
    select name, 'User', user_id from license where is_archived is not true and expiry_date is not null`,
  'subscription or licence',
  'subscriptions and licences',
);

export const credentialCheck = ownerCheck(
  sql`
    select c.name, c.owner_type, c.owner_id from credentials c
     where exists (select from credential_secrets s where s.credential_id = c.id and s.is_active and s.expires_at is not null)`,
  'credential',
  'credentials',
);

export const certificateCheck = ownerCheck(
  sql`
    select c.name, coalesce(c.owner_type, 'User') as owner_type, c.owner_id from certificates c
     where exists (select from certificate_versions v where v.certificate_id = c.id and v.is_active)`,
  'certificate',
  'certificates',
);
