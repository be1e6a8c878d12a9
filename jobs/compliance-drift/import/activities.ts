import { sql } from 'kysely';
import { z } from 'zod';
import {
  optionalText,
  quoted,
  requiredDate,
  requiredEmail,
  requiredText,
} from '../../../src/import/cells.ts';
import { column, defineCsvKind } from '../../../src/import/csv-kind.ts';
import { findProblems, repeatedRows } from '../../../src/import/staged-problems.ts';
import { staged } from '../../../src/import/staging.ts';
import { isDone, withWords } from '../rules/evidence-words.ts';
import { configuredWords } from './configured-words.ts';

/** `outcome_notes` is text without a limit; a row of the file has one. */
const longestNotes = 1_000_000;

const cells = z.object({
  activity: column('text', requiredText(255), 'name of the security activity; created when it is missing'),
  executor_email: column('text', requiredEmail, 'a user that exists (import users first)'),
  execution_date: column('date', requiredDate, 'YYYY-MM-DD'),
  status: column('text', requiredText(50), 'success, failed, in progress or another word of the lists'),
  outcome_notes: column('text', optionalText(longestNotes), 'empty: none'),
});

/**
 * Executions of security activities, one a row; the activity is created when there is none of its name. Rows of
 * `activity_execution`, by activity, date, executor and status.
 */
export const activities = defineCsvKind({
  name: 'activities',
  cells: () => cells,
  row: (cells, { today, settings }) => {
    const words = withWords(configuredWords(settings)).ActivityExecution;
    return cells.check(({ value, issues }) => {
      if (today !== undefined && value.execution_date > today) {
        const message = `is ${value.execution_date}, which is in the future`;
        issues.push({ code: 'custom', message, path: ['execution_date'], input: value.execution_date });
      }
      if (isDone(words, value.status) === null) {
        const message = `is ${quoted(value.status)}, which is on neither list of words: write one such as success or failed, or add it to jobs.compliance-drift.settings.evidence_words`;
        issues.push({ code: 'custom', message, path: ['status'], input: value.status });
      }
    });
  },

  problems: (trx) =>
    findProblems(
      trx,
      sql`
        ${repeatedRows(sql`activity`, sql`activity, lower(executor_email), execution_date, status`)}
        union all
        select s.line, case when count(u.id) = 0 then 'missing' else 'ambiguous' end, s.executor_email, count(u.id)::text
          from ${staged} s left join "user" u on lower(u.email) = lower(s.executor_email)
         group by s.line, s.executor_email
        having count(u.id) <> 1`,
      ({ problem, subject, detail }) => {
        if (problem === 'repeated')
          return `the same execution of ${quoted(subject)} is already in line ${detail}`;
        return problem === 'missing'
          ? `executor_email ${quoted(subject)} belongs to no user`
          : `the database has ${detail} users with the e-mail ${quoted(subject)} in different letter case: keep one of them`;
      },
    ),

  async write(trx, { now, columns }) {
    const created = await sql`
      insert into security_activity (name, created_at)
      select s.activity, ${now} from ${staged} s
       where not exists (select from security_activity a where a.name = s.activity)
       group by s.activity
       order by min(s.line)`.execute(trx);
    const { rows } = await sql<{ added: number; changed: number }>`
      with activity as (
        -- Of several activities of one name the evaluation takes the first one, and so do we.
        select name, min(id) as id from security_activity where name in (select activity from ${staged}) group by name
      ), matched as (
        select distinct on (s.line)
               s.line, a.id as activity_id, u.id as executor_id, s.execution_date, s.status, s.outcome_notes,
               e.id as execution_id, e.outcome_notes as stored_notes
          from ${staged} s
          join activity a on a.name = s.activity
          join "user" u on lower(u.email) = lower(s.executor_email)
          left join activity_execution e
            on (e.activity_id, e.executor_id, e.execution_date, e.status)
             = (a.id, u.id, s.execution_date, s.status)
         -- Of several executions that are alike, one that needs no change.
         order by s.line, (e.outcome_notes is not distinct from s.outcome_notes) desc, e.id
      ), changed as (
        update activity_execution e set outcome_notes = m.outcome_notes
          from matched m
         where e.id = m.execution_id and ${columns.has('outcome_notes')}::boolean
           and m.outcome_notes is distinct from m.stored_notes
        returning e.id
      ), added as (
        insert into activity_execution (activity_id, executor_id, execution_date, status, outcome_notes, created_at)
        select activity_id, executor_id, execution_date, status, outcome_notes, ${now}
          from matched where execution_id is null order by line
        returning id
      )
      select (select count(*) from added)::int as added, (select count(*) from changed)::int as changed`.execute(
      trx,
    );
    return {
      added: rows[0]?.added ?? 0,
      changed: rows[0]?.changed ?? 0,
      also: { singular: 'activity', plural: 'activities', count: Number(created.numAffectedRows ?? 0n) },
    };
  },
});
