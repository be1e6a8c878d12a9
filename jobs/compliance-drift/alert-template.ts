import type { TemplateDefinition } from '../../src/notify/notifier.ts';
import {
  andMore,
  button,
  code,
  faint,
  footer,
  item,
  link,
  opening,
  page,
  paragraph,
  severityBadge,
  severityGround,
  small,
} from '../../src/notify/templates/mail-parts.ts';

/** The mails of the job; what Jinja may be used in them says mail-parts.ts. */

const openFrameworks = button(
  'app_base_url',
  '{{ app_base_url }}/frameworks',
  'Open the frameworks in OpsDeck',
);

function count(level: 'critical' | 'high' | 'medium'): string {
  return `<td width="33%" align="center" style="padding:10px 4px;${severityGround(level)};border-radius:5px">
<span style="font-size:26px;line-height:30px;font-weight:700">{{ ${level} }}</span><br>
<span style="font-size:13px;line-height:18px">${level}</span>
</td>`;
}

const frameworkHeading = `<tr><td style="padding:22px 20px 6px 20px;font-size:16px;line-height:22px;font-weight:700;word-break:break-word">
{% if app_base_url and group.framework_id %}${link('{{ app_base_url }}/frameworks/{{ group.framework_id }}', '{{ group.framework }}')}{% else %}{{ group.framework }}{% endif %}
</td></tr>`;

const controlName = `<strong>{{ row.control_id }}</strong> {{ row.control_name }}`;

/** Rendered from the context that `driftAlert` builds. */
export const driftTemplate: TemplateDefinition = {
  name: 'Drift Alert - Controls That Got Worse',
  category: 'compliance',
  subject:
    'Compliance drift: {{ total }} regression{% if total != 1 %}s{% endif %} ({{ critical }} critical, {{ high }} high, {{ medium }} medium)',
  bodyHtml: page(
    'bad',
    `${opening(`{{ total }} control{% if total != 1 %}s have{% else %} has{% endif %} got worse`, `Checked on {{ checked_at }} ({{ zone }}).{% if improvements %} {{ improvements }} improved in the same check.{% endif %}{% if replaces %} It takes the place of alerts that could not be sent in time.{% endif %}`)}
<tr><td style="padding:10px 14px 0 14px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="6" border="0"><tr>
${count('critical')}
${count('high')}
${count('medium')}
</tr></table>
</td></tr>
{% for group in groups %}
${frameworkHeading}
{% for row in group.rows %}
${item(
  `${controlName}
<div style="font-size:14px;line-height:21px"><span style="${faint};white-space:nowrap">{{ row.from }} →</span> <strong style="white-space:nowrap">{{ row.to }}</strong></div>
<div style="${small}">{{ row.cause }}{% if row.flapping %} · keeps changing{% endif %}</div>`,
  { html: severityBadge, width: 70 },
)}
{% endfor %}
{% endfor %}
${andMore()}
${openFrameworks}
${footer(`All changes and the trend: ${code('opsdeck-jobs report drift --days 30')}<br>You get this mail because you are an administrator of OpsDeck. Who gets it, and where, is set in the notification event COMPLIANCE_DRIFT.`)}`,
  ),
};

const evaluationHead = opening(
  `{{ unknown }} of {{ applicable }} controls could not be evaluated`,
  `Checked on {{ checked_at }} ({{ zone }}).`,
  [
    paragraph(
      `That is {{ percent }} %, more than the {{ limit_percent }} % that is tolerated. Unknown is not compliant: until the rules below are put right, these controls may be failing without an alert.`,
    ),
  ],
);

/** Rendered from the context that `evaluationAlert` builds. */
export const evaluationTemplate: TemplateDefinition = {
  name: 'Drift Alert - Evaluation Incomplete',
  category: 'compliance',
  secondary: true,
  subject: 'Compliance check incomplete: {{ unknown }} of {{ applicable }} controls could not be evaluated',
  bodyHtml: page(
    'warning',
    `${evaluationHead}
{% for group in groups %}
${frameworkHeading}
{% for row in group.rows %}
${item(`${controlName}
<div style="${small}">{{ row.reason }}</div>`)}
{% endfor %}
{% endfor %}
${andMore()}
${openFrameworks}
${footer(`The state of every control: ${code('opsdeck-jobs preview compliance-drift')}<br>You get this mail because you are an administrator of OpsDeck. Who gets it, and where, is set in the notification event COMPLIANCE_DRIFT.`)}`,
  ),
};

/** Rendered from the context that `frameworksAlert` builds. */
export const frameworksTemplate: TemplateDefinition = {
  name: 'Compliance Drift Alert - Frameworks No Longer Evaluated',
  category: 'compliance',
  secondary: true,
  subject:
    'Compliance check: {{ total }} framework{% if total != 1 %}s{% endif %} no longer evaluated ({{ failing }} failing controls)',
  bodyHtml: page(
    'warning',
    `${opening(
      '{{ total }} framework{% if total != 1 %}s are{% else %} is{% endif %} no longer evaluated',
      'Checked on {{ checked_at }} ({{ zone }}).',
      [
        paragraph(
          'They had {{ controls }} controls in their last check; {{ failing }} of them were failing. Nothing is reported about these controls from now on.',
        ),
      ],
    )}
{% for row in rows %}
${item(`<strong>{{ row.framework }}</strong>
<div style="${small}">{{ row.cause }} · {{ row.controls }} controls, {{ row.failing }} failing</div>`)}
{% endfor %}
${andMore()}
${openFrameworks}
${footer(`To evaluate a framework again, switch it on in OpsDeck. What each snapshot found: ${code('opsdeck-jobs report drift --days 30')}<br>You get this mail because you are an administrator of OpsDeck. Whether and where it is sent is set in the notification event COMPLIANCE_DRIFT.`)}`,
  ),
};
