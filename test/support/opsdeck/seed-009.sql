-- What OpsDeck 0.6.10 puts into a new database: its events and its templates, by their exact names and with exactly the variables that
-- it passes. The texts are ours. Its event rows were never saved on a page: channels are the JSON text null, except of the last.

insert into public.email_template (name, subject, body_html, category, is_active, is_system, created_at, updated_at) values
('License Expiry Notification',
 'Licence {{ license_name }} ends in {{ days_left }} days',
 '<p>Dear {{ recipient_name }},</p><p>the licence <b>{{ license_name }}</b> ends on {{ expiry_date }}: {{ days_left }} days from now.</p>',
 'system', true, true, '2026-01-05 08:00', '2026-01-05 08:00'),
('Subscription Renewal Notification',
 'Subscription {{ subscription_name }} renews in {{ days_left }} days',
 '<p>Dear {{ recipient_name }},</p><p><b>{{ subscription_name }}</b> renews on {{ renewal_date }} ({{ days_left }} days) for {{ cost }}.</p>',
 'system', true, true, '2026-01-05 08:00', '2026-01-05 08:00'),
('Credential Expiry Notification',
 'A credential needs your attention',
 '<p>Dear {{ recipient_name }},</p><p>{{ credential_name }} ({{ credential_type }}) ends on {{ expiry_date }}, in {{ days_left }} days.</p>',
 'system', true, true, '2026-01-05 08:00', '2026-01-05 08:00'),
('Certificate Expiry Notification',
 'Certificate {{ certificate_name }} ends in {{ days_left }} days',
 '<p>Dear {{ recipient_name }},</p><p>{{ certificate_name }}, issued by {{ issuer or "an unknown issuer" }}, ends on {{ expiry_date }} ({{ days_left }} days).</p>',
 'system', true, true, '2026-01-05 08:00', '2026-01-05 08:00'),
('Compliance Control Breach Alert',
 'Control {{ control_id }} is not met: {{ rule_name }}',
 '<p>Dear {{ recipient_name }},</p><p>{{ framework_name }} {{ control_id }} {{ control_name }}: the rule {{ rule_name }} wants {{ target_model }} every {{ frequency_days }} days.</p>{% if last_evidence_date is not none %}<p>Last evidence: {{ last_evidence_date }}, {{ days_overdue }} days overdue.</p>{% else %}<p>There is no evidence.</p>{% endif %}<p>{{ dashboard_url }}</p>',
 'system', true, true, '2026-01-05 08:00', '2026-01-05 08:00'),
('UAR Alert - Findings Detected',
 'Access review {{ comparison_name }}: {{ findings_count }} findings',
 '<p>The review {{ comparison_name }} of {{ execution_date }} found {{ findings_count }} differences: {{ left_only_count }} only left, {{ right_only_count }} only right, {{ mismatch_count }} different.</p><p>{{ execution_url }}</p>',
 'system', true, true, '2026-01-05 08:00', '2026-01-05 08:00'),
('Compliance Drift Alert - Regressions Detected',
 'Compliance: {{ regression_count }} regressions',
 '<p>{{ regression_count }} of {{ total_changes }} changes are regressions, {{ improvement_count }} improvements. Detected {{ detection_time }}.</p>{% for drift in critical_drifts %}<p>Critical: {{ drift.framework_name }} {{ drift.control_id }} {{ drift.control_name }}: {{ drift.old_status }} to {{ drift.new_status }}</p>{% endfor %}{% for drift in high_drifts %}<p>High: {{ drift.framework_name }} {{ drift.control_id }} {{ drift.control_name }}: {{ drift.old_status }} to {{ drift.new_status }}</p>{% endfor %}<p>{{ dashboard_url }}. Next scan: {{ next_scan_time }}.</p>',
 'system', true, true, '2026-01-05 08:00', '2026-01-05 08:00');

insert into public.notification_event (event_code, name, description, template_id, enabled, days_offset, channels, created_at, updated_at)
select event.code, event.name, event.description, template.id, true, event.days_offset, event.channels::json, '2026-01-05 08:00', '2026-01-05 08:00'
  from (values
    ('LICENSE_EXPIRING', 'License Expiry Alert', 'Before a licence ends', 7, 'null', 'License Expiry Notification'),
    ('SUBSCRIPTION_RENEWAL', 'Subscription Renewal Alert', 'Before a subscription renews', 7, 'null', 'Subscription Renewal Notification'),
    ('CREDENTIAL_EXPIRING', 'Credential Expiry Alert', 'Before a credential ends', 14, 'null', 'Credential Expiry Notification'),
    ('CERTIFICATE_EXPIRING', 'Certificate Expiry Alert', 'Before a certificate ends', 30, 'null', 'Certificate Expiry Notification'),
    ('COMPLIANCE_BREACH', 'Compliance Control Failure', 'When a control is not met', 1, '["email"]', 'Compliance Control Breach Alert')
  ) as event (code, name, description, days_offset, channels, template)
  join public.email_template template on template.name = event.template;
