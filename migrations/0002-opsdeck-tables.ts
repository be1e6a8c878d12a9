import type { Migration } from './migration.ts';

/**
 * OpsDeck's tables that the jobs need, exactly as OpsDeck's database has them at revision 026: types, defaults, keys and
 * the names of constraints and indexes. A database of our own can so be read and written by the same SQL. What is not
 * in OpsDeck's database is not here either: most defaults live in its program, so an insert gives those values itself.
 * Foreign keys to tables that are not created here (contact, asset, peripheral) are left out.
 */
export const opsdeckTables: Migration = {
  name: '0002-opsdeck-tables',
  title: "OpsDeck's tables that the jobs need",
  standaloneOnly: true,
  statements: [
    `create table public."user" (
  id serial primary key,
  name varchar(100) not null,
  email varchar(100) not null unique,
  personal_email varchar(120),
  password_hash varchar(255),
  api_token varchar(64),
  role varchar(50),
  department varchar(100),
  job_title varchar(100),
  created_at timestamp,
  is_archived boolean not null,
  hide_from_org_chart boolean not null,
  manager_id integer references public."user" (id),
  buddy_id integer references public."user" (id)
)`,
    `create unique index ix_user_api_token on public."user" (api_token)`,
    `create index ix_user_is_archived on public."user" (is_archived)`,
    `create index ix_user_hide_from_org_chart on public."user" (hide_from_org_chart)`,
    `create index ix_user_manager_id on public."user" (manager_id)`,
    `create index ix_user_buddy_id on public."user" (buddy_id)`,

    `create table public."group" (
  id serial primary key,
  name varchar(100) not null unique,
  description text
)`,
    `create table public.user_groups (
  user_id integer not null references public."user" (id),
  group_id integer not null references public."group" (id),
  primary key (user_id, group_id)
)`,
    `create index ix_user_groups_group_id on public.user_groups (group_id)`,

    `create table public.organization_settings (
  id serial primary key,
  legal_name varchar(255),
  tax_id varchar(50),
  primary_domain varchar(255),
  logo_filename varchar(255),
  email_domains varchar(500),
  updated_at timestamp,
  risk_impact_levels integer not null default 5,
  risk_likelihood_levels integer not null default 5,
  risk_appetite_medium_from integer not null default 20,
  risk_appetite_high_from integer not null default 60,
  risk_appetite_critical_from integer not null default 80
)`,
    `create table public.tag (
  id serial primary key,
  name varchar(50) not null unique,
  is_archived boolean not null
)`,
    `create table public.supplier (
  id serial primary key,
  name varchar(100) not null,
  email varchar(100),
  phone varchar(20),
  address text,
  website varchar(255),
  notes text,
  created_at timestamp,
  is_archived boolean not null,
  is_critical boolean,
  compliance_status varchar(50),
  gdpr_dpa_signed date,
  security_assessment_completed date,
  compliance_notes text,
  data_storage_region varchar(50)
)`,
    `create index ix_supplier_is_archived on public.supplier (is_archived)`,

    `create table public.framework (
  id serial primary key,
  name varchar(255) not null unique,
  description text,
  link varchar(1024),
  is_custom boolean not null,
  is_active boolean not null
)`,
    `create index ix_framework_is_active on public.framework (is_active)`,
    `create table public.framework_control (
  id serial primary key,
  framework_id integer not null references public.framework (id),
  control_id varchar(100) not null,
  name varchar(512) not null,
  description text,
  is_applicable boolean not null,
  soa_justification text
)`,
    `create index ix_framework_control_framework_id on public.framework_control (framework_id)`,
    `create table public.compliance_link (
  id serial primary key,
  framework_control_id integer not null references public.framework_control (id),
  linkable_id integer not null,
  linkable_type varchar(50) not null,
  description text not null
)`,
    `create index ix_compliance_link_framework_control_id on public.compliance_link (framework_control_id)`,
    `create index ix_compliance_link_linkable_id on public.compliance_link (linkable_id)`,
    `create index ix_compliance_link_linkable_type on public.compliance_link (linkable_type)`,
    `create table public.compliance_rule (
  id serial primary key,
  framework_control_id integer not null references public.framework_control (id),
  name varchar(150) not null,
  description text,
  target_model varchar(50) not null,
  criteria text not null,
  frequency_days integer not null,
  grace_period_days integer not null,
  enabled boolean,
  created_at timestamp,
  updated_at timestamp
)`,
    `create index ix_compliance_rule_framework_control_id on public.compliance_rule (framework_control_id)`,
    `create table public.compliance_audit (
  id serial primary key,
  name varchar(255),
  status varchar(50) not null,
  outcome varchar(50),
  start_date date,
  end_date date,
  created_at timestamp,
  locked_at timestamp,
  audit_type varchar(50),
  snapshot_data json,
  framework_id integer references public.framework (id),
  auditor_id integer,
  internal_lead_id integer references public."user" (id)
)`,
    `create index ix_compliance_audit_framework_id on public.compliance_audit (framework_id)`,
    `create index ix_compliance_audit_auditor_id on public.compliance_audit (auditor_id)`,
    `create index ix_compliance_audit_internal_lead_id on public.compliance_audit (internal_lead_id)`,

    `create table public.security_activity (
  id serial primary key,
  name varchar(255) not null,
  description text,
  frequency varchar(50),
  created_at timestamp,
  owner_id integer,
  owner_type varchar(50)
)`,
    `create table public.activity_execution (
  id serial primary key,
  activity_id integer not null references public.security_activity (id),
  executor_id integer not null references public."user" (id),
  execution_date date not null,
  status varchar(50) not null,
  outcome_notes text,
  created_at timestamp
)`,
    `create index ix_activity_execution_activity_id on public.activity_execution (activity_id)`,
    `create index ix_activity_execution_executor_id on public.activity_execution (executor_id)`,

    `create table public.campaign (
  id serial primary key,
  title varchar(200) not null,
  subject varchar(255) not null,
  body_html text not null,
  status varchar(20),
  scheduled_at timestamp,
  created_by_id integer references public."user" (id),
  send_to_all boolean,
  created_at timestamp,
  processed_at timestamp
)`,
    `create index ix_campaign_created_by_id on public.campaign (created_by_id)`,
    `create table public.campaign_users (
  campaign_id integer not null references public.campaign (id),
  user_id integer not null references public."user" (id),
  primary key (campaign_id, user_id)
)`,
    `create index ix_campaign_users_user_id on public.campaign_users (user_id)`,
    `create table public.campaign_groups (
  campaign_id integer not null references public.campaign (id),
  group_id integer not null references public."group" (id),
  primary key (campaign_id, group_id)
)`,
    `create index ix_campaign_groups_group_id on public.campaign_groups (group_id)`,
    `create table public.campaign_tags (
  campaign_id integer not null references public.campaign (id),
  tag_id integer not null references public.tag (id),
  primary key (campaign_id, tag_id)
)`,
    `create index ix_campaign_tags_tag_id on public.campaign_tags (tag_id)`,

    `create table public.maintenance_log (
  id serial primary key,
  event_type varchar(100) not null,
  description text not null,
  status varchar(50) not null,
  event_date date not null,
  ticket_link varchar(512),
  notes text,
  created_at timestamp not null,
  updated_at timestamp not null,
  assigned_to_id integer references public."user" (id),
  asset_id integer,
  peripheral_id integer
)`,
    `create index ix_maintenance_log_assigned_to_id on public.maintenance_log (assigned_to_id)`,
    `create index ix_maintenance_log_asset_id on public.maintenance_log (asset_id)`,
    `create index ix_maintenance_log_peripheral_id on public.maintenance_log (peripheral_id)`,
    `create table public.maintenance_log_tags (
  maintenance_log_id integer not null references public.maintenance_log (id),
  tag_id integer not null references public.tag (id),
  primary key (maintenance_log_id, tag_id)
)`,
    `create index ix_maintenance_log_tags_tag_id on public.maintenance_log_tags (tag_id)`,

    `create table public.bcdr_plan (
  id serial primary key,
  name varchar(255) not null,
  description text,
  created_at timestamp
)`,
    `create table public.bcdr_test_log (
  id serial primary key,
  plan_id integer not null references public.bcdr_plan (id),
  test_date date not null,
  status varchar(50) not null,
  notes text,
  assignee_id integer references public."user" (id)
)`,
    `create index ix_bcdr_test_log_plan_id on public.bcdr_test_log (plan_id)`,
    `create index ix_bcdr_test_log_assignee_id on public.bcdr_test_log (assignee_id)`,

    `create table public.onboarding_pack (
  id serial primary key,
  name varchar(100) not null unique,
  description text,
  is_active boolean
)`,
    `create table public.onboarding_process (
  id serial primary key,
  external_ref varchar(255),
  new_hire_name varchar(100) not null,
  user_id integer references public."user" (id),
  target_email varchar(120),
  personal_email varchar(120),
  start_date date not null,
  status varchar(50),
  pack_id integer references public.onboarding_pack (id),
  created_at timestamp,
  assigned_manager_id integer references public."user" (id),
  assigned_buddy_id integer references public."user" (id),
  notes text
)`,
    `create unique index ix_onboarding_process_external_ref on public.onboarding_process (external_ref)`,
    `create index ix_onboarding_process_user_id on public.onboarding_process (user_id)`,
    `create index ix_onboarding_process_pack_id on public.onboarding_process (pack_id)`,
    `create index ix_onboarding_process_assigned_manager_id on public.onboarding_process (assigned_manager_id)`,
    `create index ix_onboarding_process_assigned_buddy_id on public.onboarding_process (assigned_buddy_id)`,
    `create table public.offboarding_process (
  id serial primary key,
  user_id integer not null references public."user" (id),
  manager_id integer references public."user" (id),
  departure_date date not null,
  status varchar(50),
  notes text,
  created_at timestamp
)`,
    `create index ix_offboarding_process_user_id on public.offboarding_process (user_id)`,
    `create index ix_offboarding_process_manager_id on public.offboarding_process (manager_id)`,

    `create table public.security_assessment (
  id serial primary key,
  assessment_date date not null,
  status varchar(50),
  notes text,
  supplier_id integer not null references public.supplier (id)
)`,
    `create index ix_security_assessment_supplier_id on public.security_assessment (supplier_id)`,
    `create table public.risk_assessment (
  id serial primary key,
  name varchar(255) not null,
  status varchar(50),
  created_at timestamp,
  locked_at timestamp,
  total_residual_risk integer
)`,

    `create table public.uar_comparison (
  id serial primary key,
  name varchar(200) not null,
  description text,
  source_a_type varchar(50) not null,
  source_a_config json,
  source_b_type varchar(50) not null,
  source_b_config json,
  key_field_a varchar(50) not null,
  key_field_b varchar(50) not null,
  field_mappings json,
  schedule_type varchar(20),
  schedule_config json,
  last_run_at timestamp,
  next_run_at timestamp,
  alert_on_left_only boolean,
  alert_on_right_only boolean,
  alert_on_mismatches boolean,
  min_findings_threshold integer,
  notification_channels json,
  notification_recipients json,
  auto_create_incidents boolean,
  auto_incident_severity varchar(10),
  is_enabled boolean,
  is_archived boolean,
  enable_ai_analysis boolean,
  ai_task_id integer,
  created_at timestamp,
  updated_at timestamp
)`,
    `create table public.uar_execution (
  id serial primary key,
  comparison_id integer not null references public.uar_comparison (id),
  status varchar(20),
  started_at timestamp,
  completed_at timestamp,
  source_a_snapshot json,
  source_b_snapshot json,
  findings_count integer,
  left_only_count integer,
  right_only_count integer,
  mismatch_count integer,
  alerts_sent boolean,
  alerts_sent_at timestamp,
  incidents_created integer,
  error_message text,
  enterprise_report_id integer
)`,
    `create index ix_uar_execution_comparison_id on public.uar_execution (comparison_id)`,

    `create table public.email_template (
  id serial primary key,
  name varchar(100) not null unique,
  subject varchar(255) not null,
  body_html text not null,
  category varchar(50),
  is_active boolean,
  is_system boolean,
  created_at timestamp,
  updated_at timestamp
)`,
    `create table public.event_rule (
  id serial primary key,
  name varchar(100) not null,
  description text,
  enabled boolean not null default true,
  entity_type varchar(100) not null,
  action varchar(10) not null default 'any',
  recipient_mode varchar(20) not null default 'admins',
  recipient_emails text,
  recipient_role varchar(50),
  template_id integer references public.email_template (id),
  channels json,
  slack_target_channel varchar(50),
  webhook_url varchar(500),
  discord_webhook_url varchar(500),
  created_at timestamp,
  updated_at timestamp,
  slack_webhook_url varchar(500),
  advanced_conditions_enabled boolean not null default false,
  condition_attribute varchar(100),
  condition_operator varchar(20),
  condition_value varchar(255)
)`,
    `create index ix_event_rule_entity_type on public.event_rule (entity_type)`,
    `create index ix_event_rule_template_id on public.event_rule (template_id)`,
    `create table public.audit_log (
  id serial primary key,
  "timestamp" timestamp not null,
  user_id integer references public."user" (id),
  user_email varchar(255),
  ip_address varchar(45),
  action varchar(10) not null,
  entity_type varchar(100) not null,
  entity_id integer,
  entity_repr varchar(255),
  changes text,
  event_processed boolean not null default false
)`,
    `create index ix_audit_log_timestamp on public.audit_log ("timestamp")`,
    `create index ix_audit_log_user_id on public.audit_log (user_id)`,
    `create index ix_audit_log_action on public.audit_log (action)`,
    `create index ix_audit_log_entity_type on public.audit_log (entity_type)`,
    `create index ix_audit_log_entity_id on public.audit_log (entity_id)`,
    `create index ix_audit_log_unprocessed on public.audit_log (id) where event_processed = false`,
    `create table public.scheduled_communication (
  id serial primary key,
  template_id integer references public.email_template (id),
  status varchar(20),
  scheduled_date date not null,
  sent_at timestamp,
  target_type varchar(50) not null,
  target_id integer not null,
  recipient_email varchar(120),
  recipient_type varchar(50),
  recipient_name varchar(100),
  recipient_user_id integer references public."user" (id),
  channel varchar(20) not null,
  slack_target_channel varchar(50),
  error_message text,
  retry_count integer,
  next_retry_at timestamp,
  created_at timestamp,
  event_rule_id integer constraint fk_scheduled_comm_event_rule references public.event_rule (id),
  audit_log_id integer constraint fk_scheduled_comm_audit_log references public.audit_log (id)
)`,
    `create index ix_scheduled_communication_template_id on public.scheduled_communication (template_id)`,
    `create index ix_scheduled_communication_recipient_user_id
  on public.scheduled_communication (recipient_user_id)`,
    `create index ix_scheduled_communication_event_rule_id on public.scheduled_communication (event_rule_id)`,
    `create index ix_scheduled_communication_audit_log_id on public.scheduled_communication (audit_log_id)`,
    `create index idx_scheduled_comm_status_date on public.scheduled_communication (status, scheduled_date)`,
    `create index idx_scheduled_comm_target on public.scheduled_communication (target_type, target_id)`,
    `create table public.notification_event (
  id serial primary key,
  event_code varchar(50) not null unique,
  name varchar(100) not null,
  description text,
  template_id integer references public.email_template (id),
  enabled boolean not null,
  days_offset integer,
  channels json,
  slack_target_channel varchar(50),
  webhook_url varchar(500),
  created_at timestamp,
  updated_at timestamp,
  discord_webhook_url varchar(500)
)`,
    `create index ix_notification_event_template_id on public.notification_event (template_id)`,
    `create table public.notification_setting (
  id serial primary key,
  email_enabled boolean,
  email_recipient varchar(120),
  webhook_enabled boolean,
  webhook_url varchar(255),
  notify_days_before varchar(100)
)`,
  ],
};
