import type { Migration } from './migration.ts';

/** What a person does next about a run that failed: the message about it names this step. */
export const nextStep: Migration = {
  name: '0030-next-step',
  title: 'the next step of a failed run',
  standaloneOnly: false,
  statements: [
    'alter table opsdeck_jobs.job_run add column error_next text',
    `comment on column opsdeck_jobs.job_run.error_next is
  'The command or step that the error names. Null: it names none, or it was stored before this was.'`,
  ],
};
