import { sql } from 'kysely';
import { z } from 'zod';
import { optionalBoolean, optionalText, quoted, requiredDate, requiredText } from '../cells.ts';
import type { CsvKind } from '../csv-kind.ts';
import { optionalAmount, optionalOwnerEmail, unknownOwners } from '../owner-cells.ts';
import { findProblems, repeatedRows } from '../staged-problems.ts';
import { staged } from '../staging.ts';

const row = z.object({
  name: requiredText(200),
  expiry_date: requiredDate,
  cost: optionalAmount,
  currency: optionalText(3),
  owner_email: optionalOwnerEmail,
  archived: optionalBoolean,
});

/** Rows of `license`, by name; their keys are secrets and do not belong in the file. What the file leaves out keeps its value. */
export const licenses: CsvKind<z.output<typeof row>> = {
  name: 'licenses',
  noun: 'licence',
  identity: 'name',
  columns: [
    { name: 'name', required: true, about: 'which one it is' },
    { name: 'expiry_date', required: true, about: 'YYYY-MM-DD' },
    { name: 'cost', required: false, about: 'such as 1200.50; empty: none, or as it was' },
    { name: 'currency', required: false, about: 'such as USD; empty: EUR, or as it was' },
    { name: 'owner_email', required: false, about: 'a user that exists (import users first); empty: none' },
    { name: 'archived', required: false, about: 'true or false; empty: false, or as it was' },
  ],
  row: () => row,
  staged: {
    name: 'text not null',
    expiry_date: 'date not null',
    cost: 'double precision',
    currency: 'text',
    owner_email: 'text',
    archived: 'boolean',
  },
  stage: (one) => [one.name, one.expiry_date, one.cost, one.currency, one.owner_email, one.archived],

  problems: (trx) =>
    findProblems(
      trx,
      sql`
        ${repeatedRows(sql`name`, sql`name`)}
        union all
        ${unknownOwners}
        union all
        select s.line, 'ambiguous', s.name, count(*)::text from ${staged} s join license x on x.name = s.name
         group by s.line, s.name having count(*) > 1`,
      ({ problem, subject, detail }) => {
        if (problem === 'repeated') return `${quoted(subject)} is already in line ${detail}`;
        return problem === 'nobody'
          ? `owner_email ${quoted(subject)} belongs to ${detail} users`
          : `the database has ${detail} licences named ${quoted(subject)}: rename one of them`;
      },
    ),

  async write(trx, { now, columns }) {
    const { rows } = await sql<{ added: number; changed: number }>`
      with matched as (
        select s.*, x.id as license_id, u.id as owner_id
          from ${staged} s
          left join license x on x.name = s.name
          left join "user" u on lower(u.email) = lower(s.owner_email)
      ), wanted as (
        select m.license_id, m.expiry_date, coalesce(m.cost, x.cost) as cost, coalesce(upper(m.currency), x.currency) as currency,
               case when ${columns.has('owner_email')}::boolean then m.owner_id else x.user_id end as user_id,
               coalesce(m.archived, x.is_archived) as is_archived
          from matched m join license x on x.id = m.license_id
      ), changed as (
        update license x
           set expiry_date = w.expiry_date, cost = w.cost, currency = w.currency, user_id = w.user_id, is_archived = w.is_archived
          from wanted w
         where x.id = w.license_id
           and (x.expiry_date, x.cost, x.currency, x.user_id, x.is_archived)
               is distinct from (w.expiry_date, w.cost, w.currency, w.user_id, w.is_archived)
        returning x.id
      ), added as (
        insert into license (name, expiry_date, cost, currency, user_id, is_archived, created_at)
        select name, expiry_date, cost, coalesce(upper(currency), 'EUR'), owner_id, coalesce(archived, false), ${now}
          from matched where license_id is null order by line
        returning id
      )
      select (select count(*) from added)::int as added, (select count(*) from changed)::int as changed`.execute(
      trx,
    );
    return { added: rows[0]?.added ?? 0, changed: rows[0]?.changed ?? 0 };
  },
};
