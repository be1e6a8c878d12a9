import type { Migration } from './migration.ts';

/** Who decided, as each of these tables has it: the address is a claim of whoever entered it. */
const author = `actor text not null,
  actor_user_id integer not null,
  entered_by text not null,
  created_at timestamptz not null`;

/** No foreign key: OpsDeck may delete its row. The words are those of the moment. */
const control = `framework_control_id integer not null,
  framework_name text not null,
  control_id text not null`;

/** What people do about controls, which of them will get worse, and what the monitoring itself was set to. */
export const controlDecisions: Migration = {
  name: '0032-control-decisions',
  title: 'attestations, actions, acceptances and forecasts of controls; the settings of runs',
  standaloneOnly: false,
  statements: [
    `create table opsdeck_jobs.control_attestation (
  id bigint generated always as identity primary key,
  ${control},
  result text not null check (result in ('met', 'not_met')),
  reason text not null,
  evidence text,
  until date,
  ${author},
  constraint control_attestation_met check (result = 'not_met' or (evidence is not null and until is not null))
)`,
    `comment on table opsdeck_jobs.control_attestation is
  'Dated statements of persons about controls that no rule measures; of each control the newest counts.'`,
    `comment on column opsdeck_jobs.control_attestation.until is
  'The last day on which met counts, in the business zone; after it the control is in warning.'`,
    `create index control_attestation_control on opsdeck_jobs.control_attestation (framework_control_id, id desc)`,
    `create table opsdeck_jobs.control_action (
  id bigint generated always as identity primary key,
  ${control},
  cause text not null,
  action text not null,
  due date not null,
  ${author}
)`,
    `comment on table opsdeck_jobs.control_action is 'What is done about a control, by when; open until control_action_end has it.'`,
    `create index control_action_control on opsdeck_jobs.control_action (framework_control_id, id)`,
    `create table opsdeck_jobs.control_action_end (
  id bigint generated always as identity primary key,
  action_id bigint not null unique references opsdeck_jobs.control_action (id),
  reason text not null,
  ${author}
)`,
    `create table opsdeck_jobs.control_acceptance (
  id bigint generated always as identity primary key,
  ${control},
  status text not null,
  reason text not null,
  until date not null,
  ${author}
)`,
    `comment on table opsdeck_jobs.control_acceptance is
  'Failing controls that a person accepted through a day; never changes a status. status: what it was then.'`,
    `create index control_acceptance_control on opsdeck_jobs.control_acceptance (framework_control_id, id desc)`,
    `create table opsdeck_jobs.control_forecast (
  framework_control_id integer not null,
  turns_on date not null,
  alerted_on date not null,
  dedupe_key text not null,
  run_id uuid not null,
  primary key (framework_control_id, turns_on)
)`,
    `comment on table opsdeck_jobs.control_forecast is
  'Changes for the worse that are to come and about which an alert was queued. The row is removed when the day is another, or past.'`,
    `comment on column opsdeck_jobs.control_forecast.alerted_on is
  'The day of the newest alert, in the business zone.'`,
    `create table opsdeck_jobs.run_settings (
  id bigint generated always as identity primary key,
  hash text not null unique,
  content jsonb not null,
  created_at timestamptz not null
)`,
    `comment on table opsdeck_jobs.run_settings is
  'The effective settings of runs without their secrets, once for each hash: name and value.'`,
    'alter table opsdeck_jobs.job_run add column settings_hash text',
    `comment on column opsdeck_jobs.job_run.settings_hash is
  'run_settings.hash of what the run was configured with. Null: stored before this was recorded.'`,
  ],
};
