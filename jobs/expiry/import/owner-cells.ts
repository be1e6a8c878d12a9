import { sql } from 'kysely';
import { z } from 'zod';
import { quoted } from '../../../src/import/cells.ts';
import { staged } from '../../../src/import/staging.ts';

/** What the files of things that expire have in common: who owns it, and what it costs. */

/** Money, with a point before the cents and nothing between the thousands. */
export const optionalAmount = z
  .string()
  .optional()
  .transform((text, context) => {
    if (text === undefined || text === '') return null;
    if (/^\d{1,12}(\.\d{1,6})?$/.test(text)) return Number(text);
    context.issues.push({
      code: 'custom',
      message: `is ${quoted(text)}: write an amount such as 1200.50`,
      input: text,
    });
    return z.NEVER;
  });

/** `line, problem, subject, detail` of staged rows whose `owner_email` is not that of exactly one user. */
export const unknownOwners = sql`
  select s.line, 'missing' as problem, s.owner_email as subject, count(u.id)::text as detail
    from ${staged} s left join "user" u on lower(u.email) = lower(s.owner_email)
   where s.owner_email is not null
   group by s.line, s.owner_email
  having count(u.id) <> 1`;

/** The same of those whose `owner_group` does not exist. */
export const unknownGroups = sql`
  select s.line, 'no_group', s.owner_group, '0' from ${staged} s
   where s.owner_group is not null and not exists (select from "group" g where g.name = s.owner_group)`;

/** `owner_id, owner_type` of the staged row `s`, whose owner is a user, a group, or nobody. */
export const ownerOf = sql`
  coalesce((select u.id from "user" u where lower(u.email) = lower(s.owner_email)),
           (select g.id from "group" g where g.name = s.owner_group)) as owner_id,
  case when s.owner_email is not null then 'User' when s.owner_group is not null then 'Group' end as owner_type`;
