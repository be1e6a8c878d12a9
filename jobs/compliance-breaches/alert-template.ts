import type { TemplateDefinition } from '../../src/notify/notifier.ts';
import {
  andMore,
  badgeBy,
  button,
  code,
  footer,
  item,
  opening,
  page,
  small,
} from '../../src/notify/templates/mail-parts.ts';

const subject =
  'Compliance: {% if total == 1 %}{{ control_id }}, {{ rule_name }}: not met{% else %}{{ total }} rules are not met ({{ fresh }} new, {{ repeated }} repeated){% endif %}';

/** Rendered from the context that `breachAlert` builds. */
export const breachTemplate: TemplateDefinition = {
  name: 'Compliance Alert - Rules Not Met',
  category: 'compliance',
  // What OpsDeck links to the event is a template for one rule.
  secondary: true,
  subject,
  bodyHtml: page(
    'bad',
    subject,
    '{% for row in rows %}{% if loop.first %}{{ row.control_id }} {{ row.control_name }}: {{ row.remedy }}{% endif %}{% endfor %}',
    `${opening('{{ total }} rule{% if total != 1 %}s are{% else %} is{% endif %} not met', 'Checked on {{ checked_at }} ({{ zone }}).{% if repeated %} {{ fresh }} new, {{ repeated }} repeated.{% endif %}', [], 12)}
{% for row in rows %}
${item(
  `<strong>{{ row.control_id }}</strong> {{ row.control_name }}
<div style="font-size:14px;line-height:21px">{{ row.rule }}: {{ row.remedy }}</div>
<div style="${small}">{{ row.framework }} · every {{ row.every }} · {{ row.evidence }}{% if row.repeated %} · alert {{ row.alert }}{% endif %}</div>
{% if administrator %}<div style="${small}">Evidence and history: ${code('opsdeck-jobs controls show {{ row.typed }}')}</div>{% endif %}`,
  badgeBy('not row.since', 'row.repeated', '{{ row.badge }}'),
)}
{% endfor %}
${andMore(`{% if administrator %}: ${code('opsdeck-jobs controls list --failing')}{% endif %}`)}
${button('app_base_url', '{{ app_base_url }}/compliance/dashboard', 'Open the compliance dashboard')}
${footer(`{% if not administrator and ask %}What to do about a rule, and how to stop these mails: ask {{ ask }}.<br>{% endif %}You get this mail because you are the recipient of OpsDeck's notifications, or an administrator. A rule that stays in breach is in this mail again after {{ repeat }}. Who gets it, and where, is set in the notification event COMPLIANCE_BREACH.`)}`,
  ),
};
