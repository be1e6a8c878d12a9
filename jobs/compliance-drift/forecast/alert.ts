import { TZDate } from '@date-fns/tz/date';
import { format } from 'date-fns/format';
import { type Administrator, whomToAsk } from '../../../src/notify/administrators.ts';
import { listedItems, type NoticeItem, pageOf } from '../../../src/notify/notice.ts';
import type { OutgoingMessage, PersonRecipient } from '../../../src/notify/notifier.ts';
import { count } from '../../../src/text/count.ts';
import { comingRemedy, type ForecastTurn } from '../controls/forecast.ts';
import { typedControl } from '../controls/typed-control.ts';
import { forecastEvent } from './event.ts';
import { forecastTemplate } from './template.ts';

/** Days after which a date is alerted again. */
export const repeatDays = 7;

/** A mail with more rows than this is not read. */
const listed = 50;

export interface ForecastAlertInput {
  readonly runId: string;
  readonly takenAt: Date;
  /** The business zone, in which the time is shown. */
  readonly zone: string;
  /** Without a trailing slash. */
  readonly appBaseUrl: string | undefined;
  /** Who can say what becomes of a control, for those without a shell. */
  readonly administrators: readonly Administrator[];
}

/** To one person who has to act, or (`owner` null) to the administrators: soonest first. */
export function forecastAlert(
  turns: readonly [ForecastTurn, ...ForecastTurn[]],
  owner: number | null,
  input: ForecastAlertInput,
): OutgoingMessage {
  const [first] = turns;
  const recipient: PersonRecipient =
    owner === null ? { kind: 'role', role: 'admin' } : { kind: 'user', userId: owner };
  return {
    event: forecastEvent,
    template: forecastTemplate,
    recipients: [recipient],
    targetType: 'framework_control',
    targetId: first.control.id,
    dedupeKey: forecastKey(input.runId, owner),
    notice: {
      severity: turns.some(({ turn }) => turn.to === 'non_compliant') ? 'high' : 'medium',
      state: 'open',
      thread: `compliance-forecast:${owner ?? 'administrators'}`,
      url: pageOf(input.appBaseUrl, '/compliance/dashboard'),
      items: turns.slice(0, listedItems).map((one) => itemOf(one, input.appBaseUrl)),
      items_total: turns.length,
    },
    context: {
      total: turns.length,
      controls: new Set(turns.map(({ control }) => control.id)).size,
      more: Math.max(0, turns.length - listed),
      first_on: first.turn.on,
      owner: owner !== null,
      ask: whomToAsk(input.administrators),
      repeat: count(repeatDays, 'day'),
      rows: turns.slice(0, listed).map((one) => ({
        framework: one.control.framework,
        control_id: one.control.controlId,
        control_name: one.control.name,
        typed: typedControl(one.control.controlId, one.control.id),
        from: plain(one.control.status),
        to: plain(one.turn.to),
        on: one.turn.on,
        on_day: format(new Date(`${one.turn.on}T12:00:00`), 'EEEE d MMMM yyyy'),
        rule: one.control.rule?.name ?? '',
        remedy: comingRemedy(one.control),
      })),
      checked_at: format(new TZDate(input.takenAt, input.zone), 'EEEE d MMMM yyyy, HH:mm'),
      zone: input.zone,
      app_base_url: input.appBaseUrl ?? '',
    },
  };
}

/** The same run alerts each recipient once. */
export function forecastKey(runId: string, owner: number | null): string {
  return `compliance-forecast:${runId}:${owner ?? 'administrators'}`;
}

function itemOf({ control, turn }: ForecastTurn, appBaseUrl: string | undefined): NoticeItem {
  return {
    type: 'control',
    id: control.id,
    name: `${control.framework} ${control.controlId} ${control.name}`,
    text: `turns ${plain(turn.to)} on ${turn.on}; ${comingRemedy(control)}`,
    severity: turn.to === 'non_compliant' ? 'high' : 'medium',
    url: pageOf(appBaseUrl, `/frameworks/control/${control.id}/detail`),
  };
}

function plain(status: string): string {
  return status.replaceAll('_', '-');
}
