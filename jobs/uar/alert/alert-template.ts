import type { TemplateDefinition } from '../../../src/notify/notifier.ts';
import {
  andMore,
  button,
  code,
  footer,
  item,
  line,
  opening,
  page,
  paragraph,
  severityBadge,
  small,
} from '../../../src/notify/templates/mail-parts.ts';

/** Rendered from the context that `alertContext` builds. */

const row = item(
  `<strong>{{ row.key }}</strong>
<div style="font-size:14px;line-height:21px">{% if row.novelty %}{{ row.novelty }} · {% endif %}{{ row.what }}</div>
{% if row.description %}<div style="${small}">{{ row.description }}</div>{% endif %}`,
  severityBadge,
);

/** A number with a word that agrees with it. */
const many = (variable: string, one: string, more: string) =>
  `{{ ${variable} }} {% if ${variable} == 1 %}${one}{% else %}${more}{% endif %}`;

const head = opening(
  `{% if adopted %}{{ comparison_name }}: ${many('findings_count', 'finding', 'findings')}{% else %}${many('new_count', 'new finding', 'new findings')} in {{ comparison_name }}{% endif %}`,
  `Reviewed on {{ execution_date }} ({{ zone }}).`,
  [
    `{% if adopted %}${paragraph('The findings that OpsDeck had were taken over with their status. From now on you get alerts about new findings.')}{% endif %}`,
  ],
  12,
);

const counts = `In all: ${many('findings_count', 'finding', 'findings')}{% if right_only_count %} · ${many('right_only_count', 'has', 'have')} access in {{ side_b }} and {% if right_only_count == 1 %}is{% else %}are{% endif %} not in {{ side_a }}{% endif %}{% if left_only_count %} · ${many('left_only_count', 'is', 'are')} in {{ side_a }} without access in {{ side_b }}{% endif %}{% if mismatch_count %} · ${many('mismatch_count', 'differs', 'differ')}{% endif %}{% if duplicate_count %} · ${many('duplicate_count', 'has', 'have')} a key that occurs twice{% endif %}{% if excepted_count %} · ${many('excepted_count', 'is', 'are')} excepted{% endif %}{% if resolved_count %} · ${many('resolved_count', 'no longer exists and was', 'no longer exist and were')} resolved{% endif %}`;

const subject =
  'Access review{% if adopted %} taken over: {{ comparison_name }}, {{ findings_count }} finding{% if findings_count != 1 %}s{% endif %}{% else %}: {{ new_count }} new finding{% if new_count != 1 %}s{% endif %} in {{ comparison_name }}{% endif %}';

const howToDecide = `{% if administrator %}To decide: ${code('opsdeck-jobs uar findings --comparison {{ comparison_id }}')}{% elif ask %}To decide, open the review in OpsDeck. To record an exception, or to stop these mails, ask {{ ask }}, who can do both.{% else %}To decide, open the review in OpsDeck.{% endif %}`;

export const findingsTemplate: TemplateDefinition = {
  name: 'Access Review Alert - New Findings',
  category: 'compliance',
  subject,
  bodyHtml: page(
    'bad',
    subject,
    '{% for row in rows %}{% if loop.first %}{{ row.key }} {{ row.what }}{% endif %}{% endfor %}',
    `${head}
${line(counts, ';padding-bottom:12px')}
{% for row in rows %}
${row}
{% endfor %}
${andMore()}
${button('execution_url', '{{ execution_url }}', 'Open the review')}
${footer(`${howToDecide}<br>You get this mail because you are a recipient of this comparison. Whether any of these mails is sent is set in the notification event UAR_FINDINGS.`)}`,
  ),
};
