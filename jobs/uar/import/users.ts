import { sql } from 'kysely';
import { z } from 'zod';
import {
  optionalBoolean,
  optionalText,
  quoted,
  requiredEmail,
  requiredText,
} from '../../../src/import/cells.ts';
import { column, defineCsvKind } from '../../../src/import/csv-kind.ts';
import { findProblems, repeatedRows } from '../../../src/import/staged-problems.ts';
import { staged } from '../../../src/import/staging.ts';

/** OpsDeck compares these by exact spelling: an `Admin` would receive no alert. */
const knownRoles = ['admin', 'user'];

const role = optionalText(50).refine((text) => text === null || isExactRole(text), {
  error: ({ input }) =>
    `is ${quoted(String(input))}: roles are compared by exact spelling, write it in small letters`,
});

function isExactRole(text: string): boolean {
  return knownRoles.includes(text) || !knownRoles.includes(text.toLowerCase());
}

const cells = z.object({
  email: column('text', requiredEmail, 'who it is; letter case does not matter'),
  name: column('text', requiredText(100), 'as it is shown'),
  role: column('text', role, 'admin receives alerts; empty: user, or as it was'),
  department: column('text', optionalText(100), 'empty: none'),
  job_title: column('text', optionalText(100), 'empty: none'),
  archived: column('boolean', optionalBoolean, 'true or false; empty: false, or as it was'),
});

/** People, who execute activities and receive alerts. Rows of `user`, by e-mail address in any letter case. */
export const users = defineCsvKind({
  name: 'users',
  cells: () => cells,
  row: (cells) => cells,

  problems: (trx) =>
    findProblems(
      trx,
      sql`
        ${repeatedRows(sql`email`, sql`lower(email)`)}
        union all
        select s.line, 'ambiguous', s.email, count(*)::text
          from ${staged} s join "user" u on lower(u.email) = lower(s.email)
         group by s.line, s.email
        having count(*) > 1`,
      ({ problem, subject, detail }) =>
        problem === 'repeated'
          ? `email ${quoted(subject)} is already in line ${detail}`
          : `the database has ${detail} users with the e-mail ${quoted(subject)} in different letter case: keep one of them`,
    ),

  async write(trx, { now, columns }) {
    const has = (column: string) => sql`${columns.has(column)}::boolean`;
    const { rows } = await sql<{ added: number; changed: number }>`
      with matched as (
        select s.*, u.id as user_id from ${staged} s left join "user" u on lower(u.email) = lower(s.email)
      ), wanted as (
        select m.user_id, m.name,
               coalesce(m.role, u.role) as role,
               case when ${has('department')} then m.department else u.department end as department,
               case when ${has('job_title')} then m.job_title else u.job_title end as job_title,
               coalesce(m.archived, u.is_archived) as is_archived
          from matched m join "user" u on u.id = m.user_id
      ), changed as (
        update "user" u
           set name = w.name, role = w.role, department = w.department, job_title = w.job_title,
               is_archived = w.is_archived
          from wanted w
         where u.id = w.user_id
           and (u.name, u.role, u.department, u.job_title, u.is_archived)
               is distinct from (w.name, w.role, w.department, w.job_title, w.is_archived)
        returning u.id
      ), added as (
        insert into "user" (name, email, role, department, job_title, created_at, is_archived, hide_from_org_chart)
        select name, email, coalesce(role, 'user'), department, job_title, ${now}, coalesce(archived, false), false
          from matched where user_id is null order by line
        returning id
      )
      select (select count(*) from added)::int as added, (select count(*) from changed)::int as changed`.execute(
      trx,
    );
    return { added: rows[0]?.added ?? 0, changed: rows[0]?.changed ?? 0 };
  },
});
