-- OpsDeck's tables as a database at revision 009 (version 0.6.10) has them: types, defaults, keys, and the names of constraints
-- and indexes. Written from facts read off a real database's catalogue. The tables that the jobs read or write, all that have a date
-- which somebody must not miss, and what their foreign keys lead to; the other tables of OpsDeck are not here.

create table public.activity_execution (
  id serial primary key,
  activity_id integer not null,
  executor_id integer not null,
  execution_date date not null,
  status varchar(50) not null,
  outcome_notes text,
  created_at timestamp
);
create table public.activity_participants (
  activity_id integer not null,
  user_id integer not null,
  primary key (activity_id, user_id)
);
create table public.alembic_version (
  version_num varchar(32) constraint alembic_version_pkc primary key
);
create table public.asset (
  id serial primary key,
  name varchar(100) not null,
  serial_number varchar(100) unique,
  status varchar(50) not null,
  internal_id varchar(100) unique,
  comments text,
  purchase_date date,
  cost double precision,
  currency varchar(3),
  warranty_length integer,
  is_archived boolean not null,
  is_critical boolean not null,
  is_virtual boolean not null,
  user_id integer,
  location_id integer,
  supplier_id integer,
  purchase_id integer,
  created_at timestamp,
  brand_id integer,
  model_id integer
);
create index ix_asset_brand_id on public.asset (brand_id);
create index ix_asset_is_archived on public.asset (is_archived);
create index ix_asset_location_id on public.asset (location_id);
create index ix_asset_model_id on public.asset (model_id);
create index ix_asset_purchase_id on public.asset (purchase_id);
create index ix_asset_status on public.asset (status);
create index ix_asset_supplier_id on public.asset (supplier_id);
create index ix_asset_user_id on public.asset (user_id);
create table public.asset_model (
  id serial primary key,
  name varchar(100) not null,
  brand_id integer not null,
  notes text,
  created_at timestamp,
  constraint uq_asset_model_brand_name unique (brand_id, name)
);
create index ix_asset_model_brand_id on public.asset_model (brand_id);
create table public.attachment (
  id serial primary key,
  filename varchar(255) not null,
  secure_filename varchar(255) not null unique,
  created_at timestamp,
  linkable_id integer not null,
  linkable_type varchar(50) not null
);
create index idx_attachment_linkable on public.attachment (linkable_id, linkable_type);
create table public.audit_control_item (
  id serial primary key,
  audit_id integer not null,
  original_control_id integer,
  control_code varchar(100) not null,
  control_title varchar(512) not null,
  control_description text,
  is_applicable boolean not null,
  justification text,
  internal_comments text,
  auditor_findings text,
  status varchar(50) not null
);
create table public.audit_control_link (
  id serial primary key,
  audit_item_id integer not null,
  linkable_type varchar(50) not null,
  linkable_id integer not null,
  description text,
  is_automated boolean not null
);
create table public.audit_evidence (
  audit_id integer primary key,
  onboarding_id integer,
  offboarding_id integer
);
create table public.audit_log (
  id serial primary key,
  timestamp timestamp not null,
  user_id integer,
  user_email varchar(255),
  ip_address varchar(45),
  action varchar(10) not null,
  entity_type varchar(100) not null,
  entity_id integer,
  entity_repr varchar(255),
  changes text
);
create index ix_audit_log_action on public.audit_log (action);
create index ix_audit_log_entity_id on public.audit_log (entity_id);
create index ix_audit_log_entity_type on public.audit_log (entity_type);
create index ix_audit_log_timestamp on public.audit_log ("timestamp");
create index ix_audit_log_user_id on public.audit_log (user_id);
create table public.audit_participants (
  audit_id integer not null,
  user_id integer not null,
  primary key (audit_id, user_id)
);
create table public.bcdr_plan (
  id serial primary key,
  name varchar(255) not null,
  description text,
  created_at timestamp
);
create table public.bcdr_test_log (
  id serial primary key,
  plan_id integer not null,
  test_date date not null,
  status varchar(50) not null,
  notes text,
  assignee_id integer
);
create table public.brand (
  id serial primary key,
  name varchar(100) not null,
  website varchar(255),
  notes text,
  created_at timestamp,
  constraint uq_brand_name unique (name)
);
create table public.budget (
  id serial primary key,
  name varchar(100) not null,
  category varchar(100),
  amount double precision not null,
  currency varchar(3),
  period varchar(50) not null,
  valid_from date not null,
  valid_until date not null,
  created_at timestamp,
  is_archived boolean not null
);
create table public.business_service (
  id serial primary key,
  name varchar(255) not null,
  description text,
  category varchar(50),
  owner_id integer,
  criticality varchar(50),
  status varchar(50),
  legacy_cost_center varchar(100),
  cost_center_id integer,
  sla_response_hours integer,
  sla_resolution_hours integer,
  created_at timestamp,
  updated_at timestamp
);
create table public.campaign (
  id serial primary key,
  title varchar(200) not null,
  subject varchar(255) not null,
  body_html text not null,
  status varchar(20),
  scheduled_at timestamp,
  created_by_id integer,
  send_to_all boolean,
  created_at timestamp,
  processed_at timestamp
);
create table public.campaign_groups (
  campaign_id integer not null,
  group_id integer not null,
  primary key (campaign_id, group_id)
);
create table public.campaign_tags (
  campaign_id integer not null,
  tag_id integer not null,
  primary key (campaign_id, tag_id)
);
create table public.campaign_users (
  campaign_id integer not null,
  user_id integer not null,
  primary key (campaign_id, user_id)
);
create table public.candidate (
  id serial primary key,
  name varchar(100) not null,
  email varchar(120) not null,
  phone varchar(50),
  position varchar(100),
  expected_salary double precision,
  currency varchar(3),
  stage_id integer not null,
  resume_link varchar(255),
  notes text,
  created_at timestamp,
  updated_at timestamp,
  is_archived boolean
);
create table public.catalog_risk (
  id serial primary key,
  catalog_id integer not null,
  name varchar(255) not null,
  description text,
  threat_type_id integer,
  suggested_impact integer,
  suggested_likelihood integer
);
create table public.certificate_versions (
  id serial primary key,
  certificate_id integer not null,
  version_notes varchar(255),
  valid_from date,
  expires_at date not null,
  issuer varchar(100),
  common_name varchar(255),
  serial_number varchar(100),
  public_body text,
  private_key_location varchar(255),
  is_active boolean,
  created_at timestamp
);
create table public.certificates (
  id serial primary key,
  name varchar(255) not null,
  type varchar(50),
  description text,
  owner_id integer,
  owner_type varchar(50),
  created_at timestamp,
  updated_at timestamp
);
create table public.change (
  id serial primary key,
  external_ref varchar(255),
  title varchar(200) not null,
  change_type varchar(50),
  priority varchar(50),
  risk_impact varchar(50),
  status varchar(50),
  requires_approval boolean,
  description text,
  implementation_plan text,
  rollback_plan text,
  test_plan text,
  created_at timestamp,
  scheduled_start timestamp,
  scheduled_end timestamp,
  estimated_duration integer,
  executed_at timestamp,
  closed_at timestamp,
  requester_id integer not null,
  assignee_id integer,
  approved_by_id integer,
  approved_at timestamp,
  service_id integer,
  asset_id integer,
  software_id integer,
  configuration_id integer,
  configuration_version_id integer
);
create index ix_change_approved_by_id on public.change (approved_by_id);
create index ix_change_asset_id on public.change (asset_id);
create index ix_change_assignee_id on public.change (assignee_id);
create index ix_change_configuration_id on public.change (configuration_id);
create index ix_change_configuration_version_id on public.change (configuration_version_id);
create unique index ix_change_external_ref on public.change (external_ref);
create index ix_change_requester_id on public.change (requester_id);
create index ix_change_service_id on public.change (service_id);
create index ix_change_software_id on public.change (software_id);
create index ix_change_status on public.change (status);
create table public.compliance_audit (
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
  framework_id integer,
  auditor_id integer,
  internal_lead_id integer
);
create table public.compliance_link (
  id serial primary key,
  framework_control_id integer not null,
  linkable_id integer not null,
  linkable_type varchar(50) not null,
  description text not null
);
create index ix_compliance_link_linkable_id on public.compliance_link (linkable_id);
create index ix_compliance_link_linkable_type on public.compliance_link (linkable_type);
create table public.compliance_rule (
  id serial primary key,
  framework_control_id integer not null,
  name varchar(150) not null,
  description text,
  target_model varchar(50) not null,
  criteria text not null,
  frequency_days integer not null,
  grace_period_days integer not null,
  enabled boolean,
  created_at timestamp,
  updated_at timestamp
);
create table public.configuration (
  id serial primary key,
  name varchar(255) not null,
  description text,
  owner_id integer,
  owner_type varchar(50),
  service_id integer,
  software_id integer,
  license_id integer,
  asset_id integer
);
create table public.configuration_version (
  id serial primary key,
  configuration_id integer not null,
  version_number integer not null,
  data json not null,
  created_at timestamp,
  created_by_id integer,
  commit_message varchar(255)
);
create table public.contact (
  id serial primary key,
  name varchar(100) not null,
  email varchar(100),
  phone varchar(20),
  role varchar(50),
  supplier_id integer not null,
  created_at timestamp,
  is_archived boolean not null
);
create table public.contract (
  id serial primary key,
  name varchar(200) not null,
  status varchar(50),
  contract_type varchar(100),
  supplier_id integer not null,
  contact_email varchar(120),
  cost double precision,
  currency varchar(3),
  payment_frequency varchar(50),
  start_date date not null,
  end_date date not null,
  notice_period_days integer,
  is_auto_renew boolean,
  renewal_notes text,
  description text,
  created_at timestamp
);
create table public.contract_item (
  id serial primary key,
  contract_id integer not null,
  item_id integer not null,
  item_type varchar(50) not null,
  created_at timestamp
);
create table public.cost_center (
  id serial primary key,
  code varchar(50) not null,
  name varchar(200) not null,
  description text,
  created_at timestamp,
  updated_at timestamp
);
create unique index ix_cost_center_code on public.cost_center (code);
create table public.course (
  id serial primary key,
  title varchar(200) not null,
  description text,
  link varchar(512),
  completion_days integer,
  created_at timestamp
);
create table public.course_assignment (
  id serial primary key,
  assigned_date date not null,
  due_date date not null,
  course_id integer not null,
  user_id integer not null
);
create table public.course_completion (
  id serial primary key,
  completion_date date not null,
  notes text,
  assignment_id integer not null
);
create table public.credential_secrets (
  id serial primary key,
  credential_id integer not null,
  masked_value varchar(255) not null,
  created_at timestamp not null,
  expires_at timestamp,
  is_active boolean not null
);
create index idx_secret_credential on public.credential_secrets (credential_id, is_active);
create index idx_secret_expiry on public.credential_secrets (expires_at, is_active);
create table public.credentials (
  id serial primary key,
  name varchar(200) not null,
  type varchar(50) not null,
  break_glass boolean not null,
  description text,
  owner_id integer not null,
  owner_type varchar(50) not null,
  software_id integer,
  license_id integer,
  asset_id integer,
  created_at timestamp not null,
  updated_at timestamp not null
);
create index idx_credential_owner on public.credentials (owner_type, owner_id);
create index idx_credential_software on public.credentials (software_id);
create table public.custom_field_definition (
  id serial primary key,
  entity_type varchar(50) not null,
  label varchar(100) not null,
  name varchar(100) not null,
  field_type varchar(20) not null,
  is_required boolean,
  constraint uq_entity_field_name unique (entity_type, name)
);
create table public.custom_field_value (
  id serial primary key,
  field_definition_id integer not null,
  linkable_id integer not null,
  linkable_type varchar(50) not null,
  value text
);
create index idx_custom_value_linkable on public.custom_field_value (linkable_type, linkable_id);
create table public.disposal_record (
  id serial primary key,
  disposal_date date not null,
  disposal_method varchar(100) not null,
  disposal_partner varchar(255),
  notes text,
  asset_id integer unique,
  peripheral_id integer unique
);
create table public.email_template (
  id serial primary key,
  name varchar(100) not null unique,
  subject varchar(255) not null,
  body_html text not null,
  category varchar(50),
  is_active boolean,
  is_system boolean,
  created_at timestamp,
  updated_at timestamp
);
create table public.exchange_rate (
  id serial primary key,
  currency_code varchar(3) not null,
  rate double precision not null,
  fetched_at timestamp
);
create index idx_exchange_rate_currency_date on public.exchange_rate (currency_code, fetched_at);
create index ix_exchange_rate_currency_code on public.exchange_rate (currency_code);
create index ix_exchange_rate_fetched_at on public.exchange_rate (fetched_at);
create table public.finance_settings (
  id serial primary key,
  api_provider varchar(50),
  api_endpoint varchar(255),
  api_key varchar(255),
  base_currency varchar(3),
  last_sync_at timestamp,
  created_at timestamp,
  updated_at timestamp
);
create table public.framework (
  id serial primary key,
  name varchar(255) not null unique,
  description text,
  link varchar(1024),
  is_custom boolean not null,
  is_active boolean not null
);
create index ix_framework_is_active on public.framework (is_active);
create table public.framework_control (
  id serial primary key,
  framework_id integer not null,
  control_id varchar(100) not null,
  name varchar(512) not null,
  description text,
  is_applicable boolean not null,
  soa_justification text
);
create table public."group" (
  id serial primary key,
  name varchar(100) not null unique,
  description text
);
create table public.hiring_stage (
  id serial primary key,
  name varchar(100) not null,
  "order" integer,
  is_hired_stage boolean
);
create table public.lead (
  id serial primary key,
  name varchar(255) not null,
  company_name varchar(255) not null,
  requirement_type varchar(50),
  priority varchar(20),
  status varchar(50),
  description text,
  estimated_budget double precision,
  currency varchar(3),
  needed_by date,
  contact_name varchar(255),
  email varchar(120),
  phone varchar(50),
  created_at timestamp,
  created_by_id integer,
  is_archived boolean not null
);
create table public.license (
  id serial primary key,
  name varchar(200) not null,
  license_key text,
  cost double precision,
  currency varchar(3),
  purchase_date date,
  expiry_date date,
  user_id integer,
  purchase_id integer,
  budget_id integer,
  subscription_id integer,
  software_id integer,
  is_archived boolean not null,
  created_at timestamp
);
create index ix_license_budget_id on public.license (budget_id);
create index ix_license_is_archived on public.license (is_archived);
create index ix_license_purchase_id on public.license (purchase_id);
create index ix_license_software_id on public.license (software_id);
create index ix_license_subscription_id on public.license (subscription_id);
create index ix_license_user_id on public.license (user_id);
create table public.location (
  id serial primary key,
  name varchar(100) not null unique,
  created_at timestamp,
  is_archived boolean not null,
  address varchar(255),
  city varchar(100),
  zip_code varchar(20),
  country varchar(100),
  timezone varchar(50),
  tax_id_override varchar(50),
  phone varchar(50),
  reception_email varchar(120)
);
create index ix_location_is_archived on public.location (is_archived);
create table public.maintenance_log (
  id serial primary key,
  event_type varchar(100) not null,
  description text not null,
  status varchar(50) not null,
  event_date date not null,
  ticket_link varchar(512),
  notes text,
  created_at timestamp not null,
  updated_at timestamp not null,
  assigned_to_id integer,
  asset_id integer,
  peripheral_id integer
);
create table public.maintenance_log_tags (
  maintenance_log_id integer not null,
  tag_id integer not null,
  primary key (maintenance_log_id, tag_id)
);
create table public.notification_event (
  id serial primary key,
  event_code varchar(50) not null unique,
  name varchar(100) not null,
  description text,
  template_id integer,
  enabled boolean not null,
  days_offset integer,
  channels json,
  slack_target_channel varchar(50),
  webhook_url varchar(500),
  created_at timestamp,
  updated_at timestamp
);
create table public.notification_setting (
  id serial primary key,
  email_enabled boolean,
  email_recipient varchar(120),
  webhook_enabled boolean,
  webhook_url varchar(255),
  notify_days_before varchar(100)
);
create table public.offboarding_process (
  id serial primary key,
  user_id integer not null,
  manager_id integer,
  departure_date date not null,
  status varchar(50),
  notes text,
  created_at timestamp
);
create table public.onboarding_pack (
  id serial primary key,
  name varchar(100) not null unique,
  description text,
  is_active boolean
);
create table public.onboarding_process (
  id serial primary key,
  external_ref varchar(255),
  new_hire_name varchar(100) not null,
  user_id integer,
  target_email varchar(120),
  personal_email varchar(120),
  start_date date not null,
  status varchar(50),
  pack_id integer,
  created_at timestamp,
  assigned_manager_id integer,
  assigned_buddy_id integer,
  notes text
);
create unique index ix_onboarding_process_external_ref on public.onboarding_process (external_ref);
create table public.opportunity (
  id serial primary key,
  name varchar(200) not null,
  status varchar(50),
  potential_value double precision,
  currency varchar(3),
  estimated_close_date date,
  notes text,
  created_at timestamp,
  supplier_id integer,
  primary_contact_id integer,
  requirement_id integer,
  risk_id integer,
  budget_id integer
);
create table public.opportunity_task (
  id serial primary key,
  opportunity_id integer not null,
  description varchar(500) not null,
  is_completed boolean not null,
  due_date date,
  created_at timestamp,
  completed_at timestamp,
  is_hidden boolean not null
);
create table public.organization_settings (
  id serial primary key,
  legal_name varchar(255),
  tax_id varchar(50),
  primary_domain varchar(255),
  logo_filename varchar(255),
  email_domains varchar(500),
  updated_at timestamp
);
create table public.pack_communication (
  id serial primary key,
  pack_id integer not null,
  template_id integer not null,
  offset_days integer,
  recipient_type varchar(50),
  is_active boolean,
  created_at timestamp
);
create table public.payment_method (
  id serial primary key,
  name varchar(100) not null,
  method_type varchar(50) not null,
  details varchar(100),
  expiry_date date,
  user_id integer,
  created_at timestamp,
  is_archived boolean not null
);
create table public.peripheral (
  id serial primary key,
  name varchar(100) not null,
  type varchar(50),
  serial_number varchar(100) unique,
  status varchar(50) not null,
  is_archived boolean not null,
  purchase_date date,
  warranty_length integer,
  cost double precision,
  currency varchar(3),
  user_id integer,
  asset_id integer,
  location_id integer,
  purchase_id integer,
  supplier_id integer,
  created_at timestamp,
  brand_id integer,
  model_id integer
);
create index ix_peripheral_asset_id on public.peripheral (asset_id);
create index ix_peripheral_brand_id on public.peripheral (brand_id);
create index ix_peripheral_is_archived on public.peripheral (is_archived);
create index ix_peripheral_location_id on public.peripheral (location_id);
create index ix_peripheral_model_id on public.peripheral (model_id);
create index ix_peripheral_purchase_id on public.peripheral (purchase_id);
create index ix_peripheral_status on public.peripheral (status);
create index ix_peripheral_supplier_id on public.peripheral (supplier_id);
create index ix_peripheral_user_id on public.peripheral (user_id);
create table public.policy (
  id serial primary key,
  title varchar(255) not null,
  category varchar(100),
  description text,
  link varchar(512),
  created_at timestamp
);
create table public.policy_acknowledgement (
  id serial primary key,
  policy_version_id integer not null,
  user_id integer not null,
  acknowledged_at timestamp
);
create table public.policy_version (
  id serial primary key,
  version_number varchar(50) not null,
  status varchar(50),
  content text,
  effective_date date not null,
  end_date date,
  policy_id integer not null
);
create table public.policy_version_groups (
  policy_version_id integer not null,
  group_id integer not null,
  primary key (policy_version_id, group_id)
);
create table public.policy_version_users (
  policy_version_id integer not null,
  user_id integer not null,
  primary key (policy_version_id, user_id)
);
create table public.purchase (
  id serial primary key,
  internal_id varchar(100) unique,
  description varchar(255) not null,
  invoice_number varchar(100),
  purchase_date date not null,
  comments text,
  supplier_id integer,
  payment_method_id integer,
  budget_id integer,
  created_at timestamp,
  is_archived boolean not null,
  validated_cost double precision,
  cost_validated_at timestamp,
  cost_validated_by_id integer
);
create index ix_purchase_budget_id on public.purchase (budget_id);
create index ix_purchase_cost_validated_by_id on public.purchase (cost_validated_by_id);
create index ix_purchase_is_archived on public.purchase (is_archived);
create index ix_purchase_payment_method_id on public.purchase (payment_method_id);
create index ix_purchase_supplier_id on public.purchase (supplier_id);
create table public.risk (
  id serial primary key,
  risk_description text not null,
  extended_description text,
  threat_type_id integer,
  source_catalog_risk_id integer,
  owner_id integer,
  status varchar(50),
  treatment_strategy varchar(50),
  next_review_date date,
  inherent_impact integer,
  inherent_likelihood integer,
  residual_impact integer,
  residual_likelihood integer,
  mitigation_plan text,
  created_at timestamp,
  link varchar(512)
);
create index ix_risk_owner_id on public.risk (owner_id);
create index ix_risk_status on public.risk (status);
create table public.risk_assessment (
  id serial primary key,
  name varchar(255) not null,
  status varchar(50),
  created_at timestamp,
  locked_at timestamp,
  total_residual_risk integer
);
create table public.risk_catalog (
  id serial primary key,
  name varchar(255) not null,
  version varchar(50),
  description text,
  is_custom boolean
);
create table public.scheduled_communication (
  id serial primary key,
  template_id integer,
  status varchar(20),
  scheduled_date date not null,
  sent_at timestamp,
  target_type varchar(50) not null,
  target_id integer not null,
  recipient_email varchar(120),
  recipient_type varchar(50),
  recipient_name varchar(100),
  recipient_user_id integer,
  channel varchar(20) not null,
  slack_target_channel varchar(50),
  error_message text,
  retry_count integer,
  next_retry_at timestamp,
  created_at timestamp
);
create index idx_scheduled_comm_status_date on public.scheduled_communication (status, scheduled_date);
create index idx_scheduled_comm_target on public.scheduled_communication (target_type, target_id);
create table public.security_activity (
  id serial primary key,
  name varchar(255) not null,
  description text,
  frequency varchar(50),
  created_at timestamp,
  owner_id integer,
  owner_type varchar(50)
);
create table public.security_assessment (
  id serial primary key,
  assessment_date date not null,
  status varchar(50),
  notes text,
  supplier_id integer not null
);
create table public.security_incident (
  id serial primary key,
  external_ref varchar(255),
  title varchar(255) not null,
  description text not null,
  incident_date timestamp,
  status varchar(50),
  severity varchar(50),
  impact varchar(50),
  data_breach boolean,
  third_party_impacted boolean,
  created_at timestamp,
  resolved_at timestamp,
  reported_by_id integer,
  owner_id integer,
  assignee_id integer
);
create index ix_security_incident_assignee_id on public.security_incident (assignee_id);
create unique index ix_security_incident_external_ref on public.security_incident (external_ref);
create index ix_security_incident_owner_id on public.security_incident (owner_id);
create index ix_security_incident_reported_by_id on public.security_incident (reported_by_id);
create index ix_security_incident_status on public.security_incident (status);
create table public.service_certificates (
  service_id integer not null,
  certificate_id integer not null,
  primary key (service_id, certificate_id)
);
create table public.service_component (
  id serial primary key,
  service_id integer not null,
  component_type varchar(50) not null,
  component_id integer not null,
  notes text,
  created_at timestamp
);
create table public.service_credentials (
  service_id integer not null,
  credential_id integer not null,
  primary key (service_id, credential_id)
);
create table public.service_users (
  service_id integer not null,
  user_id integer not null,
  primary key (service_id, user_id)
);
create table public.software (
  id serial primary key,
  name varchar(200) not null unique,
  category varchar(100),
  description text,
  owner_id integer,
  owner_type varchar(50),
  supplier_id integer,
  iso_27001_control_references text,
  is_archived boolean not null,
  created_at timestamp
);
create table public.subscription (
  id serial primary key,
  name varchar(100) not null,
  subscription_type varchar(50) not null,
  description text,
  renewal_date date not null,
  renewal_period_type varchar(20) not null,
  renewal_period_value integer,
  monthly_renewal_day varchar(10),
  auto_renew boolean,
  cost double precision not null,
  currency varchar(3),
  pricing_model varchar(20),
  cost_per_user double precision,
  user_id integer,
  supplier_id integer,
  software_id integer,
  budget_id integer,
  is_archived boolean not null,
  created_at timestamp,
  updated_at timestamp
);
create index ix_subscription_budget_id on public.subscription (budget_id);
create index ix_subscription_is_archived on public.subscription (is_archived);
create index ix_subscription_software_id on public.subscription (software_id);
create index ix_subscription_supplier_id on public.subscription (supplier_id);
create index ix_subscription_user_id on public.subscription (user_id);
create table public.subscription_users (
  subscription_id integer not null,
  user_id integer not null,
  primary key (subscription_id, user_id)
);
create table public.supplier (
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
);
create index ix_supplier_is_archived on public.supplier (is_archived);
create table public.tag (
  id serial primary key,
  name varchar(50) not null unique,
  is_archived boolean not null
);
create table public.threat_type (
  id serial primary key,
  name varchar(100) not null unique,
  category varchar(50),
  description text
);
create table public.uar_comparison (
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
);
create table public.uar_execution (
  id serial primary key,
  comparison_id integer not null,
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
);
create table public.uar_finding (
  id serial primary key,
  execution_id integer not null,
  finding_type varchar(20) not null,
  severity varchar(10),
  key_value varchar(255),
  description text,
  raw_data_a json,
  raw_data_b json,
  differences json,
  affected_entity_type varchar(50),
  affected_entity_id integer,
  status varchar(20),
  assigned_to_id integer,
  resolved_at timestamp,
  resolution_notes text,
  security_incident_id integer,
  created_at timestamp,
  first_seen_at timestamp,
  last_seen_at timestamp
);
create table public."user" (
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
  manager_id integer,
  buddy_id integer
);
create unique index ix_user_api_token on public."user" (api_token);
create index ix_user_buddy_id on public."user" (buddy_id);
create index ix_user_hide_from_org_chart on public."user" (hide_from_org_chart);
create index ix_user_is_archived on public."user" (is_archived);
create index ix_user_manager_id on public."user" (manager_id);
create table public.user_groups (
  user_id integer not null,
  group_id integer not null,
  primary key (user_id, group_id)
);

