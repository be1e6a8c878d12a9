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
  small,
} from '../../src/notify/templates/mail-parts.ts';
import { forAdministrators } from '../../src/notify/for-administrators.ts';
import { count } from '../../src/text/count.ts';
import type { WaitingCurrency } from './held.sql.ts';
import { changePercent } from './result.ts';

/** Rates that are kept out of use until a person decides. */
export const quarantineEvent: EventDefinition = {
  code: 'RATES_QUARANTINED',
  name: 'Exchange rates are quarantined',
  description: 'Exchange rates jumped, or are of an unknown currency: a person decides.',
  ...forAdministrators,
};

/** A mail with more rows than this is not read. */
const listed = 20;

const subject = '{{ what }}: a decision is needed';

const template: TemplateDefinition = {
  name: 'Exchange Rates Are Quarantined',
  category: 'system',
  subject,
  bodyHtml: page(
    'warning',
    subject,
    '{% for row in rows %}{% if loop.first %}{{ row.code }}: {{ row.rate }}{% endif %}{% endfor %}',
    `${opening(
      '{{ what }}',
      'They are not in use. OpsDeck keeps the last rate that was taken.',
      [
        paragraph(
          'Compare them with another source, then accept or reject them. A jump is taken by itself once three later days are at its level.',
        ),
      ],
      12,
    )}
{% for row in rows %}
${item(`<strong>{{ row.code }}</strong> {{ row.rate }}
<div style="font-size:14px;line-height:21px">{{ row.reason }}</div>
<div style="${small}">{{ row.days }}, published by {{ row.provider }}</div>
<div style="padding-top:4px">${code('opsdeck-jobs rates accept {{ row.code }} --reason &quot;why&quot;')}</div>
<div style="padding-top:4px">${code('opsdeck-jobs rates reject {{ row.code }} --reason &quot;why&quot;')}</div>`)}
{% endfor %}
${andMore()}
${footer(`All of them: ${code('opsdeck-jobs rates list --quarantined')}<br>You get this mail because you are an administrator of OpsDeck. There is no other about these currencies until somebody has decided. Who gets it, and where, is set in the notification event ${quarantineEvent.code}.`)}`,
  ),
};

/** To every administrator, once while rates of these currencies wait. */
export function quarantineAlert(currencies: readonly WaitingCurrency[], dedupeKey: string): OutgoingMessage {
  return {
    event: quarantineEvent,
    template,
    recipients: forAdministrators.audience.recipients,
    targetType: 'job',
    targetId: 0,
    dedupeKey,
    context: {
      what: whatWaits(currencies),
      total: currencies.length,
      more: Math.max(0, currencies.length - listed),
      rows: currencies.slice(0, listed).map((one) => ({
        code: one.quote,
        rate: rateOf(one),
        reason: reasonOf(one),
        days:
          one.days === 1
            ? `1 day, ${one.newest}`
            : `${count(one.days, 'day')}, ${one.oldest} to ${one.newest}`,
        provider: one.provider,
      })),
    },
    notice: waitingNotice(
      dedupeKey,
      'medium',
      currencies.map((one) => ({
        type: 'currency',
        id: one.quote,
        name: one.quote,
        text: `${rateOf(one)}. ${reasonOf(one)}`,
      })),
    ),
  };
}

/** `The rate of TRY is quarantined`, `Rates of TRY and 2 more currencies are quarantined`. */
function whatWaits(currencies: readonly WaitingCurrency[]): string {
  const [first, ...others] = currencies;
  const rates = first?.days === 1 && others.length === 0 ? 'The rate' : 'Rates';
  const more = others.length === 0 ? '' : ` and ${count(others.length, 'more currency', 'more currencies')}`;
  return `${rates} of ${first?.quote}${more} ${rates === 'Rates' ? 'are' : 'is'} quarantined`;
}

function rateOf({ rate, quote, base, newest }: WaitingCurrency): string {
  return `${rate} ${quote} for 1 ${base} on ${newest}`;
}

function reasonOf({ rate, compared_rate: before, compared_date: day }: WaitingCurrency): string {
  if (before === null) return 'The code of its currency is unknown';
  return `It jumped by ${changePercent(before, rate)} %: ${before} on ${day} was the last that was taken`;
}
