import type { Migration } from './migration.ts';

/** Which incident a finding has: not in `uar_finding.security_incident_id`, which makes OpsDeck's page of the execution fail. */
export const reviewIncidents: Migration = {
  name: '0021-review-incidents',
  title: 'incidents of access review findings',
  standaloneOnly: false,
  statements: [
    `alter table opsdeck_jobs.uar_identity add column incident_id integer`,
    `comment on column opsdeck_jobs.uar_identity.incident_id is
  'The newest incident that was opened for the finding; no foreign key: OpsDeck may delete it.'`,
  ],
};
