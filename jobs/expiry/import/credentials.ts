import { sql } from 'kysely';
import { z } from 'zod';
import { optionalBoolean, optionalDate, optionalText } from '../../../src/import/cells.ts';
import { column, defineCsvKind } from '../../../src/import/csv-kind.ts';
import { staged } from '../../../src/import/staging.ts';
import { hasMask } from '../masked-value.ts';
import { nameColumn, namedProblems, userOrGroupColumns, writeCounted } from './named-items.ts';
import { ownerOf } from './owner-cells.ts';

/** What has no mask may be the whole secret: it is neither stored nor repeated. */
const maskedValue = optionalText(255).refine((value) => value === null || hasMask(value), {
  error: 'has no mask: write **** in the place of what is secret, such as ****abcd',
});

const cells = z.object({
  name: nameColumn(200),
  expires_on: column('date', optionalDate, 'YYYY-MM-DD; empty: it has no end', true),
  ...userOrGroupColumns,
  type: column('text', optionalText(50), 'such as API key; empty: password, or as it was'),
  masked_value: column('text', maskedValue, 'such as ****abcd, never the secret; empty: ****, or as it was'),
  break_glass: column('boolean', optionalBoolean, 'true or false; empty: false, or as it was'),
});

/**
 * Rows of `credentials`, by name, with one active secret each: its date and its masked value, never the secret itself. A new date or
 * masked value replaces the active secret, as a rotation in OpsDeck does.
 */
export const credentials = defineCsvKind({
  name: 'credentials',
  cells: () => cells,
  row: (cells) =>
    cells.refine(({ owner_email, owner_group }) => (owner_email === null) !== (owner_group === null), {
      path: ['owner_email'],
      error: 'and owner_group: give one of them',
    }),

  problems: (trx) => namedProblems(trx, { table: 'credentials', many: 'credentials', groups: true }),

  write: (trx, { now }) =>
    writeCounted(
      trx,
      sql`
      with matched as (
        select s.*, x.id as credential_id, ${ownerOf}
          from ${staged} s left join credentials x on x.name = s.name
      ), corrected as (
        update credentials x
           set type = coalesce(m.type, x.type), break_glass = coalesce(m.break_glass, x.break_glass),
               owner_id = m.owner_id, owner_type = m.owner_type, updated_at = ${now}
          from matched m
         where x.id = m.credential_id
           and (x.type, x.break_glass, x.owner_id, x.owner_type)
               is distinct from (coalesce(m.type, x.type), coalesce(m.break_glass, x.break_glass), m.owner_id, m.owner_type)
        returning x.id
      ), added as (
        insert into credentials (name, type, break_glass, owner_id, owner_type, created_at, updated_at)
        select name, coalesce(type, 'password'), coalesce(break_glass, false), owner_id, owner_type, ${now}, ${now}
          from matched where credential_id is null order by line
        returning id, name
      ), rotated as (
        select m.*, (select s.masked_value from credential_secrets s
                      where s.credential_id = m.credential_id and s.is_active order by s.id desc limit 1) as masked_before
          from matched m
         where m.credential_id is not null
           and not exists (
             select from credential_secrets s
              where s.credential_id = m.credential_id and s.is_active and s.expires_at::date is not distinct from m.expires_on
                and s.masked_value = coalesce(m.masked_value, s.masked_value))
      ), retired as (
        update credential_secrets s set is_active = false from rotated r
         where s.credential_id = r.credential_id and s.is_active
      ), fresh as (
        insert into credential_secrets (credential_id, masked_value, created_at, expires_at, is_active)
        select credential_id, coalesce(masked_value, masked_before, '****'), ${now}, expires_on, true from rotated
        union all
        select a.id, coalesce(m.masked_value, '****'), ${now}, m.expires_on, true
          from added a join matched m on m.name = a.name
      ), changed as (
        select id from corrected union select credential_id from rotated
      )`,
    ),
});
