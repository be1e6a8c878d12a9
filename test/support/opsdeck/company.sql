-- A company that works with OpsDeck, as its pages and services leave the rows: the morning of Monday, 2026-03-02.
-- 40 people, two of them administrators, ten controls with each kind of rule, things that end soon, one access review
-- that OpsDeck executed, its drift snapshots of four Mondays, and a queue in each state. Timestamps are those of a session in UTC.

insert into public.organization_settings (legal_name, primary_domain, email_domains, updated_at)
values ('Harbour Lane Ltd', 'harbourlane.example', 'harbourlane.example', '2026-01-05 08:00');
insert into public.notification_setting (email_enabled, email_recipient, webhook_enabled, notify_days_before)
values (false, 'it@harbourlane.example', false, '30,14,7');
insert into public.finance_settings (api_provider, api_endpoint, base_currency, last_sync_at, created_at, updated_at)
values ('frankfurter', 'https://api.frankfurter.app/latest', 'EUR', '2026-03-02 02:00', '2026-01-05 08:00', '2026-03-02 02:00');
insert into public.exchange_rate (currency_code, rate, fetched_at)
select code, rate, day + time '02:00'
  from (values ('EUR', 1.0), ('USD', 0.92), ('GBP', 1.17)) as rate (code, rate),
       generate_series(timestamp '2026-02-20', '2026-03-02', '1 day') as day;

insert into public."user" (name, email, password_hash, api_token, role, department, job_title, created_at, is_archived, hide_from_org_chart)
values
  ('Ada Admin', 'ada@harbourlane.example', 'scrypt:ada', 'token-of-ada', 'admin', 'IT', 'Head of IT', '2026-01-05 08:00', false, false),
  ('Bo Admin', 'bo@harbourlane.example', 'scrypt:bo', null, 'admin', 'IT', 'Administrator', '2026-01-05 08:00', false, false);
insert into public."user" (name, email, password_hash, role, department, job_title, created_at, is_archived, hide_from_org_chart, manager_id)
select 'Person ' || n, 'person' || n || '@harbourlane.example', 'scrypt:' || n, 'user',
       (array['Sales', 'Finance', 'Support'])[n % 3 + 1], 'Employee', '2026-01-05 08:00', n > 36, false, 1
  from generate_series(1, 38) as n;
insert into public."group" (name, description) values ('Security', 'Who answers incidents');
insert into public.user_groups (user_id, group_id) values (1, 1), (2, 1);
insert into public.tag (name, is_archived) values ('awareness', false);
insert into public.supplier (name, email, is_archived, is_critical, compliance_status, data_storage_region, created_at)
values ('Cloud One', 'sales@cloudone.example', false, true, 'Compliant', 'EU', '2026-01-05 08:00'),
       ('Paper Two', null, false, false, 'Pending', 'EU', '2026-01-05 08:00');
insert into public.contact (name, email, supplier_id, created_at, is_archived)
values ('Ed Auditor', 'ed@audit.example', 2, '2026-01-05 08:00', false);

insert into public.framework (name, description, is_custom, is_active)
values ('ISO 27001', 'Information security', false, true), ('Old list', 'Not used any more', true, false);
insert into public.framework_control (framework_id, control_id, name, description, is_applicable, soa_justification)
select 1, 'A.' || n, (array['Backup', 'Access review', 'Awareness', 'Recovery', 'Joiners', 'Leavers', 'Suppliers', 'Risks', 'Maintenance', 'Cabling'])[n],
       'What the standard wants', n < 10, case when n = 10 then 'No cables of our own' end
  from generate_series(1, 10) as n;

insert into public.security_activity (name, description, frequency, created_at, owner_id, owner_type)
values ('Backup test', 'Restore a file', 'monthly', '2026-01-05 08:00', 1, 'User'),
       ('Log review', 'Read the logs', 'weekly', '2026-01-05 08:00', 1, 'Group');
insert into public.activity_execution (activity_id, executor_id, execution_date, status, outcome_notes, created_at)
values (1, 1, '2026-01-20', 'success', 'Fine', '2026-01-20 15:00'), (1, 2, '2026-02-20', 'issue_detected', 'Slow', '2026-02-20 15:00'),
       (2, 2, '2026-02-27', 'success', null, '2026-02-27 09:00'), (2, 2, '2026-03-01', 'failed', 'No disk', '2026-03-01 09:00');
insert into public.campaign (title, subject, body_html, status, created_by_id, send_to_all, created_at, processed_at)
values ('Phishing', 'Think before you click', '<p>Think, {{ user.name }}.</p>', 'finished', 1, true, '2026-02-01 09:00', '2026-02-02 09:00'),
       ('Phishing again', 'Think again', '<p>Again.</p>', 'scheduled', 1, true, '2026-03-01 09:00', '2026-03-01 09:00');
