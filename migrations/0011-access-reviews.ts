import type { Migration } from './migration.ts';

/** What the comparison needs to read nested values without failing; the only functions of it, also where there are no tables of ours. */
export const comparisonFunctions: readonly string[] = [
  // PGlite does not survive an overflow of the parser's stack as a server does: hence the limit to the depth, which is counted
  // only where there are as many brackets.
  `create function opsdeck_jobs.uar_json(value text) returns jsonb
  language plpgsql immutable strict as $$
begin
  if length(value) - length(translate(value, '[{', '')) > 1000 and 1000 < (
    select max(depth)
      from (select sum(case when bracket in ('[', '{') then 1 else -1 end) over (order by place) as depth
              from regexp_split_to_table(
                     regexp_replace(regexp_replace(value, '"(\\\\.|[^"\\\\])*"', '', 'g'), '[^][{}]', '', 'g'), ''
                   ) with ordinality as split (bracket, place)) nested) then
    return null;
  end if;
  return value::jsonb;
exception when others then
  return null;
end
$$`,
  `comment on function opsdeck_jobs.uar_json(text) is
  'The text as jsonb; NULL where it is no JSON that jsonb can hold, or nested more than 1,000 deep.'`,
  `create function opsdeck_jobs.uar_list(value text) returns text[]
  language sql immutable strict as $$
  select coalesce(array_agg(element order by element collate "C"), '{}')
    from (select opsdeck_jobs.uar_json(case when value ~ '^[ \\t\\r\\n]*\\[' then value end) as json) j
   cross join lateral (
     select coalesce(e, 'null') as element from jsonb_array_elements_text(j.json) e
     union all
     select btrim(e, E' \\t\\r\\n')
       from regexp_split_to_table(value, case when position(';' in value) > 0 then ';' else ',' end) e
      where j.json is null and btrim(e, E' \\t\\r\\n') <> '') elements
$$`,
  `comment on function opsdeck_jobs.uar_list(text) is
  'The elements of a JSON list, or of a text separated by semicolons or, without one, commas; sorted.'`,
];

/**
 * What access reviews keep beside OpsDeck's rows: who has claimed a comparison, what an execution read and saw, which finding is
 * the same as before, and who decided what. Ids of OpsDeck's tables have no foreign keys: it may delete its rows.
 */
export const accessReviews: Migration = {
  name: '0011-access-reviews',
  title: 'access reviews: claims, executions, identities, observations, exceptions, decisions',
  standaloneOnly: false,
  statements: [
    ...comparisonFunctions,
    `create table opsdeck_jobs.uar_comparison_state (
  comparison_id integer primary key,
  settings jsonb not null default '{}',
  next_run_at timestamptz,
  claimed_by uuid,
  claimed_at timestamptz,
  adopted_at timestamptz,
  constraint uar_comparison_claim check ((claimed_by is null) = (claimed_at is null))
)`,
    `comment on column opsdeck_jobs.uar_comparison_state.claimed_by is
  'The run that works on it; the claim is void as soon as that run is no longer running.'`,
    `comment on column opsdeck_jobs.uar_comparison_state.next_run_at is
  'Of comparisons with source types that OpsDeck does not know; the others have it in public.uar_comparison.'`,
    `create table opsdeck_jobs.uar_execution_record (
  execution_id integer primary key,
  comparison_id integer not null,
  run_id uuid,
  outcome text not null check (outcome in ('completed', 'inconclusive', 'failed')),
  reason text,
  config jsonb not null,
  program_version text not null,
  source_a jsonb,
  source_b jsonb,
  key_quality jsonb,
  new_findings integer not null default 0,
  summary jsonb not null default '{}',
  change_accepted_by text,
  finished_at timestamptz not null
)`,
    `create index uar_execution_comparison on opsdeck_jobs.uar_execution_record (comparison_id, execution_id desc)`,
    `create table opsdeck_jobs.uar_exception (
  id bigint generated always as identity primary key,
  comparison_id integer,
  key_text text not null,
  finding_type text,
  reason text not null,
  until date not null,
  added_by text not null,
  added_at timestamptz not null,
  revoked_by text,
  revoked_at timestamptz,
  constraint uar_exception_revoked check ((revoked_by is null) = (revoked_at is null))
)`,
    `create index uar_exception_key on opsdeck_jobs.uar_exception (key_text)`,
    `comment on table opsdeck_jobs.uar_exception is
  'Who may differ, until when (the last day): break-glass and service accounts. comparison_id null: in every comparison.'`,
    `create table opsdeck_jobs.uar_identity (
  identity bytea primary key check (length(identity) = 32),
  comparison_id integer not null,
  finding_type text not null,
  key_text text not null,
  finding_id integer not null unique,
  data_hash bytea check (length(data_hash) = 32),
  first_seen_at timestamptz not null,
  recurrences integer not null default 0,
  exception_id bigint references opsdeck_jobs.uar_exception (id)
)`,
    `create index uar_identity_comparison on opsdeck_jobs.uar_identity (comparison_id)`,
    `comment on column opsdeck_jobs.uar_identity.identity is 'SHA-256 over comparison, type and the whole key.'`,
    `comment on column opsdeck_jobs.uar_identity.data_hash is
  'SHA-256 of both rows as last seen; a false positive stays one until it changes.'`,
    `comment on column opsdeck_jobs.uar_identity.exception_id is
  'The exception that has acknowledged the finding; null: none, or a person has. Whoever decides sets it to null.'`,
    `create table opsdeck_jobs.uar_observation (
  execution_id integer not null,
  identity bytea not null,
  finding_id integer not null,
  finding_type text not null,
  severity text not null,
  key_text text not null,
  novelty text not null check (novelty in ('new', 'seen', 'recurred', 'reopened')),
  status text not null,
  raw_data_a json,
  raw_data_b json,
  differences json,
  affected_user_id integer,
  exception_id bigint references opsdeck_jobs.uar_exception (id),
  primary key (execution_id, identity)
)`,
    `comment on table opsdeck_jobs.uar_observation is
  'What each completed execution saw, as it was then: public.uar_finding holds only the newest.'`,
    `create table opsdeck_jobs.uar_decision (
  id bigint generated always as identity primary key,
  finding_id integer not null,
  execution_id integer not null,
  decision text not null check (decision in ('resolved', 'acknowledged', 'false_positive')),
  note text not null,
  actor text not null,
  actor_user_id integer,
  at timestamptz not null
)`,
    `create index uar_decision_finding on opsdeck_jobs.uar_decision (finding_id, id desc)`,
    `create table opsdeck_jobs.uar_sign_off (
  execution_id integer primary key,
  user_id integer not null,
  email text not null,
  note text not null,
  at timestamptz not null,
  evidence_hash bytea not null check (length(evidence_hash) = 32)
)`,
    `comment on column opsdeck_jobs.uar_sign_off.evidence_hash is
  'SHA-256 of the report document that was signed: a later change of it shows.'`,
  ],
};
