import { code, faint, footer, ink, page } from '../../src/notify/mail-layout.ts';
import type { TemplateDefinition } from '../../src/notify/notifier.ts';

/** The mails of the job; what Jinja may be used in them says mail-layout.ts. */

const button = `{% if app_base_url %}
<tr><td style="padding:20px 20px 0 20px">
<a href="{{ app_base_url }}/frameworks" style="display:inline-block;padding:10px 18px;background-color:#1d4ed8;color:#ffffff;border-radius:4px;font-weight:600;text-decoration:none">Open the frameworks in OpsDeck</a>
</td></tr>
{% endif %}`;

function count(label: string, variable: string, background: string, color: string): string {
  return `<td width="33%" align="center" style="padding:10px 4px;background-color:${background};color:${color};border-radius:5px">
<span style="font-size:26px;line-height:30px;font-weight:700">{{ ${variable} }}</span><br>
<span style="font-size:13px;line-height:18px">${label}</span>
</td>`;
}

const badge = (background: string, color: string) =>
  `display:inline-block;padding:0 7px;background-color:${background};color:${color};border-radius:9px;font-size:12px;line-height:18px;font-weight:600`;

const levels = {
  critical: { background: '#fde3e3', color: '#991b1b' },
  high: { background: '#ffe8d1', color: '#8a3a08' },
  medium: { background: '#fdf3c4', color: '#6b4a06' },
} as const;

const severityBadge = `<span style="{% if row.severity == 'critical' %}${badge(levels.critical.background, levels.critical.color)}{% elif row.severity == 'high' %}${badge(levels.high.background, levels.high.color)}{% else %}${badge(levels.medium.background, levels.medium.color)}{% endif %}">{{ row.severity }}</span>`;

const frameworkHeading = `<tr><td style="padding:22px 20px 6px 20px;font-size:16px;line-height:22px;font-weight:700;word-break:break-word">
{% if app_base_url and group.framework_id %}<a href="{{ app_base_url }}/frameworks/{{ group.framework_id }}" style="background-color:#ffffff;color:#1d4ed8;text-decoration:none">{{ group.framework }}</a>{% else %}{{ group.framework }}{% endif %}
</td></tr>`;

const controlName = `<strong>{{ row.control_id }}</strong> {{ row.control_name }}`;

/** Rendered from the context that `driftAlert` builds. */
export const driftTemplate: TemplateDefinition = {
  name: 'Compliance Drift Alert - Regressions Detected',
  category: 'compliance',
  subject:
    'Compliance drift: {{ total }} regression{% if total != 1 %}s{% endif %} ({{ critical }} critical, {{ high }} high, {{ medium }} medium)',
  bodyHtml: page(
    '#b91c1c',
    `<tr><td style="padding:22px 20px 0 20px">
<h1 style="margin:0 0 6px 0;font-size:21px;line-height:28px;${ink}">{{ total }} control{% if total != 1 %}s have{% else %} has{% endif %} got worse</h1>
<span style="${faint}">Checked on {{ checked_at }} ({{ zone }}).{% if improvements %} {{ improvements }} improved in the same check.{% endif %}</span>
</td></tr>
<tr><td style="padding:10px 14px 0 14px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="6" border="0"><tr>
${count('critical', 'critical', levels.critical.background, levels.critical.color)}
${count('high', 'high', levels.high.background, levels.high.color)}
${count('medium', 'medium', levels.medium.background, levels.medium.color)}
</tr></table>
</td></tr>
{% for group in groups %}
${frameworkHeading}
{% for row in group.rows %}
<tr><td style="padding:0 20px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="border-top:1px solid #e3e6ea"><tr>
<td valign="top" style="padding:10px 10px 10px 0;word-break:break-word">
${controlName}
<div style="font-size:14px;line-height:21px"><span style="${faint};white-space:nowrap">{{ row.from }} →</span> <strong style="white-space:nowrap">{{ row.to }}</strong></div>
<div style="${faint};font-size:13px;line-height:19px">{{ row.cause }}{% if row.flapping %} · keeps changing{% endif %}</div>
</td>
<td width="70" valign="top" align="right" style="padding:10px 0">${severityBadge}</td>
</tr></table>
</td></tr>
{% endfor %}
{% endfor %}
{% if more %}
<tr><td style="padding:12px 20px 0 20px;font-weight:600">and {{ more }} more</td></tr>
{% endif %}
${button}
${footer(`All changes and the trend: ${code('opsdeck-jobs report drift --days 30')}<br>You get this mail because you are an administrator of OpsDeck. Who is told, and where, is set in the notification event COMPLIANCE_DRIFT.`)}`,
  ),
};

/** Rendered from the context that `evaluationAlert` builds. */
export const evaluationTemplate: TemplateDefinition = {
  name: 'Compliance Drift Alert - Evaluation Incomplete',
  category: 'compliance',
  secondary: true,
  subject: 'Compliance check incomplete: {{ unknown }} of {{ applicable }} controls could not be evaluated',
  bodyHtml: page(
    '#b45309',
    `<tr><td style="padding:22px 20px 0 20px">
<h1 style="margin:0 0 6px 0;font-size:21px;line-height:28px;${ink}">{{ unknown }} of {{ applicable }} controls could not be evaluated</h1>
<span style="${faint}">Checked on {{ checked_at }} ({{ zone }}).</span>
<p style="margin:12px 0 0 0">That is {{ percent }} %, more than the {{ limit_percent }} % that is tolerated. Unknown is not compliant: until the rules below are put right, these controls may be failing without anybody being told.</p>
</td></tr>
{% for group in groups %}
${frameworkHeading}
{% for row in group.rows %}
<tr><td style="padding:0 20px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="border-top:1px solid #e3e6ea"><tr>
<td valign="top" style="padding:10px 0;word-break:break-word">
${controlName}
<div style="${faint};font-size:13px;line-height:19px">{{ row.reason }}</div>
</td>
</tr></table>
</td></tr>
{% endfor %}
{% endfor %}
{% if more %}
<tr><td style="padding:12px 20px 0 20px;font-weight:600">and {{ more }} more</td></tr>
{% endif %}
${button}
${footer(`The state of every control: ${code('opsdeck-jobs preview compliance-drift')}<br>You get this mail because you are an administrator of OpsDeck. Who is told, and where, is set in the notification event COMPLIANCE_DRIFT.`)}`,
  ),
};