insert into public.campaign_tags (campaign_id, tag_id) values (1, 1), (2, 1);
insert into public.asset (name, status, purchase_date, warranty_length, cost, currency, is_archived, is_critical, is_virtual, user_id, created_at)
values ('Server 1', 'In Use', '2023-03-31', 36, 4000, 'EUR', false, true, false, 1, '2026-01-05 08:00'),
       ('Laptop 7', 'Disposed', '2022-01-10', 36, 900, 'EUR', false, false, false, 9, '2026-01-05 08:00');
insert into public.maintenance_log (event_type, description, status, event_date, created_at, updated_at, assigned_to_id, asset_id)
values ('Inspection', 'UPS', 'Completed', '2026-02-10', '2026-02-10 10:00', '2026-02-10 10:00', 2, 1),
       ('Upgrade', 'Firmware', 'In Progress', '2026-03-01', '2026-03-01 10:00', '2026-03-01 10:00', 2, 1);
insert into public.bcdr_plan (name, description, created_at) values ('Data centre', 'Moves to the second site', '2026-01-05 08:00');
insert into public.bcdr_test_log (plan_id, test_date, status, notes, assignee_id)
values (1, '2025-06-01', 'Passed', null, 1), (1, '2026-02-15', 'In Progress', null, 1);
insert into public.onboarding_pack (name, description, is_active) values ('Everybody', 'For all', true);
insert into public.onboarding_process (new_hire_name, user_id, start_date, status, pack_id, created_at, assigned_manager_id, notes)
values ('Person 30', 32, '2026-02-16', 'Completed', 1, '2026-02-10 10:00', 1, null);
insert into public.offboarding_process (user_id, manager_id, departure_date, status, created_at)
values (39, 1, '2026-01-31', 'Completed', '2026-01-20 10:00'), (5, 1, '2026-03-13', 'In Progress', '2026-02-27 10:00');
insert into public.security_assessment (assessment_date, status, supplier_id) values ('2025-11-20', 'Approved', 1), ('2026-02-20', 'Rejected', 2);
insert into public.risk_assessment (name, status, created_at, locked_at, total_residual_risk)
values ('Year 2026', 'Locked', '2026-01-15 10:00', '2026-01-30 10:00', 40), ('Next year', 'Draft', '2026-02-28 10:00', null, null);
insert into public.compliance_rule
  (framework_control_id, name, target_model, criteria, frequency_days, grace_period_days, enabled, created_at, updated_at)
select control.id, rule.name, rule.model, rule.criteria, rule.days, 7, true, '2026-01-05 08:00', '2026-01-05 08:00'
  from (values
    ('A.1', 'Backups are tested', 'ActivityExecution', '{"method": "parent_match", "value": 1}', 30),
    ('A.1', 'Logs are read', 'ActivityExecution', '{"activity_name": "Log review"}', 7),
    ('A.2', 'Access is reviewed', 'UARExecution', '{"method": "comparison_name_match", "comparison_name": "HR and VPN"}', 30),
    ('A.3', 'People are made aware', 'Campaign', '{"method": "tag_match", "tags": ["awareness"]}', 90),
    ('A.4', 'Recovery is tested', 'BCDRTestLog', '{"method": "any_passed"}', 180),
    ('A.5', 'Joiners follow the pack', 'OnboardingProcess', '{}', 60),
    ('A.6', 'Leavers are handled', 'OffboardingProcess', '{}', 60),
    ('A.7', 'Cloud One is assessed', 'SecurityAssessment', '{"supplier_id": 1}', 365),
    ('A.8', 'Risks are assessed', 'RiskAssessment', '{}', 365),
    ('A.9', 'Machines are inspected', 'MaintenanceLog', '{"event_type": "Inspection"}', 30)
  ) as rule (control, name, model, criteria, days)
  join public.framework_control control on control.control_id = rule.control;
