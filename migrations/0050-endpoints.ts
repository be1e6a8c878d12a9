import type { Migration } from './migration.ts';

/** Where certificates are served, and what was served there. */
export const endpoints: Migration = {
  name: '0050-endpoints',
  title: 'endpoints that serve certificates, and the last observation of each',
  standaloneOnly: false,
  statements: [
    `create table opsdeck_jobs.certificate_endpoint (
  certificate_id integer not null,
  endpoint text not null,
  primary key (certificate_id, endpoint)
)`,
    `comment on table opsdeck_jobs.certificate_endpoint is
  'Where a certificate is served, by import; the configuration file may name more.'`,
    `create table opsdeck_jobs.endpoint_observation (
  certificate_id integer not null,
  endpoint text not null,
  asked_at timestamptz not null,
  failure text,
  refused boolean not null default false,
  failing_since date,
  seen_at timestamptz,
  served_since date,
  fingerprint text,
  name text,
  issuer text,
  not_before timestamptz,
  not_after timestamptz,
  trust text,
  name_fits boolean,
  faults jsonb not null default '{}',
  primary key (certificate_id, endpoint),
  constraint endpoint_observation_failure check ((failure is null) = (failing_since is null)),
  constraint endpoint_observation_seen check ((seen_at is null) = (fingerprint is null))
)`,
    `comment on table opsdeck_jobs.endpoint_observation is
  'One row an endpoint: the certificate that was served last, and since when none was.'`,
    `comment on column opsdeck_jobs.endpoint_observation.faults is
  'By fault of the connection, the day on which it was found.'`,
  ],
};
