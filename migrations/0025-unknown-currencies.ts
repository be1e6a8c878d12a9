import type { Migration } from './migration.ts';

/** A currency whose code is unknown is held without a rate to compare it with. */
export const unknownCurrencies: Migration = {
  name: '0025-unknown-currencies',
  title: 'exchange rates of unknown currencies are held',
  standaloneOnly: false,
  statements: [
    `alter table opsdeck_jobs.fx_held alter column compared_rate drop not null`,
    `alter table opsdeck_jobs.fx_held alter column compared_date drop not null`,
    `alter table opsdeck_jobs.fx_held
  add constraint fx_held_compared check ((compared_rate is null) = (compared_date is null))`,
    `comment on column opsdeck_jobs.fx_held.compared_rate is
  'The last rate that was taken before; null: the code of the currency is unknown, and none was.'`,
  ],
};