insert into public.compliance_link (framework_control_id, linkable_id, linkable_type, description)
values (10, 1, 'Asset', 'The only machine');
insert into public.compliance_audit (name, status, start_date, end_date, created_at, audit_type, framework_id, auditor_id, internal_lead_id)
values ('Certification', 'Prep', '2026-05-04', '2026-05-08', '2026-01-10 09:00', 'manual', 1, 1, 1);
-- As OpsDeck's own job stores one each Monday.
insert into public.compliance_audit (status, created_at, audit_type, snapshot_data)
select 'Planned', day + time '08:00', 'drift_snapshot', json_build_object(
    'timestamp', to_char(day, 'YYYY-MM-DD') || 'T09:00:00+01:00',
    'frameworks', json_build_object('1', json_build_object(
      'name', 'ISO 27001',
      'stats', json_build_object('total', 10, 'compliant', 7, 'warning', 1, 'non_compliant', 1, 'manual', 0, 'uncovered', 0, 'not_applicable', 1),
      'controls', (select json_object_agg(id::text, json_build_object(
          'control_id', control_id, 'name', name,
          'status', case control_id when 'A.10' then 'not_applicable' when 'A.4' then 'non_compliant' when 'A.9' then 'warning' else 'compliant' end,
          'rules_count', case control_id when 'A.1' then 2 when 'A.10' then 1 else 1 end, 'oldest_evidence_date', null))
        from public.framework_control))))
  from generate_series(timestamp '2026-02-02', '2026-02-23', '7 days') as day;

insert into public.software (name, category, supplier_id, is_archived, created_at) values ('Ledger', 'Finance', 1, false, '2026-01-05 08:00');
insert into public.subscription
  (name, subscription_type, renewal_date, renewal_period_type, renewal_period_value, auto_renew, cost, currency, pricing_model, user_id, supplier_id, is_archived, created_at, updated_at)
values ('Mail', 'SaaS', '2025-03-09', 'yearly', 1, true, 4800, 'EUR', 'fixed', 1, 1, false, '2026-01-05 08:00', '2026-01-05 08:00'),
       ('Chat', 'SaaS', '2025-01-15', 'monthly', 1, true, 120.5, 'USD', 'fixed', 2, 1, false, '2026-01-05 08:00', '2026-01-05 08:00'),
       ('Old wiki', 'SaaS', '2026-03-09', 'yearly', 1, false, 300, 'GBP', 'fixed', 39, 2, false, '2026-01-05 08:00', '2026-01-05 08:00');
insert into public.subscription_users (subscription_id, user_id) select 2, id from public."user" where id between 3 and 20;
insert into public.license (name, license_key, cost, currency, purchase_date, expiry_date, user_id, subscription_id, software_id, is_archived, created_at)
values ('Ledger 2026', 'AAAA-BBBB-CCCC', 900, 'EUR', '2025-03-09', '2026-03-09', 2, 2, 1, false, '2026-01-05 08:00');
insert into public.business_service (name, category, owner_id, criticality, status, created_at, updated_at)
values ('VPN', 'Business Service', 2, 'High', 'Operational', '2026-01-05 08:00', '2026-01-05 08:00');
insert into public.service_users (service_id, user_id) select 1, id from public."user" where id <= 30 or id = 39;
insert into public.service_component (service_id, component_type, component_id, created_at) values (1, 'Subscription', 2, '2026-01-05 08:00');
insert into public.credentials (name, type, break_glass, owner_id, owner_type, software_id, created_at, updated_at)
values ('svc-backup', 'API Key', false, 2, 'User', 1, '2026-01-05 08:00', '2026-01-05 08:00'),
       ('root of Server 1', 'Password', true, 1, 'Group', null, '2026-01-05 08:00', '2026-01-05 08:00');
insert into public.credential_secrets (credential_id, masked_value, created_at, expires_at, is_active)
values (1, 'sk-****1234', '2026-01-05 08:00', '2026-03-16 00:00', true), (2, '****', '2026-01-05 08:00', '2026-02-20 00:00', true);
insert into public.certificates (name, type, owner_id, owner_type, created_at, updated_at)
values ('www.harbourlane.example', 'SSL/TLS', 2, 'User', '2026-01-05 08:00', '2026-01-05 08:00');
insert into public.certificate_versions (certificate_id, valid_from, expires_at, issuer, common_name, serial_number, is_active, created_at)
values (1, '2025-12-10', '2026-03-10', 'Example CA', 'www.harbourlane.example', '4A:11', true, '2026-01-05 08:00');
insert into public.contract (name, contract_type, status, start_date, end_date, notice_period_days, is_auto_renew, supplier_id, contact_email, created_at)
values ('Hosting', 'Service', 'Active', '2024-04-01', '2026-04-01', 30, true, 1, 'legal@cloudone.example', '2026-01-05 08:00');
insert into public.payment_method (name, method_type, expiry_date, is_archived, user_id, created_at)
values ('Company card', 'Card', '2026-04-01', false, 1, '2026-01-05 08:00');
insert into public.risk (risk_description, status, next_review_date, owner_id, created_at)
values ('The server room floods', 'Assessed', '2026-03-20', 1, '2026-01-05 08:00');
insert into public.course (title, completion_days, created_at) values ('Security basics', 30, '2026-01-05 08:00');
insert into public.course_assignment (course_id, user_id, assigned_date, due_date) values (1, 3, '2026-02-10', '2026-03-12');

