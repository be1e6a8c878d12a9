import type { TemplateDefinition } from '../../src/notify/notifier.ts';
import {
  andMore,
  button,
  code,
  counts,
  faint,
  footer,
  item,
  line,
  link,
  opening,
  page,
  paragraph,
  severityBadge,
  small,
} from '../../src/notify/templates/mail-parts.ts';

/** The mails of the job; what Jinja may be used in them says mail-parts.ts. */

const openFrameworks = button(
  'app_base_url',
  '{{ app_base_url }}/frameworks',
  'Open the frameworks in OpsDeck',
);

const frameworkHeading = `<tr><td style="padding:22px 20px 6px 20px;font-size:16px;line-height:22px;font-weight:700;word-break:break-word">
{% if app_base_url and group.framework_id %}${link('{{ app_base_url }}/frameworks/{{ group.framework_id }}', '{{ group.framework }}')}{% else %}{{ group.framework }}{% endif %}
</td></tr>`;

const controlName = `<strong>{{ row.control_id }}</strong> {{ row.control_name }}`;
const linkedControl = `{% if app_base_url %}${link('{{ app_base_url }}{{ row.path }}', controlName)}{% else %}${controlName}{% endif %}`;

const driftSubject =
  'Compliance drift: {{ total }} regression{% if total != 1 %}s{% endif %} ({{ critical }} critical, {{ high }} high, {{ medium }} medium)';

/** Rendered from the context that `driftAlert` builds. */
export const driftTemplate: TemplateDefinition = {
  name: 'Drift Alert - Controls That Got Worse',
  category: 'compliance',
  subject: driftSubject,
  bodyHtml: page(
    'bad',
    driftSubject,
    '{% for group in groups %}{% if loop.first %}{% for row in group.rows %}{% if loop.first %}{{ row.control_id }} {{ row.control_name }}: {{ row.to }}{% endif %}{% endfor %}{% endif %}{% endfor %}{% if total != 1 %}, and more{% endif %}',
    `${opening(`{{ total }} control{% if total != 1 %}s have{% else %} has{% endif %} got worse`, `Checked on {{ checked_at }} ({{ zone }}).{% if improvements %} {{ improvements }} improved in the same check.{% endif %}{% if replaces %} It takes the place of alerts that could not be sent in time.{% endif %}`)}
${line(
  counts([
    ['critical', '{{ critical }} critical'],
    ['high', '{{ high }} high'],
    ['medium', '{{ medium }} medium'],
  ]),
)}
{% for group in groups %}
${frameworkHeading}
{% for row in group.rows %}
${item(
  `${linkedControl}
<div style="font-size:14px;line-height:21px"><span style="${faint}">{{ row.from }} →</span> <strong>{{ row.to }}</strong></div>
<div style="${small}">{{ row.cause }}{% if row.flapping %} · keeps changing{% endif %}</div>
{% if row.rule %}<div style="${small}">Rule: {{ row.rule }}. {{ row.last_done }}. {{ row.limit }}.</div>{% endif %}
{% if row.remedy %}<div style="font-size:14px;line-height:21px"><strong>To fix:</strong> {{ row.remedy }}</div>{% endif %}
{% if row.fails_on %}<div style="font-size:14px;line-height:21px;font-weight:600">Non-compliant on {{ row.fails_on }} if nothing is done.</div>{% endif %}
{% if row.typed %}<div style="${small}">Evidence and history: ${code('opsdeck-jobs controls show {{ row.typed }}')}</div>
<div style="${small}">Being worked on? ${code('opsdeck-jobs controls action {{ row.typed }} --cause TEXT --action TEXT --due DATE')}</div>{% endif %}`,
  severityBadge,
)}
{% endfor %}
{% endfor %}
${andMore()}
${openFrameworks}
${footer(`All changes and the trend: ${code('opsdeck-jobs report drift --days 30')}<br>You get this mail because you are an administrator of OpsDeck. Who gets it, and where, is set in the notification event COMPLIANCE_DRIFT.`)}`,
  ),
};

const evaluationSubject =
  'Compliance check incomplete: {{ unknown }} of {{ applicable }} controls could not be evaluated';

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
  subject: evaluationSubject,
  bodyHtml: page(
    'warning',
    evaluationSubject,
    'That is {{ percent }} %, more than the {{ limit_percent }} % that is tolerated',
    `${evaluationHead}
{% for group in groups %}
${frameworkHeading}
{% for row in group.rows %}
${item(`${controlName}
<div style="${small}">{{ row.reason }}</div>
<div style="${small}">Its rules and evidence: ${code('opsdeck-jobs controls show {{ row.typed }}')}</div>`)}
{% endfor %}
{% endfor %}
${andMore()}
${openFrameworks}
${footer(`The state of every control: ${code('opsdeck-jobs preview compliance-drift')}<br>You get this mail because you are an administrator of OpsDeck. Who gets it, and where, is set in the notification event COMPLIANCE_DRIFT.`)}`,
  ),
};

const frameworksSubject =
  'Compliance check: {{ total }} framework{% if total != 1 %}s{% endif %} no longer evaluated ({{ failing }} failing controls)';

/** Rendered from the context that `frameworksAlert` builds. */
export const frameworksTemplate: TemplateDefinition = {
  name: 'Compliance Drift Alert - Frameworks No Longer Evaluated',
  category: 'compliance',
  secondary: true,
  subject: frameworksSubject,
  bodyHtml: page(
    'warning',
    frameworksSubject,
    '{% for row in rows %}{{ row.framework }}{% if not loop.last %}, {% endif %}{% endfor %}',
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
<div style="${small}">{{ row.cause }} · {{ row.controls }} controls, {{ row.failing }} failing</div>
<div style="${small}">What its last snapshots found: ${code('opsdeck-jobs report drift --framework {{ row.framework_id }} --days 90')}</div>`)}
{% endfor %}
${andMore()}
${openFrameworks}
${footer(`To evaluate a framework again, switch it on in OpsDeck. What each snapshot found: ${code('opsdeck-jobs report drift --days 30')}<br>You get this mail because you are an administrator of OpsDeck. Whether and where it is sent is set in the notification event COMPLIANCE_DRIFT.`)}`,
  ),
};
