import type { Migration } from './migration.ts';

/** Who asked for an exception, what limits its risk, and which announcement of its end was queued. */
export const approvedExceptions: Migration = {
  name: '0055-approved-exceptions',
  title: 'requester, compensating control and announced end of approved exceptions',
  standaloneOnly: false,
  statements: [
    `alter table opsdeck_jobs.uar_exception
  add column requested_by text, add column compensating_control text, add column announced_days integer`,
    // One day more: the first day of the business zone may be that of UTC or the next one.
    `alter table opsdeck_jobs.uar_exception add constraint uar_exception_approved check (
  requested_by is null or (compensating_control is not null and lower(requested_by) <> lower(added_by)
                           and until <= (added_at at time zone 'UTC')::date + 366))`,
    `comment on column opsdeck_jobs.uar_exception.requested_by is
  'Who asked for it: another person than added_by, who approved it. Null: before this was recorded.'`,
    `comment on column opsdeck_jobs.uar_exception.announced_days is
  'Its end was announced so many days before, 14 or 1. Null: not yet.'`,
  ],
};
