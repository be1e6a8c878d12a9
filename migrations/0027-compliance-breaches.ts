import type { Migration } from './migration.ts';

/** The rules in breach about which an alert was queued. */
export const complianceBreaches: Migration = {
  name: '0027-compliance-breaches',
  title: 'alerts about rules that are not met',
  standaloneOnly: false,
  statements: [
    `create table opsdeck_jobs.compliance_breach (
  rule_id    integer primary key,
  alerted_on date    not null,
  alerts     integer not null check (alerts > 0),
  dedupe_key text    not null,
  run_id     uuid    not null
)`,
    `comment on table opsdeck_jobs.compliance_breach is
  'Rules in breach about which an alert was queued. The row is removed when the rule is met, or is no longer there.'`,
    `comment on column opsdeck_jobs.compliance_breach.rule_id is
  'compliance_rule.id; no foreign key: OpsDeck may delete its row.'`,
    `comment on column opsdeck_jobs.compliance_breach.alerted_on is
  'The day of the newest alert, in the business zone.'`,
  ],
};