alter table public.activity_execution add constraint activity_execution_activity_id_fkey foreign key (activity_id) references public.security_activity (id);
alter table public.activity_execution add constraint activity_execution_executor_id_fkey foreign key (executor_id) references public."user" (id);
alter table public.activity_participants add constraint activity_participants_activity_id_fkey foreign key (activity_id) references public.security_activity (id);
alter table public.activity_participants add constraint activity_participants_user_id_fkey foreign key (user_id) references public."user" (id);
alter table public.asset add constraint asset_location_id_fkey foreign key (location_id) references public.location (id);
alter table public.asset add constraint asset_purchase_id_fkey foreign key (purchase_id) references public.purchase (id);
alter table public.asset add constraint asset_supplier_id_fkey foreign key (supplier_id) references public.supplier (id);
alter table public.asset add constraint asset_user_id_fkey foreign key (user_id) references public."user" (id);
alter table public.asset add constraint fk_asset_brand_id foreign key (brand_id) references public.brand (id);
alter table public.asset add constraint fk_asset_model_id foreign key (model_id) references public.asset_model (id);
alter table public.asset_model add constraint fk_asset_model_brand_id foreign key (brand_id) references public.brand (id);
alter table public.audit_control_item add constraint audit_control_item_audit_id_fkey foreign key (audit_id) references public.compliance_audit (id);
alter table public.audit_control_item add constraint audit_control_item_original_control_id_fkey foreign key (original_control_id) references public.framework_control (id);
alter table public.audit_control_link add constraint audit_control_link_audit_item_id_fkey foreign key (audit_item_id) references public.audit_control_item (id);
alter table public.audit_evidence add constraint audit_evidence_audit_id_fkey foreign key (audit_id) references public.compliance_audit (id);
alter table public.audit_evidence add constraint audit_evidence_offboarding_id_fkey foreign key (offboarding_id) references public.offboarding_process (id);
alter table public.audit_evidence add constraint audit_evidence_onboarding_id_fkey foreign key (onboarding_id) references public.onboarding_process (id);
alter table public.audit_log add constraint audit_log_user_id_fkey foreign key (user_id) references public."user" (id);
alter table public.audit_participants add constraint audit_participants_audit_id_fkey foreign key (audit_id) references public.compliance_audit (id);
alter table public.audit_participants add constraint audit_participants_user_id_fkey foreign key (user_id) references public."user" (id);
alter table public.bcdr_test_log add constraint bcdr_test_log_assignee_id_fkey foreign key (assignee_id) references public."user" (id);
alter table public.bcdr_test_log add constraint bcdr_test_log_plan_id_fkey foreign key (plan_id) references public.bcdr_plan (id);
alter table public.business_service add constraint business_service_cost_center_id_fkey foreign key (cost_center_id) references public.cost_center (id);
alter table public.business_service add constraint business_service_owner_id_fkey foreign key (owner_id) references public."user" (id);
alter table public.campaign add constraint campaign_created_by_id_fkey foreign key (created_by_id) references public."user" (id);
alter table public.campaign_groups add constraint campaign_groups_campaign_id_fkey foreign key (campaign_id) references public.campaign (id);
alter table public.campaign_groups add constraint campaign_groups_group_id_fkey foreign key (group_id) references public."group" (id);
alter table public.campaign_tags add constraint campaign_tags_campaign_id_fkey foreign key (campaign_id) references public.campaign (id);
alter table public.campaign_tags add constraint campaign_tags_tag_id_fkey foreign key (tag_id) references public.tag (id);
alter table public.campaign_users add constraint campaign_users_campaign_id_fkey foreign key (campaign_id) references public.campaign (id);
alter table public.campaign_users add constraint campaign_users_user_id_fkey foreign key (user_id) references public."user" (id);
alter table public.candidate add constraint candidate_stage_id_fkey foreign key (stage_id) references public.hiring_stage (id);
alter table public.catalog_risk add constraint catalog_risk_catalog_id_fkey foreign key (catalog_id) references public.risk_catalog (id);
alter table public.catalog_risk add constraint catalog_risk_threat_type_id_fkey foreign key (threat_type_id) references public.threat_type (id);
alter table public.certificate_versions add constraint certificate_versions_certificate_id_fkey foreign key (certificate_id) references public.certificates (id);
alter table public.change add constraint change_approved_by_id_fkey foreign key (approved_by_id) references public."user" (id);
alter table public.change add constraint change_asset_id_fkey foreign key (asset_id) references public.asset (id);
alter table public.change add constraint change_assignee_id_fkey foreign key (assignee_id) references public."user" (id);
alter table public.change add constraint change_configuration_id_fkey foreign key (configuration_id) references public.configuration (id);
alter table public.change add constraint change_configuration_version_id_fkey foreign key (configuration_version_id) references public.configuration_version (id);
alter table public.change add constraint change_requester_id_fkey foreign key (requester_id) references public."user" (id);
alter table public.change add constraint change_service_id_fkey foreign key (service_id) references public.business_service (id);
alter table public.change add constraint change_software_id_fkey foreign key (software_id) references public.software (id);
alter table public.compliance_audit add constraint compliance_audit_auditor_id_fkey foreign key (auditor_id) references public.contact (id);
alter table public.compliance_audit add constraint compliance_audit_framework_id_fkey foreign key (framework_id) references public.framework (id);
alter table public.compliance_audit add constraint compliance_audit_internal_lead_id_fkey foreign key (internal_lead_id) references public."user" (id);
alter table public.compliance_link add constraint compliance_link_framework_control_id_fkey foreign key (framework_control_id) references public.framework_control (id);
alter table public.compliance_rule add constraint compliance_rule_framework_control_id_fkey foreign key (framework_control_id) references public.framework_control (id);
alter table public.configuration add constraint configuration_asset_id_fkey foreign key (asset_id) references public.asset (id);
alter table public.configuration add constraint configuration_license_id_fkey foreign key (license_id) references public.license (id);
alter table public.configuration add constraint configuration_service_id_fkey foreign key (service_id) references public.business_service (id);
alter table public.configuration add constraint configuration_software_id_fkey foreign key (software_id) references public.software (id);
alter table public.configuration_version add constraint configuration_version_configuration_id_fkey foreign key (configuration_id) references public.configuration (id);
alter table public.configuration_version add constraint configuration_version_created_by_id_fkey foreign key (created_by_id) references public."user" (id);
alter table public.contact add constraint contact_supplier_id_fkey foreign key (supplier_id) references public.supplier (id);
alter table public.contract add constraint contract_supplier_id_fkey foreign key (supplier_id) references public.supplier (id);
alter table public.course_assignment add constraint course_assignment_course_id_fkey foreign key (course_id) references public.course (id);
alter table public.course_assignment add constraint course_assignment_user_id_fkey foreign key (user_id) references public."user" (id);
alter table public.course_completion add constraint course_completion_assignment_id_fkey foreign key (assignment_id) references public.course_assignment (id);
alter table public.credential_secrets add constraint credential_secrets_credential_id_fkey foreign key (credential_id) references public.credentials (id);
alter table public.credentials add constraint credentials_asset_id_fkey foreign key (asset_id) references public.asset (id);
alter table public.credentials add constraint credentials_license_id_fkey foreign key (license_id) references public.license (id);
alter table public.credentials add constraint credentials_software_id_fkey foreign key (software_id) references public.software (id);
alter table public.custom_field_value add constraint custom_field_value_field_definition_id_fkey foreign key (field_definition_id) references public.custom_field_definition (id);
alter table public.disposal_record add constraint disposal_record_asset_id_fkey foreign key (asset_id) references public.asset (id);
alter table public.disposal_record add constraint disposal_record_peripheral_id_fkey foreign key (peripheral_id) references public.peripheral (id);
alter table public.framework_control add constraint framework_control_framework_id_fkey foreign key (framework_id) references public.framework (id);
alter table public.lead add constraint lead_created_by_id_fkey foreign key (created_by_id) references public."user" (id);
alter table public.license add constraint license_budget_id_fkey foreign key (budget_id) references public.budget (id);
alter table public.license add constraint license_purchase_id_fkey foreign key (purchase_id) references public.purchase (id);
alter table public.license add constraint license_software_id_fkey foreign key (software_id) references public.software (id);
alter table public.license add constraint license_subscription_id_fkey foreign key (subscription_id) references public.subscription (id);
alter table public.license add constraint license_user_id_fkey foreign key (user_id) references public."user" (id);
alter table public.maintenance_log add constraint maintenance_log_asset_id_fkey foreign key (asset_id) references public.asset (id);
alter table public.maintenance_log add constraint maintenance_log_assigned_to_id_fkey foreign key (assigned_to_id) references public."user" (id);
alter table public.maintenance_log add constraint maintenance_log_peripheral_id_fkey foreign key (peripheral_id) references public.peripheral (id);
alter table public.maintenance_log_tags add constraint maintenance_log_tags_maintenance_log_id_fkey foreign key (maintenance_log_id) references public.maintenance_log (id);
alter table public.maintenance_log_tags add constraint maintenance_log_tags_tag_id_fkey foreign key (tag_id) references public.tag (id);
alter table public.notification_event add constraint notification_event_template_id_fkey foreign key (template_id) references public.email_template (id);
alter table public.offboarding_process add constraint offboarding_process_manager_id_fkey foreign key (manager_id) references public."user" (id);
alter table public.offboarding_process add constraint offboarding_process_user_id_fkey foreign key (user_id) references public."user" (id);
alter table public.onboarding_process add constraint onboarding_process_assigned_buddy_id_fkey foreign key (assigned_buddy_id) references public."user" (id);
alter table public.onboarding_process add constraint onboarding_process_assigned_manager_id_fkey foreign key (assigned_manager_id) references public."user" (id);
alter table public.onboarding_process add constraint onboarding_process_pack_id_fkey foreign key (pack_id) references public.onboarding_pack (id);
alter table public.onboarding_process add constraint onboarding_process_user_id_fkey foreign key (user_id) references public."user" (id);
alter table public.opportunity add constraint opportunity_budget_id_fkey foreign key (budget_id) references public.budget (id);
alter table public.opportunity add constraint opportunity_primary_contact_id_fkey foreign key (primary_contact_id) references public.contact (id);
alter table public.opportunity add constraint opportunity_requirement_id_fkey foreign key (requirement_id) references public.lead (id);
alter table public.opportunity add constraint opportunity_risk_id_fkey foreign key (risk_id) references public.risk (id);
alter table public.opportunity add constraint opportunity_supplier_id_fkey foreign key (supplier_id) references public.supplier (id);
alter table public.opportunity_task add constraint opportunity_task_opportunity_id_fkey foreign key (opportunity_id) references public.opportunity (id);
alter table public.pack_communication add constraint pack_communication_pack_id_fkey foreign key (pack_id) references public.onboarding_pack (id);
alter table public.pack_communication add constraint pack_communication_template_id_fkey foreign key (template_id) references public.email_template (id);
alter table public.payment_method add constraint payment_method_user_id_fkey foreign key (user_id) references public."user" (id);
alter table public.peripheral add constraint fk_peripheral_brand_id foreign key (brand_id) references public.brand (id);
alter table public.peripheral add constraint fk_peripheral_model_id foreign key (model_id) references public.asset_model (id);
alter table public.peripheral add constraint peripheral_asset_id_fkey foreign key (asset_id) references public.asset (id);
alter table public.peripheral add constraint peripheral_location_id_fkey foreign key (location_id) references public.location (id);
alter table public.peripheral add constraint peripheral_purchase_id_fkey foreign key (purchase_id) references public.purchase (id);
alter table public.peripheral add constraint peripheral_supplier_id_fkey foreign key (supplier_id) references public.supplier (id);
alter table public.peripheral add constraint peripheral_user_id_fkey foreign key (user_id) references public."user" (id);
alter table public.policy_acknowledgement add constraint policy_acknowledgement_policy_version_id_fkey foreign key (policy_version_id) references public.policy_version (id);
alter table public.policy_acknowledgement add constraint policy_acknowledgement_user_id_fkey foreign key (user_id) references public."user" (id);
alter table public.policy_version add constraint policy_version_policy_id_fkey foreign key (policy_id) references public.policy (id);
alter table public.policy_version_groups add constraint policy_version_groups_group_id_fkey foreign key (group_id) references public."group" (id);
alter table public.policy_version_groups add constraint policy_version_groups_policy_version_id_fkey foreign key (policy_version_id) references public.policy_version (id);
alter table public.policy_version_users add constraint policy_version_users_policy_version_id_fkey foreign key (policy_version_id) references public.policy_version (id);
alter table public.policy_version_users add constraint policy_version_users_user_id_fkey foreign key (user_id) references public."user" (id);
alter table public.purchase add constraint purchase_budget_id_fkey foreign key (budget_id) references public.budget (id);
alter table public.purchase add constraint purchase_cost_validated_by_id_fkey foreign key (cost_validated_by_id) references public."user" (id);
alter table public.purchase add constraint purchase_payment_method_id_fkey foreign key (payment_method_id) references public.payment_method (id);
alter table public.purchase add constraint purchase_supplier_id_fkey foreign key (supplier_id) references public.supplier (id);
alter table public.risk add constraint risk_owner_id_fkey foreign key (owner_id) references public."user" (id);
alter table public.risk add constraint risk_source_catalog_risk_id_fkey foreign key (source_catalog_risk_id) references public.catalog_risk (id);
alter table public.risk add constraint risk_threat_type_id_fkey foreign key (threat_type_id) references public.threat_type (id);
alter table public.scheduled_communication add constraint scheduled_communication_recipient_user_id_fkey foreign key (recipient_user_id) references public."user" (id);
alter table public.scheduled_communication add constraint scheduled_communication_template_id_fkey foreign key (template_id) references public.email_template (id);
alter table public.security_assessment add constraint security_assessment_supplier_id_fkey foreign key (supplier_id) references public.supplier (id);
alter table public.security_incident add constraint security_incident_assignee_id_fkey foreign key (assignee_id) references public."user" (id);
alter table public.security_incident add constraint security_incident_owner_id_fkey foreign key (owner_id) references public."user" (id);
alter table public.security_incident add constraint security_incident_reported_by_id_fkey foreign key (reported_by_id) references public."user" (id);
alter table public.service_certificates add constraint service_certificates_certificate_id_fkey foreign key (certificate_id) references public.certificates (id);
alter table public.service_certificates add constraint service_certificates_service_id_fkey foreign key (service_id) references public.business_service (id);
alter table public.service_component add constraint service_component_service_id_fkey foreign key (service_id) references public.business_service (id);
alter table public.service_credentials add constraint service_credentials_credential_id_fkey foreign key (credential_id) references public.credentials (id);
alter table public.service_credentials add constraint service_credentials_service_id_fkey foreign key (service_id) references public.business_service (id);
alter table public.service_users add constraint service_users_service_id_fkey foreign key (service_id) references public.business_service (id);
alter table public.service_users add constraint service_users_user_id_fkey foreign key (user_id) references public."user" (id);
alter table public.software add constraint software_supplier_id_fkey foreign key (supplier_id) references public.supplier (id);
alter table public.subscription add constraint subscription_budget_id_fkey foreign key (budget_id) references public.budget (id);
alter table public.subscription add constraint subscription_software_id_fkey foreign key (software_id) references public.software (id);
alter table public.subscription add constraint subscription_supplier_id_fkey foreign key (supplier_id) references public.supplier (id);
alter table public.subscription add constraint subscription_user_id_fkey foreign key (user_id) references public."user" (id);
alter table public.subscription_users add constraint subscription_users_subscription_id_fkey foreign key (subscription_id) references public.subscription (id);
alter table public.subscription_users add constraint subscription_users_user_id_fkey foreign key (user_id) references public."user" (id);
alter table public.uar_execution add constraint uar_execution_comparison_id_fkey foreign key (comparison_id) references public.uar_comparison (id);
alter table public.uar_finding add constraint uar_finding_assigned_to_id_fkey foreign key (assigned_to_id) references public."user" (id);
alter table public.uar_finding add constraint uar_finding_execution_id_fkey foreign key (execution_id) references public.uar_execution (id);
alter table public.uar_finding add constraint uar_finding_security_incident_id_fkey foreign key (security_incident_id) references public.security_incident (id);
alter table public."user" add constraint user_buddy_id_fkey foreign key (buddy_id) references public."user" (id);
alter table public."user" add constraint user_manager_id_fkey foreign key (manager_id) references public."user" (id);
alter table public.user_groups add constraint user_groups_group_id_fkey foreign key (group_id) references public."group" (id);
alter table public.user_groups add constraint user_groups_user_id_fkey foreign key (user_id) references public."user" (id);

insert into public.alembic_version (version_num) values ('009');
