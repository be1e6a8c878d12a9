import type { Migration } from './migration.ts';

/** Which user of a machine entered what a person is recorded to have decided. */
export const enteredBy: Migration = {
  name: '0024-entered-by',
  title: 'who entered decisions about access reviews',
  standaloneOnly: false,
  statements: [
    ...['uar_decision', 'uar_exception', 'uar_sign_off'].flatMap((table) => [
      `alter table opsdeck_jobs.${table} add column entered_by text`,
      `comment on column opsdeck_jobs.${table}.entered_by is
  'The user of the machine (os:user@host) who entered it; --as is a claim, not a login. Null: before this was recorded.'`,
    ]),
  ],
};
