-- What OpsDeck's revisions 010 to 026 change in the tables of schema-009.sql.

-- 010: requests
create table public.request (
  id serial primary key,
  external_ref varchar(255),
  title varchar(200) not null,
  request_type varchar(50),
  priority varchar(50),
  status varchar(50),
  description text,
  justification text,
  resolution_notes text,
  created_at timestamp,
  due_date timestamp,
  triaged_at timestamp,
  started_at timestamp,
  completed_at timestamp,
  closed_at timestamp,
  requester_id integer not null references public."user" (id),
  assignee_id integer references public."user" (id),
  triaged_by_id integer references public."user" (id),
  service_id integer references public.business_service (id),
  asset_id integer references public.asset (id),
  software_id integer references public.software (id)
);
create unique index ix_request_external_ref on public.request (external_ref);
create index ix_request_status on public.request (status);
create index ix_request_requester_id on public.request (requester_id);
create index ix_request_assignee_id on public.request (assignee_id);
create index ix_request_triaged_by_id on public.request (triaged_by_id);
create index ix_request_service_id on public.request (service_id);
create index ix_request_asset_id on public.request (asset_id);
create index ix_request_software_id on public.request (software_id);
create table public.request_tags (
  request_id integer not null references public.request (id),
  tag_id integer not null references public.tag (id),
  primary key (request_id, tag_id)
);

-- 011 to 013: the partner of a disposal is a supplier
alter table public.disposal_record add column disposal_partner_id integer;
alter table public.disposal_record add constraint fk_disposal_record_disposal_partner_id
  foreign key (disposal_partner_id) references public.supplier (id);
create index ix_disposal_record_disposal_partner_id on public.disposal_record (disposal_partner_id);
alter table public.disposal_record drop column disposal_partner;

-- 014 to 019: event rules
alter table public.notification_event add column discord_webhook_url varchar(500);
create table public.event_rule (
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
  updated_at timestamp
);
create index ix_event_rule_entity_type on public.event_rule (entity_type);
alter table public.audit_log add column event_processed boolean not null default false;
update public.audit_log set event_processed = true;
create index ix_audit_log_unprocessed on public.audit_log (id) where event_processed = false;
alter table public.scheduled_communication add column event_rule_id integer;
alter table public.scheduled_communication add column audit_log_id integer;
alter table public.scheduled_communication add constraint fk_scheduled_comm_event_rule
  foreign key (event_rule_id) references public.event_rule (id);
alter table public.scheduled_communication add constraint fk_scheduled_comm_audit_log
  foreign key (audit_log_id) references public.audit_log (id);
alter table public.event_rule add column slack_webhook_url varchar(500);
alter table public.event_rule add column advanced_conditions_enabled boolean not null default false;
alter table public.event_rule add column condition_attribute varchar(100);
alter table public.event_rule add column condition_operator varchar(20);
alter table public.event_rule add column condition_value varchar(255);

-- 020: roadmaps
create table public.roadmap (
  id serial primary key,
  name varchar(255) not null,
  description text,
  status varchar(50) not null default 'draft',
  owner_id integer references public."user" (id),
  created_at timestamp,
  updated_at timestamp
);
create table public.roadmap_goal (
  id serial primary key,
  roadmap_id integer not null references public.roadmap (id) on delete cascade,
  name varchar(255) not null,
  description text,
  color varchar(7) not null default '#2E5F9E',
  owner_id integer references public."user" (id),
  position integer not null default 0
);
create index ix_roadmap_goal_roadmap_id on public.roadmap_goal (roadmap_id);
create table public.roadmap_initiative (
  id serial primary key,
  goal_id integer not null references public.roadmap_goal (id) on delete cascade,
  name varchar(255) not null,
  description text not null default '',
  start_step integer not null default 1,
  end_step integer not null default 4,
  planned_start_date date,
  planned_end_date date,
  status varchar(50) not null default 'planned',
  priority varchar(50) not null default 'medium',
  progress integer not null default 0,
  points integer,
  is_new boolean not null default false,
  external_ref varchar(100) not null default '',
  external_url varchar(500),
  owner_id integer references public."user" (id),
  position integer not null default 0,
  created_at timestamp,
  updated_at timestamp
);
create index ix_roadmap_initiative_goal_id on public.roadmap_initiative (goal_id);
create index ix_roadmap_initiative_planned_start_date on public.roadmap_initiative (planned_start_date);
create index ix_roadmap_initiative_planned_end_date on public.roadmap_initiative (planned_end_date);

