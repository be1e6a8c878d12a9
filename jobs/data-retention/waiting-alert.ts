import { waitingNotice } from '../../src/notify/notice.ts';
import type { EventDefinition, OutgoingMessage, TemplateDefinition } from '../../src/notify/notifier.ts';
import {
  andMore,
  code,
  footer,
  item,
  opening,
  page,
  paragraph,
} from '../../src/notify/templates/mail-parts.ts';
import { forAdministrators } from '../../src/notify/for-administrators.ts';
import { count } from '../../src/text/count.ts';
import { acceptCommand, type PolicyResult, reasonOf } from './result.ts';

/** Policies that delete nothing until a person accepts the number of rows. */
export const waitingEvent: EventDefinition = {
  code: 'RETENTION_WAITS',
  name: 'Data retention waits for an acceptance',
  description: 'A retention policy would take more than was accepted: a person decides.',
  ...forAdministrators,
};

/** A mail with more rows than this is not read. */
const listed = 20;

const subject = '{{ what }}: an acceptance is needed';

const template: TemplateDefinition = {
  name: 'Data Retention Waits',
  category: 'system',
  subject,
  bodyHtml: page(
    'warning',
    subject,
    '{% for row in rows %}{% if loop.first %}{{ row.reason }}{% endif %}{% endfor %}',
    `${opening(
      '{{ what }}',
      'Nothing was deleted by {% if total == 1 %}it{% else %}them{% endif %}. The rows stay due.',
      [
        paragraph(
          `Look at the rows with ${code('opsdeck-jobs run-job data-retention --dry-run')}. Then accept their number, or change the policy in the configuration.`,
        ),
      ],
      12,
    )}
{% for row in rows %}
${item(`<strong>{{ row.policy }}</strong> ({{ row.action }}, {{ row.table }})
<div style="font-size:14px;line-height:21px">{{ row.reason }}</div>
<div style="padding-top:4px">${code('opsdeck-jobs {{ row.accept }}')}</div>`)}
{% endfor %}
${andMore()}
${footer(`What waits now: ${code('opsdeck-jobs status')}<br>You get this mail because you are an administrator of OpsDeck. There is no other of its kind about these policies while they wait. Who gets it, and where, is set in the notification event ${waitingEvent.code}.`)}`,
  ),
};

/** To every administrator, once while these policies wait. */
export function waitingAlert(waiting: readonly PolicyResult[], dedupeKey: string): OutgoingMessage {
  return {
    event: waitingEvent,
    template,
    recipients: forAdministrators.audience.recipients,
    targetType: 'job',
    targetId: 0,
    dedupeKey,
    context: {
      what: whatWaits(waiting),
      total: waiting.length,
      more: Math.max(0, waiting.length - listed),
      rows: waiting.slice(0, listed).map((one) => ({
        policy: one.policy,
        table: one.table,
        action: one.action,
        reason: reasonOf(one),
        accept: acceptCommand([one]),
      })),
    },
    notice: waitingNotice(
      dedupeKey,
      'medium',
      waiting.map((one) => ({
        type: 'retention_policy',
        id: one.policy,
        name: one.policy,
        text: reasonOf(one),
      })),
    ),
  };
}

/** `Retention policy audit_log waits`, `Retention policy audit_log and 2 more policies wait`. */
function whatWaits([first, ...others]: readonly PolicyResult[]): string {
  const more = others.length === 0 ? '' : ` and ${count(others.length, 'more policy', 'more policies')}`;
  return `Retention policy ${first?.policy}${more} ${others.length === 0 ? 'waits' : 'wait'}`;
}
