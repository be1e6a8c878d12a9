import type { Migration } from './migration.ts';

/** Changes of the evaluation itself, and frameworks that are no longer evaluated. */
export const driftClasses: Migration = {
  name: '0020-drift-classes',
  title: 'drift events about frameworks and about a new evaluation',
  standaloneOnly: false,
  statements: [
    'alter table opsdeck_jobs.drift_event drop constraint drift_event_class_check',
    `alter table opsdeck_jobs.drift_event add constraint drift_event_class_check check (class in (
    'regression', 'coverage_lost', 'first_measurement', 'improvement', 'control_added', 'control_removed',
    'became_not_applicable', 'became_applicable', 'evaluation_lost', 'evaluation_restored', 'evaluation_changed',
    'framework_removed'))`,
    `comment on column opsdeck_jobs.drift_event.control_id is
  'The control''s public identifier; * where the whole framework is no longer evaluated.'`,
  ],
};
