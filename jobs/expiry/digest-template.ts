import { code, faint, footer, ink, page } from '../../src/notify/mail-layout.ts';
import type { TemplateDefinition } from '../../src/notify/notifier.ts';

/** The digest of expiry alerts, rendered from the context that `digestsOf` builds; what Jinja may be used in it says mail-layout.ts. */

const small = `${faint};font-size:13px;line-height:19px`;

const badge = (background: string, color: string) =>
  `display:inline-block;padding:0 7px;background-color:${background};color:${color};border-radius:9px;font-size:12px;line-height:18px;font-weight:600;white-space:nowrap`;

const row = `<tr><td style="padding:0 20px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="border-top:1px solid #e3e6ea"><tr>
<td valign="top" style="padding:10px 10px 10px 0;word-break:break-word">
<strong>{% if app_base_url %}<a href="{{ app_base_url }}{{ row.path }}" style="background-color:#ffffff;color:#1d4ed8;text-decoration:none">{{ row.name }}</a>{% else %}{{ row.name }}{% endif %}</strong>{% if row.break_glass %} <span style="${badge('#1f2937', '#ffffff')}">break glass</span>{% endif %}
<div style="font-size:14px;line-height:21px">{{ row.kind }} · {{ row.date }}{% if row.cost %} · {{ row.cost }}{% endif %}</div>
{% if row.detail %}<div style="${small}">{{ row.detail }}</div>{% endif %}
{% if row.cancel_by %}<div style="font-size:14px;line-height:21px;font-weight:600">Cancel by {{ row.cancel_by }}</div>{% endif %}
{% for difference in row.differences %}<div style="font-size:13px;line-height:19px;font-weight:600">Recorded wrongly: {{ difference }}</div>{% endfor %}
{% if row.missed %}<div style="${small}">{{ row.missed }}.</div>{% endif %}
{% if row.reason %}<div style="${small}">You are told because {{ row.reason }}.</div>{% endif %}
</td>
<td width="130" valign="top" align="right" style="padding:10px 0"><span style="{% if row.ended %}${badge('#fde3e3', '#991b1b')}{% elif row.urgent %}${badge('#ffe8d1', '#8a3a08')}{% else %}${badge('#fdf3c4', '#6b4a06')}{% endif %}">{{ row.sentence }}</span></td>
</tr></table>
</td></tr>`;

/** @param event the notification event that decides about these mails, for the last line. */
export function digestTemplate(name: string, about: string, event: string): TemplateDefinition {
  return {
    name,
    category: 'expiry',
    // What an event links to is OpsDeck's template for one item.
    secondary: true,
    subject: `${about}: {% if total == 1 %}{{ first }}{% else %}{{ summary }}{% if ended %}, {{ ended }} past their end{% endif %}{% endif %}`,
    bodyHtml: page(
      '#b45309',
      `<tr><td style="padding:22px 20px 12px 20px">
<h1 style="margin:0 0 6px 0;font-size:21px;line-height:28px;${ink}">{{ summary }} to look at</h1>
<span style="${faint}">{{ today }} ({{ zone }}).{% if cost %} Cost: {{ cost }}.{% endif %}</span>
</td></tr>
{% for row in rows %}
${row}
{% endfor %}
{% if more %}
<tr><td style="padding:12px 20px 0 20px;font-weight:600">and {{ more }} more: ${code('opsdeck-jobs report expiry')}</td></tr>
{% endif %}
{% if baseline %}
<tr><td style="padding:12px 20px 0 20px">{{ baseline }} expired before monitoring began: ${code('opsdeck-jobs report expiry --expired')}</td></tr>
{% endif %}
{% if app_base_url %}
<tr><td style="padding:20px 20px 0 20px">
<a href="{{ app_base_url }}" style="display:inline-block;padding:10px 18px;background-color:#1d4ed8;color:#ffffff;border-radius:4px;font-weight:600;text-decoration:none">Open OpsDeck</a>
</td></tr>
{% endif %}
${footer(`To suppress alerts: ${code('opsdeck-jobs expiry snooze')} or ${code('opsdeck-jobs expiry ack')}<br>{% if fallback %}Some of this comes to you because nobody who owns it could be told.{% else %}You get this mail because you own this in OpsDeck, or your group does.{% endif %} Whether and where it is sent is set in the notification event ${event}.`)}`,
    ),
  };
}
