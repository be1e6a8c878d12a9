import { sql } from 'kysely';
import { z } from 'zod';
import { requiredDate } from '../../../src/import/cells.ts';
import { column, defineCsvKind } from '../../../src/import/csv-kind.ts';
import { staged } from '../../../src/import/staging.ts';
import {
  archivedColumn,
  currencyColumn,
  nameColumn,
  namedProblems,
  userColumn,
  writeCounted,
} from './named-items.ts';
import { optionalAmount } from './owner-cells.ts';

const cells = z.object({
  name: nameColumn(200),
  expiry_date: column('date', requiredDate, 'YYYY-MM-DD'),
  cost: column('double precision', optionalAmount, 'such as 1200.50; empty: none, or as it was'),
  currency: currencyColumn,
  owner_email: userColumn,
  archived: archivedColumn,
});

/** Rows of `license`, by name; their keys are secrets and do not belong in the file. What the file leaves out keeps its value. */
export const licenses = defineCsvKind({
  name: 'licenses',
  cells: () => cells,
  row: (cells) => cells,

  problems: (trx) => namedProblems(trx, { table: 'license', many: 'licences', groups: false }),

  write: (trx, { now, columns }) =>
    writeCounted(
      trx,
      sql`
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
      )`,
    ),
});
