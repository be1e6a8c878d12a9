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
<div style="font-size:14px;line-height:21px">{{ row.kind }} · {{ row.date }}{% if row.cost %} · {{ row.cost }}{% endif %}</div>
{% if row.detail %}<div style="${small}">{{ row.detail }}</div>{% endif %}
{% if row.cancel_by %}<div style="font-size:14px;line-height:21px;font-weight:600">Cancel by {{ row.cancel_by }}</div>{% endif %}
{% for difference in row.differences %}<div style="font-size:13px;line-height:19px;font-weight:600">Recorded wrongly: {{ difference }}</div>{% endfor %}
{% if row.missed %}<div style="${small}">{{ row.missed }}.</div>{% endif %}
{% if row.reason %}<div style="${small}">You get this because {{ row.reason }}.</div>{% endif %}`,
  { html: badgeBy('row.ended', 'row.urgent', '{{ row.sentence }}'), width: 130 },
);

/** @param event the notification event that decides about these mails, for the last line. */
export function digestTemplate(name: string, about: string, event: string): TemplateDefinition {
  return {
    name,
    category: 'expiry',
    // What an event links to is OpsDeck's template for one item.
    secondary: true,
    subject: `${about}: {% if total == 1 %}{{ first }}{% else %}{{ summary }}{% if ended %}, {{ ended }} past their end{% endif %}{% endif %}`,
    bodyHtml: page(
      'warning',
      `${opening(`{{ summary }} to look at`, `{{ today }} ({{ zone }}).{% if cost %} Cost: {{ cost }}.{% endif %}`, [], 12)}
{% for row in rows %}
${row}
{% endfor %}
${andMore(`: ${code('opsdeck-jobs report expiry')}`)}
{% if baseline %}
${line(`{{ baseline }} expired before monitoring began: ${code('opsdeck-jobs report expiry --expired')}`)}
{% endif %}
${button('app_base_url', '{{ app_base_url }}', 'Open OpsDeck')}
${footer(`To suppress alerts: ${code('opsdeck-jobs expiry snooze')} or ${code('opsdeck-jobs expiry ack')}<br>{% if fallback %}You get some of this because its owners have no address for alerts.{% else %}You get this mail because you own this in OpsDeck, or your group does.{% endif %} Whether and where it is sent is set in the notification event ${event}.`)}`,
    ),
  };
}
