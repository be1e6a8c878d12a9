import type { Migration } from './migration.ts';

/** From when the due date of a finding counts, and which announcements of overdue findings were queued. */
export const findingDeadlines: Migration = {
  name: '0071-finding-deadlines',
  title: 'due dates of findings of access reviews',
  standaloneOnly: false,
  statements: [
    `alter table opsdeck_jobs.uar_identity add column opened_at timestamptz`,
    `update opsdeck_jobs.uar_identity i set opened_at = o.at
  from (select o.identity, max(x.finished_at) as at
          from opsdeck_jobs.uar_observation o join opsdeck_jobs.uar_execution_record x on x.execution_id = o.execution_id
         where o.novelty in ('recurred', 'reopened')
         group by o.identity) o
 where o.identity = i.identity`,
    `comment on column opsdeck_jobs.uar_identity.opened_at is
  'When an execution opened the finding again: its due date counts from here. Null: never, it counts from first seen.'`,
    // The key is the guarantee: each step of each due date is announced once.
    `create table opsdeck_jobs.uar_overdue_notice (
  finding_id integer not null,
  due date not null,
  step integer not null check (step in (1, 7, 14)),
  announced_at timestamptz not null default now(),
  primary key (finding_id, due, step)
)`,
    `comment on table opsdeck_jobs.uar_overdue_notice is
  'Announcements of overdue findings: step 1, 7 or 14 days after the due date. A step that a later one replaced is there, too.'`,
  ],
};
