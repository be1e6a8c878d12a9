import type { TemplateDefinition } from '../../../src/notify/notifier.ts';
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
} from '../../../src/notify/templates/mail-parts.ts';

const subject =
  'Compliance forecast: {% if total == 1 %}{{ rows[0].control_id }} turns {{ rows[0].to }} on {{ first_on }}{% else %}{{ total }} changes for the worse, the first on {{ first_on }}{% endif %}';

/** Rendered from the context that `forecastAlert` builds. */
export const forecastTemplate: TemplateDefinition = {
  name: 'Compliance Forecast - Controls That Will Get Worse',
  category: 'compliance',
  subject,
  bodyHtml: page(
    'warning',
    subject,
    '{% for row in rows %}{% if loop.first %}{{ row.control_id }} {{ row.control_name }}: {{ row.remedy }}{% endif %}{% endfor %}',
    `${opening('{{ controls }} control{% if controls != 1 %}s{% endif %} will get worse', 'Checked on {{ checked_at }} ({{ zone }}). The dates hold if no new evidence comes.')}
{% for row in rows %}
${item(
  `<strong>{{ row.control_id }}</strong> {{ row.control_name }}
<div style="font-size:14px;line-height:21px">{{ row.from }} → {{ row.to }} on {{ row.on_day }}: {{ row.remedy }}</div>
<div style="${small}">{{ row.framework }}{% if row.rule %} · {{ row.rule }}{% endif %}</div>
{% if not owner and row.typed %}<div style="${small}">Evidence and history: ${code('opsdeck-jobs controls show {{ row.typed }}')}</div>{% endif %}`,
  badgeBy("row.to == 'non-compliant'", "row.to == 'warning'", '{{ row.on }}'),
)}
{% endfor %}
${andMore(`: ${code('opsdeck-jobs controls forecast')}`)}
${button('app_base_url', '{{ app_base_url }}/compliance/dashboard', 'Open the compliance dashboard')}
${footer(`{% if owner and ask %}If this is not yours to do, or an exception is needed, ask {{ ask }}, who can record it.<br>{% endif %}{% if owner %}You get this mail because you own an activity that these controls ask for, or attested them.{% else %}You get this mail because you are an administrator of OpsDeck, and no owner of these controls is known.{% endif %} Each date is in this mail again after {{ repeat }}, or when it changes. Whether and where it is sent is set in the notification event COMPLIANCE_FORECAST.`)}`,
  ),
};
