import type { Migration } from './migration.ts';

/** The journal is paged from the newest entry on. */
export const actionLogOrder: Migration = {
  name: '0063-action-log-order',
  title: 'the action log by time',
  standaloneOnly: false,
  statements: ['create index action_log_at on opsdeck_jobs.action_log (at desc, id desc)'],
};
