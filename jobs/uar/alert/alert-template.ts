import { code, faint, footer, ink, page } from '../../../src/notify/mail-layout.ts';
import type { TemplateDefinition } from '../../../src/notify/notifier.ts';

/**
 * OpsDeck's template of this name, where it has one, is used as it is: `alertContext` gives it the variables that it knows. Otherwise this
 * one is created.
 */

const small = `${faint};font-size:13px;line-height:19px`;

const badge = (background: string, color: string) =>
  `display:inline-block;padding:0 7px;background-color:${background};color:${color};border-radius:9px;font-size:12px;line-height:18px;font-weight:600;white-space:nowrap`;

const row = `<tr><td style="padding:0 20px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="border-top:1px solid #e3e6ea"><tr>
<td valign="top" style="padding:10px 10px 10px 0;word-break:break-word">
<strong>{{ row.key }}</strong>
<div style="font-size:14px;line-height:21px">{{ row.what }}{% if row.novelty %} · {{ row.novelty }}{% endif %}</div>
{% if row.description %}<div style="${small}">{{ row.description }}</div>{% endif %}
</td>
<td width="70" valign="top" align="right" style="padding:10px 0"><span style="{% if row.severity == 'critical' %}${badge('#fde3e3', '#991b1b')}{% elif row.severity == 'high' %}${badge('#ffe8d1', '#8a3a08')}{% else %}${badge('#fdf3c4', '#6b4a06')}{% endif %}">{{ row.severity }}</span></td>
</tr></table>
</td></tr>`;

export const findingsTemplate: TemplateDefinition = {
  name: 'UAR Alert - Findings Detected',
  category: 'compliance',
  subject:
    '{% if adopted %}Access review taken over: {{ comparison_name }}, {{ findings_count }} findings{% else %}Access review: {{ new_count }} new finding{% if new_count != 1 %}s{% endif %} in {{ comparison_name }}{% endif %}',
  bodyHtml: page(
    '#b91c1c',
    `<tr><td style="padding:22px 20px 12px 20px">
<h1 style="margin:0 0 6px 0;font-size:21px;line-height:28px;${ink}">{% if adopted %}{{ comparison_name }}: {{ findings_count }} finding{% if findings_count != 1 %}s{% endif %}{% else %}{{ new_count }} new finding{% if new_count != 1 %}s{% endif %} in {{ comparison_name }}{% endif %}</h1>
<span style="${faint}">Reviewed on {{ execution_date }} ({{ zone }}).</span>
{% if adopted %}<p style="margin:12px 0 0 0">The findings that OpsDeck had were taken over with their status. From now on you are told of what is new.</p>{% endif %}
</td></tr>
<tr><td style="padding:0 20px 12px 20px">
Of {{ findings_count }} findings in all {{ left_only_count }} are missing in B, {{ right_only_count }} are in B and not in A, {{ mismatch_count }} differ{% if duplicate_count %}, {{ duplicate_count }} have a key that occurs twice{% endif %}.
{% if excepted_count %}{{ excepted_count }} are excepted.{% endif %} {% if resolved_count %}{{ resolved_count }} are gone and were resolved.{% endif %}
</td></tr>
{% for row in rows %}
${row}
{% endfor %}
{% if more %}
<tr><td style="padding:12px 20px 0 20px;font-weight:600">and {{ more }} more</td></tr>
{% endif %}
{% if execution_url %}
<tr><td style="padding:20px 20px 0 20px">
<a href="{{ execution_url }}" style="display:inline-block;padding:10px 18px;background-color:#1d4ed8;color:#ffffff;border-radius:4px;font-weight:600;text-decoration:none">Open the review</a>
</td></tr>
{% endif %}
${footer(`To decide: ${code('opsdeck-jobs uar findings --comparison {{ comparison_id }}')}<br>You get this mail because you are a recipient of this comparison. Whether any of these mails is sent is set in the notification event UAR_FINDINGS.`)}`,
  ),
};
