-- The rights that the jobs need on a database of OpsDeck (0.6.10 or later), grouped by job. Leave out the jobs that you do not run.
-- `opsdeck-jobs generate grants` prints the same for one database. Run it after `opsdeck-jobs migrate`, as the owner of OpsDeck's
-- tables, with the right to create roles:
--
--   psql -v ON_ERROR_STOP=1 -f grants.sql opsdeck
--
-- No password hash, token or licence key can be read with it. Run it again after each update of OpsDeck: it changes nothing that is
-- in place.

do $$ begin
  if not exists (select from pg_roles where rolname = 'opsdeck_jobs') then create role opsdeck_jobs login; end if;
end $$;

-- Every job, and the program itself
grant usage on schema public, opsdeck_jobs to opsdeck_jobs;
grant select, insert, update on all tables in schema opsdeck_jobs to opsdeck_jobs;
-- And on the tables that later versions of opsdeck-jobs add, whose owner is whoever runs `migrate`.
do $$ begin
  execute format('alter default privileges for role %I in schema opsdeck_jobs grant select, insert, update on tables to opsdeck_jobs',
    (select tableowner from pg_tables where schemaname = 'opsdeck_jobs' and tablename = 'migration'));
end $$;
-- No row of these is ever changed.
revoke update, delete on opsdeck_jobs.action_log, opsdeck_jobs.archive_manifest, opsdeck_jobs.control_acceptance,
  opsdeck_jobs.control_action, opsdeck_jobs.control_action_end, opsdeck_jobs.control_attestation,
  opsdeck_jobs.drift_event, opsdeck_jobs.run_settings, opsdeck_jobs.uar_decision, opsdeck_jobs.uar_sign_off,
  opsdeck_jobs.drift_snapshot, opsdeck_jobs.drift_snapshot_framework, opsdeck_jobs.record_head, opsdeck_jobs.record_row,
  opsdeck_jobs.uar_execution_record, opsdeck_jobs.uar_observation, opsdeck_jobs.record_timestamp,
  opsdeck_jobs.catalog_import from opsdeck_jobs;
grant select (id, name, email, role, is_archived) on "user" to opsdeck_jobs;
grant select, insert, update (enabled, updated_at) on notification_event to opsdeck_jobs;
grant select, insert on email_template, scheduled_communication to opsdeck_jobs;
grant select on notification_setting, alembic_version to opsdeck_jobs;
grant delete on opsdeck_jobs.job_run, opsdeck_jobs.run_day, opsdeck_jobs.run_log, opsdeck_jobs.runner,
  opsdeck_jobs.message, opsdeck_jobs.destination, opsdeck_jobs.alert_hold, opsdeck_jobs.deadline,
  opsdeck_jobs.certificate_endpoint, opsdeck_jobs.endpoint_observation to opsdeck_jobs;
grant usage on sequence notification_event_id_seq, email_template_id_seq, scheduled_communication_id_seq
  to opsdeck_jobs;

-- compliance-drift
grant select on framework, framework_control, compliance_rule, compliance_link, security_activity, activity_execution,
  campaign, campaign_tags, tag, maintenance_log, bcdr_test_log, onboarding_process, offboarding_process,
  security_assessment, risk_assessment, uar_comparison, uar_execution, audit_log, user_groups, policy_version_users,
  policy_version_groups to opsdeck_jobs;
grant select (id, name) on bcdr_plan, supplier to opsdeck_jobs;
grant select, insert on compliance_audit to opsdeck_jobs;
grant delete on opsdeck_jobs.control_forecast to opsdeck_jobs;
grant select (created_at) on "user" to opsdeck_jobs;
grant select (id, title) on policy, course to opsdeck_jobs;
grant select (id, policy_id, version_number, status, effective_date, end_date) on policy_version to opsdeck_jobs;
grant select (policy_version_id, user_id, acknowledged_at) on policy_acknowledgement to opsdeck_jobs;
grant select (id, course_id, user_id, assigned_date, due_date) on course_assignment to opsdeck_jobs;
grant select (assignment_id, completion_date) on course_completion to opsdeck_jobs;
grant usage on sequence compliance_audit_id_seq to opsdeck_jobs;

