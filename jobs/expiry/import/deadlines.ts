import { sql } from 'kysely';
import { z } from 'zod';
import {
  optionalEmail,
  optionalText,
  quoted,
  requiredDate,
  requiredText,
} from '../../../src/import/cells.ts';
import { column, defineCsvKind } from '../../../src/import/csv-kind.ts';
import { findProblems, repeatedRows } from '../../../src/import/staged-problems.ts';
import { staged } from '../../../src/import/staging.ts';
import { currencyColumn, writeCounted } from './named-items.ts';

const link = optionalText(2000).refine((text) => text === null || /^https?:\/\/[^\s]+$/.test(text), {
  error: ({ input }) => `is ${quoted(String(input))}: write an address that begins with https://`,
});

/** Money as text: it goes into a decimal column. */
const amount = optionalText(20).refine((text) => text === null || /^\d{1,12}(\.\d{1,6})?$/.test(text), {
  error: ({ input }) => `is ${quoted(String(input))}: write an amount such as 1200.50`,
});

const cells = z.object({
  name: column('text', requiredText(200), 'which one it is, among those of its kind'),
  kind: column('text', requiredText(50), 'in your words, such as domain, insurance or permit'),
  date: column('date', requiredDate, 'YYYY-MM-DD: the day on which it is due'),
  owner: column('text', optionalEmail, 'a user that exists (import users first); empty: no owner'),
  cost: column('text', amount, 'such as 1200.50; empty: none'),
  currency: currencyColumn,
  link: column('text', link, 'where it is described; empty: none'),
});

/** What else is due on a day: rows of `opsdeck_jobs.deadline`, by kind and name. What the file leaves out keeps its value. */
export const deadlines = defineCsvKind({
  name: 'deadlines',
  ownDatabase: {
    what: 'contracts, warranties, reviews and other dates',
    pages: ['/contracts', '/assets', '/risk', '/policies', '/requests'],
  },
  cells: () => cells,
  row: (cells) => cells,

  problems: (trx) =>
    findProblems(
      trx,
      sql`
        ${repeatedRows(sql`name`, sql`kind, name`)}
        union all
        select s.line, 'owner', s.owner, count(u.id)::text
          from ${staged} s left join "user" u on lower(u.email) = lower(s.owner)
         where s.owner is not null
         group by s.line, s.owner having count(u.id) <> 1`,
      ({ problem, subject, detail }) =>
        problem === 'repeated'
          ? `${quoted(subject)} of this kind is already in line ${detail}`
          : `owner ${quoted(subject)} belongs to ${detail === '0' ? 'no user' : `${detail} users`}`,
    ),

  write(trx, { now, storedZone, columns }) {
    const has = (column: string) => sql`${columns.has(column)}::boolean`;
    const at = sql`${now} at time zone ${storedZone}::text`;
    return writeCounted(
      trx,
      sql`
      with matched as (
        select s.*, x.id as stored_id, u.id as user_id
          from ${staged} s
          left join opsdeck_jobs.deadline x on x.query is null and x.kind = s.kind and x.name = s.name
          left join "user" u on lower(u.email) = lower(s.owner)
      ), wanted as (
        select x.id, m.date as due_on,
               case when ${has('owner')} then m.user_id else x.owner_id end as owner_id,
               case when ${has('cost')} then m.cost::numeric else x.cost end as cost,
               coalesce(upper(m.currency), x.currency) as currency,
               case when ${has('link')} then m.link else x.link end as link
          from matched m join opsdeck_jobs.deadline x on x.id = m.stored_id
      ), changed as (
        update opsdeck_jobs.deadline x
           set due_on = w.due_on, owner_id = w.owner_id, cost = w.cost, currency = w.currency, link = w.link, changed_at = ${at}
          from wanted w
         where x.id = w.id
           and (x.due_on, x.owner_id, x.cost, x.currency, x.link)
               is distinct from (w.due_on, w.owner_id, w.cost, w.currency, w.link)
        returning x.id
      ), added as (
        insert into opsdeck_jobs.deadline (kind, name, due_on, owner_id, cost, currency, link, changed_at)
        select kind, name, date, user_id, cost::numeric, upper(currency), link, ${at}
          from matched where stored_id is null order by line
        returning id
      )`,
    );
  },
});