-- 021: stages of hiring
alter table public.hiring_stage add column is_system boolean not null default false;
alter table public.hiring_stage add column is_terminal boolean not null default false;
alter table public.hiring_stage add constraint uq_hiring_stage_name unique (name);

-- 022: an index for each foreign key that had none
create index ix_activity_execution_activity_id on public.activity_execution (activity_id);
create index ix_activity_execution_executor_id on public.activity_execution (executor_id);
create index ix_activity_participants_user_id on public.activity_participants (user_id);
create index ix_audit_control_item_audit_id on public.audit_control_item (audit_id);
create index ix_audit_control_item_original_control_id on public.audit_control_item (original_control_id);
create index ix_audit_control_link_audit_item_id on public.audit_control_link (audit_item_id);
create index ix_audit_evidence_offboarding_id on public.audit_evidence (offboarding_id);
create index ix_audit_evidence_onboarding_id on public.audit_evidence (onboarding_id);
create index ix_audit_participants_user_id on public.audit_participants (user_id);
create index ix_bcdr_test_log_assignee_id on public.bcdr_test_log (assignee_id);
create index ix_bcdr_test_log_plan_id on public.bcdr_test_log (plan_id);
create index ix_business_service_cost_center_id on public.business_service (cost_center_id);
create index ix_business_service_owner_id on public.business_service (owner_id);
create index ix_campaign_created_by_id on public.campaign (created_by_id);
create index ix_campaign_groups_group_id on public.campaign_groups (group_id);
create index ix_campaign_tags_tag_id on public.campaign_tags (tag_id);
create index ix_campaign_users_user_id on public.campaign_users (user_id);
create index ix_candidate_stage_id on public.candidate (stage_id);
create index ix_catalog_risk_catalog_id on public.catalog_risk (catalog_id);
create index ix_catalog_risk_threat_type_id on public.catalog_risk (threat_type_id);
create index ix_certificate_versions_certificate_id on public.certificate_versions (certificate_id);
create index ix_compliance_audit_auditor_id on public.compliance_audit (auditor_id);
create index ix_compliance_audit_framework_id on public.compliance_audit (framework_id);
create index ix_compliance_audit_internal_lead_id on public.compliance_audit (internal_lead_id);
create index ix_compliance_link_framework_control_id on public.compliance_link (framework_control_id);
create index ix_compliance_rule_framework_control_id on public.compliance_rule (framework_control_id);
create index ix_configuration_asset_id on public.configuration (asset_id);
create index ix_configuration_license_id on public.configuration (license_id);
create index ix_configuration_service_id on public.configuration (service_id);
create index ix_configuration_software_id on public.configuration (software_id);
create index ix_configuration_version_configuration_id on public.configuration_version (configuration_id);
create index ix_configuration_version_created_by_id on public.configuration_version (created_by_id);
create index ix_contact_supplier_id on public.contact (supplier_id);
create index ix_contract_supplier_id on public.contract (supplier_id);
create index ix_course_assignment_course_id on public.course_assignment (course_id);
create index ix_course_assignment_user_id on public.course_assignment (user_id);
create index ix_course_completion_assignment_id on public.course_completion (assignment_id);
create index ix_credentials_asset_id on public.credentials (asset_id);
create index ix_credentials_license_id on public.credentials (license_id);
create index ix_custom_field_value_field_definition_id on public.custom_field_value (field_definition_id);
create index ix_event_rule_template_id on public.event_rule (template_id);
create index ix_framework_control_framework_id on public.framework_control (framework_id);
create index ix_lead_created_by_id on public.lead (created_by_id);
create index ix_maintenance_log_asset_id on public.maintenance_log (asset_id);
create index ix_maintenance_log_assigned_to_id on public.maintenance_log (assigned_to_id);
create index ix_maintenance_log_peripheral_id on public.maintenance_log (peripheral_id);
create index ix_maintenance_log_tags_tag_id on public.maintenance_log_tags (tag_id);
create index ix_notification_event_template_id on public.notification_event (template_id);
create index ix_offboarding_process_manager_id on public.offboarding_process (manager_id);
create index ix_offboarding_process_user_id on public.offboarding_process (user_id);
create index ix_onboarding_process_assigned_buddy_id on public.onboarding_process (assigned_buddy_id);
create index ix_onboarding_process_assigned_manager_id on public.onboarding_process (assigned_manager_id);
create index ix_onboarding_process_pack_id on public.onboarding_process (pack_id);
create index ix_onboarding_process_user_id on public.onboarding_process (user_id);
create index ix_opportunity_budget_id on public.opportunity (budget_id);
create index ix_opportunity_primary_contact_id on public.opportunity (primary_contact_id);
create index ix_opportunity_requirement_id on public.opportunity (requirement_id);
create index ix_opportunity_risk_id on public.opportunity (risk_id);
create index ix_opportunity_supplier_id on public.opportunity (supplier_id);
create index ix_opportunity_task_opportunity_id on public.opportunity_task (opportunity_id);
create index ix_pack_communication_pack_id on public.pack_communication (pack_id);
create index ix_pack_communication_template_id on public.pack_communication (template_id);
create index ix_payment_method_user_id on public.payment_method (user_id);
create index ix_policy_acknowledgement_policy_version_id on public.policy_acknowledgement (policy_version_id);
create index ix_policy_acknowledgement_user_id on public.policy_acknowledgement (user_id);
create index ix_policy_version_policy_id on public.policy_version (policy_id);
create index ix_policy_version_groups_group_id on public.policy_version_groups (group_id);
create index ix_policy_version_users_user_id on public.policy_version_users (user_id);
create index ix_request_tags_tag_id on public.request_tags (tag_id);
create index ix_risk_source_catalog_risk_id on public.risk (source_catalog_risk_id);
create index ix_risk_threat_type_id on public.risk (threat_type_id);
create index ix_roadmap_owner_id on public.roadmap (owner_id);
create index ix_roadmap_goal_owner_id on public.roadmap_goal (owner_id);
create index ix_roadmap_initiative_owner_id on public.roadmap_initiative (owner_id);
create index ix_scheduled_communication_audit_log_id on public.scheduled_communication (audit_log_id);
create index ix_scheduled_communication_event_rule_id on public.scheduled_communication (event_rule_id);
create index ix_scheduled_communication_recipient_user_id on public.scheduled_communication (recipient_user_id);
create index ix_scheduled_communication_template_id on public.scheduled_communication (template_id);
create index ix_security_assessment_supplier_id on public.security_assessment (supplier_id);
create index ix_service_certificates_certificate_id on public.service_certificates (certificate_id);
create index ix_service_component_service_id on public.service_component (service_id);
create index ix_service_credentials_credential_id on public.service_credentials (credential_id);
create index ix_service_users_user_id on public.service_users (user_id);
create index ix_software_supplier_id on public.software (supplier_id);
create index ix_subscription_users_user_id on public.subscription_users (user_id);
create index ix_uar_execution_comparison_id on public.uar_execution (comparison_id);
create index ix_uar_finding_assigned_to_id on public.uar_finding (assigned_to_id);
create index ix_uar_finding_execution_id on public.uar_finding (execution_id);
create index ix_uar_finding_security_incident_id on public.uar_finding (security_incident_id);
create index ix_user_groups_group_id on public.user_groups (group_id);

-- 023 to 026: the sizes of risk matrices
alter table public.risk add column impact_levels integer not null default 5;
alter table public.risk add column likelihood_levels integer not null default 5;
alter table public.organization_settings add column risk_impact_levels integer not null default 5;
alter table public.organization_settings add column risk_likelihood_levels integer not null default 5;
alter table public.organization_settings add column risk_appetite_medium_from integer not null default 20;
alter table public.organization_settings add column risk_appetite_high_from integer not null default 60;
alter table public.organization_settings add column risk_appetite_critical_from integer not null default 80;
alter table public.catalog_risk add column impact_levels integer not null default 5;
alter table public.catalog_risk add column likelihood_levels integer not null default 5;

update public.alembic_version set version_num = '026';