-- compliance-breaches
grant select on framework, framework_control, compliance_rule, compliance_link, security_activity, activity_execution,
  campaign, campaign_tags, tag, maintenance_log, bcdr_test_log, onboarding_process, offboarding_process,
  security_assessment, risk_assessment, uar_comparison, uar_execution to opsdeck_jobs;
grant select (id, name) on bcdr_plan, supplier to opsdeck_jobs;
grant delete on opsdeck_jobs.compliance_breach to opsdeck_jobs;

-- uar
grant select, insert, update on uar_finding, uar_execution, security_incident to opsdeck_jobs;
grant select, update (last_run_at, next_run_at) on uar_comparison to opsdeck_jobs;
grant select (id, user_id, departure_date) on offboarding_process to opsdeck_jobs;
grant select (user_id, start_date) on onboarding_process to opsdeck_jobs;
grant select (id, entity_type, entity_id, action, changes), insert on audit_log to opsdeck_jobs;
grant delete on opsdeck_jobs.uar_population, opsdeck_jobs.uar_overdue_notice to opsdeck_jobs;
grant select (id, name, email, role, is_archived) on "user" to opsdeck_jobs;
grant select on subscription, subscription_users, custom_field_definition, custom_field_value, business_service,
  service_users, service_component to opsdeck_jobs;
grant select (id, name, expiry_date, cost, currency, user_id, subscription_id, is_archived) on license to opsdeck_jobs;
grant usage on sequence uar_finding_id_seq, uar_execution_id_seq, security_incident_id_seq, audit_log_id_seq
  to opsdeck_jobs;

-- subscription-renewals
grant select on "group", user_groups, subscription, subscription_users, supplier to opsdeck_jobs;
grant select (id, name, expiry_date, cost, currency, user_id, subscription_id, is_archived) on license to opsdeck_jobs;

-- credential-expiry
grant select on "group", user_groups to opsdeck_jobs;
grant select (id, name, type, break_glass, owner_id, owner_type) on credentials to opsdeck_jobs;
grant select (id, credential_id, masked_value, expires_at, is_active) on credential_secrets to opsdeck_jobs;

-- certificate-expiry
grant select on "group", user_groups to opsdeck_jobs;
grant select (id, name, type, owner_id, owner_type) on certificates to opsdeck_jobs;
grant select (id, certificate_id, valid_from, expires_at, common_name, serial_number, public_body, is_active) on
  certificate_versions to opsdeck_jobs;

-- deadlines
grant select on "group", user_groups, supplier, subscription to opsdeck_jobs;
grant select (id, name, status, contract_type, supplier_id, cost, currency, start_date, end_date, notice_period_days, is_auto_renew) on
  contract to opsdeck_jobs;
grant select (contract_id, item_id, item_type) on contract_item to opsdeck_jobs;
grant select (id, name, expiry_date, is_archived) on license to opsdeck_jobs;
grant select (id, name, status, purchase_date, warranty_length, is_archived, user_id) on asset, peripheral
  to opsdeck_jobs;
grant select (id, name, method_type, expiry_date, user_id, is_archived) on payment_method to opsdeck_jobs;
grant select (id, risk_description, owner_id, status, next_review_date) on risk to opsdeck_jobs;
grant select (id, title) on course, policy to opsdeck_jobs;
grant select (id, due_date, course_id, user_id) on course_assignment to opsdeck_jobs;
grant select (id, assignment_id) on course_completion to opsdeck_jobs;
grant select (id, policy_id, status, effective_date) on policy_version to opsdeck_jobs;
grant select (id, supplier_id, assessment_date) on security_assessment to opsdeck_jobs;
-- request came with OpsDeck's revision 010.
do $$ begin
  if to_regclass('public.request') is not null then
    grant select (id, title, request_type, status, due_date, requester_id, assignee_id) on request to opsdeck_jobs;
  end if;
end $$;

-- communications
grant select on audit_log, onboarding_pack, onboarding_process, offboarding_process to opsdeck_jobs;
grant select (job_title, department, personal_email, manager_id) on "user" to opsdeck_jobs;
grant update (status, sent_at, error_message, retry_count, next_retry_at) on scheduled_communication to opsdeck_jobs;
grant select, update (status) on campaign to opsdeck_jobs;
-- event_rule came with OpsDeck's revision 015.
do $$ begin
  if to_regclass('public.event_rule') is not null then
    grant select on event_rule to opsdeck_jobs;
  end if;
