import { sql } from 'kysely';
import { z } from 'zod';
import { optionalBoolean, optionalText, requiredDate, requiredText } from '../../../src/import/cells.ts';
import type { CsvKind } from '../../../src/import/csv-kind.ts';
import { staged } from '../../../src/import/staging.ts';
import {
  archivedColumn,
  currencyColumn,
  nameColumn,
  namedProblems,
  userColumn,
  writeCounted,
} from './named-items.ts';
import { optionalAmount, optionalOwnerEmail } from './owner-cells.ts';

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
    nameColumn,
    { name: 'expiry_date', required: true, about: 'YYYY-MM-DD' },
    { name: 'cost', required: false, about: 'such as 1200.50; empty: none, or as it was' },
    currencyColumn,
    userColumn,
    archivedColumn,
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
};
