-- What OpsDeck's newer versions add to the seed of a database at revision 026: templates for event rules. Our texts, its variables.

insert into public.email_template (name, subject, body_html, category, is_active, is_system, created_at, updated_at) values
('Event: Record Created',
 'New: {{ entity_type }} {{ entity }}',
 '<p>Dear {{ recipient_name }},</p><p>{{ actor }} made {{ entity_type }} {{ entity }} ({{ entity_id }}) at {{ timestamp }}.</p><p>{{ event_url }}</p>',
 'system', true, true, '2026-01-05 08:00', '2026-01-05 08:00'),
('Event: Record Updated',
 'Changed: {{ entity_type }} {{ entity }}',
 '<p>Dear {{ recipient_name }},</p><p>{{ actor }} changed {{ entity_type }} {{ entity }} ({{ entity_id }}):</p>{% for field, change in changes.items() %}<p>{{ field }}: {{ change.old }} to {{ change.new }}</p>{% endfor %}<p>{{ event_url }}</p>',
 'system', true, true, '2026-01-05 08:00', '2026-01-05 08:00'),
('Event: Record Deleted',
 'Deleted: {{ entity_type }} {{ entity }}',
 '<p>Dear {{ recipient_name }},</p><p>{{ actor }} deleted {{ entity_type }} {{ entity }} ({{ entity_id }}) at {{ timestamp }}.</p>',
 'system', true, true, '2026-01-05 08:00', '2026-01-05 08:00');

insert into public.event_rule (name, description, entity_type, action, recipient_mode, template_id, channels, created_at, updated_at)
select 'Subscriptions that change', 'To the administrators', 'Subscription', 'update', 'admins', id, '["email"]', '2026-01-05 08:00', '2026-01-05 08:00'
  from public.email_template where name = 'Event: Record Updated';
