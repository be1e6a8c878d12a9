import type { TemplateDefinition } from '../../src/notify/notifier.ts';
import {
  andMore,
  badgeBy,
  button,
  code,
  darkBadge,
  footer,
  item,
  line,
  link,
  opening,
  page,
  small,
} from '../../src/notify/templates/mail-parts.ts';

/** The digest of expiry alerts, rendered from the context that `digestsOf` builds; what Jinja may be used in it says mail-parts.ts. */

const row = item(
  `<strong>{% if app_base_url %}${link('{{ app_base_url }}{{ row.path }}', '{{ row.name }}')}{% else %}{{ row.name }}{% endif %}</strong>{% if row.break_glass %} <span style="${darkBadge}">break glass</span>{% endif %}
<div style="font-size:14px;line-height:21px">{{ row.kind }} · {% if row.happens %}{{ row.happens }} {% endif %}{{ row.date }}{% if row.cost %} · {{ row.cost }}{% endif %}{% if row.owner %} · {{ row.owner }}{% endif %}</div>
{% if row.detail %}<div style="${small}">{{ row.detail }}</div>{% endif %}
{% if row.cancel_by %}<div style="font-size:14px;line-height:21px;font-weight:600">Cancel by {{ row.cancel_by }}</div>{% endif %}
{% if row.notice_ended %}<div style="${small}">Too late to cancel: {{ row.notice_ended }}.</div>{% endif %}
{% for difference in row.differences %}<div style="font-size:13px;line-height:19px;font-weight:600">Recorded wrongly: {{ difference }}</div>{% endfor %}
{% if row.missed %}<div style="${small}">{{ row.missed }}.</div>{% endif %}
{% if row.reason %}<div style="${small}">You get this because {{ row.reason }}.</div>{% endif %}
{% if administrator %}<div style="${small}">Handled? ${code('opsdeck-jobs expiry ack {{ row.item }}')}</div>{% endif %}`,
  badgeBy('row.ended', 'row.urgent', '{{ row.sentence }}'),
);

const pastRow = item(
  `<strong>{% if app_base_url %}${link('{{ app_base_url }}{{ row.path }}', '{{ row.name }}')}{% else %}{{ row.name }}{% endif %}</strong>
<div style="font-size:14px;line-height:21px">{{ row.kind }} · {{ row.ended }} {{ row.date }}</div>`,
);

const silence = `{% if administrator %}No alerts for a while: ${code('opsdeck-jobs expiry snooze ITEM --until DATE')}<br>{% elif ask %}To stop alerts about an item, ask {{ ask }}, who can silence it.<br>{% endif %}`;

const why = `{% if fallback %}You get some of this because its owners have no address for alerts.{% else %}You get this mail because you own this in OpsDeck, or your group does.{% endif %}`;

const subject =
  '{% if total %}{{ first }}{% if rest %}, and {{ rest }}{% endif %}{% else %}{{ past_first }} had ended before alerts began{% endif %}';

/** @param event the notification event that decides about these mails, for the last line. */
export function digestTemplate(name: string, event: string): TemplateDefinition {
  return {
    name,
    category: 'expiry',
    // What an event links to is OpsDeck's template for one item.
    secondary: true,
    subject,
    bodyHtml: page(
      'warning',
      subject,
      '{% if total %}{{ summary }}. {{ first }}{% else %}{{ past_summary }} of yours{% endif %}{% if cost %} · {{ cost }}{% endif %}',
      `${opening('{% if total %}{{ summary }}{% else %}{{ past_summary }}{% endif %} to look at', '{{ today }} ({{ zone }}).{% if cost %} Cost: {{ cost }}.{% endif %}', [], 12)}
{% for row in rows %}
${row}
{% endfor %}
${andMore(`{% if administrator %}: ${code('opsdeck-jobs report expiry')}{% endif %}`)}
{% if past %}
${line('{{ past_summary }} of yours had ended before alerts began; no other mail follows about this:', ';font-weight:600')}
{% for row in past %}
${pastRow}
{% endfor %}
{% if past_more %}${line('and {{ past_more }} more', ';font-weight:600')}{% endif %}
{% endif %}
{% if baseline %}
${line(`{{ baseline }} expired before monitoring began: ${code('opsdeck-jobs report expiry --expired')}`)}
{% endif %}
${button('app_base_url', '{{ app_base_url }}', 'Open OpsDeck')}
${footer(`${silence}${why} Whether and where it is sent is set in the notification event ${event}.`)}`,
    ),
  };
}