end $$;

-- exchange-rates
grant select, insert on exchange_rate to opsdeck_jobs;
grant select (id, api_provider, api_endpoint, base_currency, last_sync_at), insert, update (last_sync_at) on
  finance_settings to opsdeck_jobs;
grant usage on sequence exchange_rate_id_seq, finance_settings_id_seq to opsdeck_jobs;

-- summaries
grant select on framework, framework_control, compliance_rule, compliance_link, security_activity, activity_execution,
  campaign, campaign_tags, tag, maintenance_log, bcdr_test_log, onboarding_process, offboarding_process,
  security_assessment, risk_assessment, uar_comparison, uar_execution, supplier, uar_finding, "group", user_groups,
  subscription, subscription_users, exchange_rate to opsdeck_jobs;
grant select (id, name) on bcdr_plan to opsdeck_jobs;
grant select (id, name, expiry_date, cost, currency, user_id, subscription_id, is_archived) on license to opsdeck_jobs;
grant select (id, name, type, break_glass, owner_id, owner_type) on credentials to opsdeck_jobs;
grant select (id, credential_id, masked_value, expires_at, is_active) on credential_secrets to opsdeck_jobs;
grant select (id, name, type, owner_id, owner_type) on certificates to opsdeck_jobs;
grant select (id, certificate_id, valid_from, expires_at, common_name, serial_number, public_body, is_active) on
  certificate_versions to opsdeck_jobs;
grant select (id, name, status, contract_type, supplier_id, cost, currency, start_date, end_date, notice_period_days, is_auto_renew) on
  contract to opsdeck_jobs;
grant select (contract_id, item_id, item_type) on contract_item to opsdeck_jobs;
grant select (id, name, status, purchase_date, warranty_length, is_archived, user_id) on asset, peripheral
  to opsdeck_jobs;
grant select (id, name, method_type, expiry_date, user_id, is_archived) on payment_method to opsdeck_jobs;
grant select (id, risk_description, owner_id, status, next_review_date) on risk to opsdeck_jobs;
grant select (id, title) on course, policy to opsdeck_jobs;
grant select (id, due_date, course_id, user_id) on course_assignment to opsdeck_jobs;
grant select (id, assignment_id) on course_completion to opsdeck_jobs;
grant select (id, policy_id, status, effective_date) on policy_version to opsdeck_jobs;
grant select (id, base_currency) on finance_settings to opsdeck_jobs;
-- request came with OpsDeck's revision 010.
do $$ begin
  if to_regclass('public.request') is not null then
    grant select (id, title, request_type, status, due_date, requester_id, assignee_id) on request to opsdeck_jobs;
  end if;
end $$;

-- data-retention, by a role of its own (OPSDECK_JOBS_RETENTION_DATABASE_URL): it alone may delete rows of OpsDeck's.
-- update (id): rows are locked before they are deleted.
do $$ begin
  if not exists (select from pg_roles where rolname = 'opsdeck_retention') then create role opsdeck_retention login in role opsdeck_jobs; end if;
end $$;
grant update (id), delete on audit_log, scheduled_communication, uar_execution, uar_finding, exchange_rate,
  compliance_audit to opsdeck_retention;
grant select on audit_control_item, audit_evidence, audit_participants to opsdeck_retention;
grant select (id) on subscription, license, credentials, certificates to opsdeck_retention;
grant delete on opsdeck_jobs.uar_identity, opsdeck_jobs.fx_rate, opsdeck_jobs.retention_run to opsdeck_retention;
grant update (execution_id), delete on opsdeck_jobs.uar_sign_off, opsdeck_jobs.uar_decision,
  opsdeck_jobs.uar_execution_record, opsdeck_jobs.uar_observation to opsdeck_retention;
grant update (audit_id), delete on opsdeck_jobs.drift_event to opsdeck_retention;
grant update (removed_by) on opsdeck_jobs.drift_snapshot to opsdeck_retention;
