import type { TemplateDefinition } from '../../../src/notify/notifier.ts';
import {
  andMore,
  button,
  code,
  footer,
  item,
  opening,
  page,
  paragraph,
  severityBadge,
  small,
} from '../../../src/notify/templates/mail-parts.ts';

/** Rendered from the context that `alertContext` builds. */

const row = item(
  `<strong>{{ row.key }}</strong>
<div style="font-size:14px;line-height:21px">{{ row.what }}{% if row.novelty %} · {{ row.novelty }}{% endif %}</div>
{% if row.description %}<div style="${small}">{{ row.description }}</div>{% endif %}`,
  { html: severityBadge, width: 70 },
);

const head = opening(
  `{% if adopted %}{{ comparison_name }}: {{ findings_count }} finding{% if findings_count != 1 %}s{% endif %}{% else %}{{ new_count }} new finding{% if new_count != 1 %}s{% endif %} in {{ comparison_name }}{% endif %}`,
  `Reviewed on {{ execution_date }} ({{ zone }}).`,
  [
    `{% if adopted %}${paragraph('The findings that OpsDeck had were taken over with their status. From now on you get alerts about new findings.')}{% endif %}`,
  ],
  12,
);

export const findingsTemplate: TemplateDefinition = {
  name: 'Access Review Alert - New Findings',
  category: 'compliance',
  subject:
    '{% if adopted %}Access review taken over: {{ comparison_name }}, {{ findings_count }} findings{% else %}Access review: {{ new_count }} new finding{% if new_count != 1 %}s{% endif %} in {{ comparison_name }}{% endif %}',
  bodyHtml: page(
    'bad',
    `${head}
<tr><td style="padding:0 20px 12px 20px">
Of {{ findings_count }} findings in all {{ left_only_count }} are missing in B, {{ right_only_count }} are in B and not in A, {{ mismatch_count }} differ{% if duplicate_count %}, {{ duplicate_count }} have a key that occurs twice{% endif %}.
{% if excepted_count %}{{ excepted_count }} are excepted.{% endif %} {% if resolved_count %}{{ resolved_count }} no longer exist and were resolved.{% endif %}
</td></tr>
{% for row in rows %}
${row}
{% endfor %}
${andMore()}
${button('execution_url', '{{ execution_url }}', 'Open the review')}
${footer(`To decide: ${code('opsdeck-jobs uar findings --comparison {{ comparison_id }}')}<br>You get this mail because you are a recipient of this comparison. Whether any of these mails is sent is set in the notification event UAR_FINDINGS.`)}`,
  ),
};