insert into public.uar_comparison
  (name, source_a_type, source_a_config, source_b_type, source_b_config, key_field_a, key_field_b, field_mappings, schedule_type, schedule_config,
   last_run_at, next_run_at, alert_on_left_only, alert_on_right_only, alert_on_mismatches, min_findings_threshold, notification_channels,
   notification_recipients, auto_create_incidents, auto_incident_severity, is_enabled, is_archived, enable_ai_analysis, created_at, updated_at)
values
  ('HR and VPN', 'Active Users', null, 'Business Service', '{"service_id": 1}', 'email', 'email', null, 'monthly', '{"hour": 8, "day_of_month": 2}',
   '2026-02-02 07:00', '2026-03-02 07:00', true, true, true, 1, '["email"]', '[{"type": "email", "value": "it@harbourlane.example"}]',
   false, 'SEV-2', true, false, false, '2026-01-05 08:00', '2026-02-02 07:00');
insert into public.uar_execution
  (comparison_id, status, started_at, completed_at, source_a_snapshot, source_b_snapshot, findings_count, left_only_count, right_only_count,
   mismatch_count, alerts_sent, incidents_created)
values (1, 'completed', '2026-02-02 07:00', '2026-02-02 07:00',
        '{"columns": ["id", "name", "email", "role"], "row_count": 38, "sample": []}',
        '{"columns": ["user_id", "email", "name", "source", "service_name"], "row_count": 31, "sample": []}', 1, 0, 1, 0, false, 0);
insert into public.uar_finding
  (execution_id, finding_type, severity, key_value, description, raw_data_a, raw_data_b, differences, affected_entity_type, affected_entity_id,
   status, created_at, first_seen_at, last_seen_at)
values (1, 'Right Only (B)', 'critical', 'person37@harbourlane.example', 'In B only', 'null',
        '{"email": "person37@harbourlane.example", "source": "direct"}', 'null', 'user', 39, 'open', '2026-02-02 07:00', '2026-02-02 07:00', '2026-02-02 07:00');

insert into public.audit_log (timestamp, user_id, user_email, ip_address, action, entity_type, entity_id, entity_repr, changes)
values ('2026-03-02 08:40', 1, 'ada@harbourlane.example', '10.0.0.4', 'update', 'Subscription', 1, 'Mail', '{"cost": {"old": 4700, "new": 4800}}'),
       ('2026-03-02 08:50', 2, 'bo@harbourlane.example', '10.0.0.5', 'create', 'MaintenanceLog', 2, 'Firmware', '{"status": {"old": null, "new": "In Progress"}}');

-- The queue: what OpsDeck would send next, what waits for its next try, what nobody sends (no address), and what is over.
insert into public.scheduled_communication
  (template_id, status, scheduled_date, sent_at, target_type, target_id, recipient_email, recipient_type, recipient_name, recipient_user_id, channel,
   error_message, retry_count, next_retry_at, created_at)
select template.id, message.status, message.day::date, message.sent_at::timestamp, message.target_type, message.target_id, message.email, message.kind,
       message.name, null, message.channel, message.error, message.tries, message.next_try::timestamp, '2026-03-01 23:00'
  from (values
    ('License Expiry Notification', 'pending', '2026-03-02', null, 'license', 1, 'bo@harbourlane.example', 'owner', 'Bo Admin', 'email', null, 0, null),
    ('Subscription Renewal Notification', 'pending', '2026-03-02', null, 'subscription', 1, 'it@harbourlane.example', 'admin', 'Admin', 'email', 'timed out', 1, '2026-03-02 07:10'),
    ('Subscription Renewal Notification', 'pending', '2026-01-20', null, 'subscription', 2, null, 'admin', 'Admin', 'email', null, 0, null),
    ('Subscription Renewal Notification', 'sent', '2026-02-08', '2026-02-08 06:05', 'subscription', 2, 'it@harbourlane.example', 'admin', 'Admin', 'email', null, 0, null),
    ('License Expiry Notification', 'failed', '2026-02-01', null, 'license', 1, 'nobody@harbourlane.example', 'owner', 'Somebody', 'email', 'mailbox unknown', 3, null)
  ) as message (template, status, day, sent_at, target_type, target_id, email, kind, name, channel, error, tries, next_try)
  join public.email_template template on template.name = message.template;
insert into public.scheduled_communication
  (status, scheduled_date, target_type, target_id, recipient_email, recipient_type, recipient_name, recipient_user_id, channel, retry_count, created_at)
select 'pending', '2026-03-02', 'campaign', 2, email, 'user', name, id, 'email', 0, '2026-03-01 09:00' from public."user" where not is_archived;
