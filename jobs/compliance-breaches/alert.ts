import { TZDate } from '@date-fns/tz/date';
import { format } from 'date-fns/format';
import { listedItems, type Notice, type NoticeItem, pageOf } from '../../src/notify/notice.ts';
import type { EventDefinition, OutgoingMessage } from '../../src/notify/notifier.ts';
import { count } from '../../src/text/count.ts';
import type { JsonObject } from '../../src/text/json.ts';
import { dayInWords } from '../../src/time/calendar-day.ts';
import { remedyOf } from '../compliance-drift/controls/remedy.ts';
import { typedControl } from '../compliance-drift/controls/typed-control.ts';
import { breachTemplate } from './alert-template.ts';
import type { Breach } from './breaches.sql.ts';
import type { DueBreach } from './plan.ts';
import type { UsualRecipients } from './recipients.sql.ts';

/** The row in OpsDeck's `notification_event` that decides whether and where the alert goes, as OpsDeck seeds it. */
export const breachEvent: EventDefinition = {
  code: 'COMPLIANCE_BREACH',
  name: 'Compliance control failure',
  description: 'Enabled compliance rules are not met.',
  channels: ['email'],
  daysOffset: 1,
  variables: [
    ...['framework_name', 'control_id', 'control_name', 'rule_name', 'target_model', 'frequency_days'],
    ...[
      'grace_period_days',
      'last_evidence_date',
      'days_since',
      'days_overdue',
      'status',
      'message',
      'dashboard_url',
    ],
  ],
  audience: {
    words: "the recipient of OpsDeck's notification settings, else administrators",
    recipients: [],
  },
};

export interface BreachAlertInput extends UsualRecipients {
  readonly runId: string;
  readonly takenAt: Date;
  /** The business zone, in which the time is shown. */
  readonly zone: string;
  /** Without a trailing slash. */
  readonly appBaseUrl: string | undefined;
  /** Days between two alerts about one breach. */
  readonly repeat: number;
}

/** A mail with more rows than this is not read. */
const listed = 50;

/** One message to each destination with every rule that is due, the worst first. */
export function breachAlert(
  due: readonly [DueBreach, ...DueBreach[]],
  input: BreachAlertInput,
): OutgoingMessage {
  const [worst] = due;
  const repeated = due.filter(({ why }) => why === 'repeated').length;
  return {
    event: breachEvent,
    template: breachTemplate,
    recipients: input.recipients,
    targetType: 'compliance_rule',
    targetId: worst.rule_id,
    dedupeKey: dedupeKeyOf(input.runId),
    notice: noticeOf(due, input),
    contextFor: { addresses: input.administrators, context: { administrator: true } },
    context: {
      total: due.length,
      fresh: due.length - repeated,
      repeated,
      more: Math.max(0, due.length - listed),
      repeat: count(input.repeat, 'day'),
      administrator: false,
      ask: input.ask,
      rows: due.slice(0, listed).map(toRow),
      checked_at: format(new TZDate(input.takenAt, input.zone), 'EEEE d MMMM yyyy, HH:mm'),
      zone: input.zone,
      app_base_url: input.appBaseUrl ?? '',
      ...opsdeckNames(worst, input.appBaseUrl),
    },
  };
}

/** The same run alerts once. */
export function dedupeKeyOf(runId: string): string {
  return `compliance-breaches:${runId}`;
}

function noticeOf(due: readonly DueBreach[], { appBaseUrl }: BreachAlertInput): Notice {
  return {
    // As compliance-drift has a control that became non-compliant.
    severity: 'critical',
    state: 'open',
    thread: 'compliance-breaches',
    url: pageOf(appBaseUrl, '/compliance/dashboard'),
    items: due.slice(0, listedItems).map(
      (one): NoticeItem => ({
        type: 'compliance_rule',
        id: one.rule_id,
        name: `${one.framework} ${one.control_id} ${one.rule_name}`,
        text: `${badgeOf(one)}; ${remedyOf({ status: 'non_compliant', rule: decidingRule(one) })}`,
        severity: 'critical',
        url: pageOf(appBaseUrl, `/frameworks/control/${one.control_key}/detail`),
      }),
    ),
    items_total: due.length,
  };
}

function toRow(one: DueBreach): JsonObject {
  return {
    control_id: one.control_id,
    control_name: one.control_name,
    framework: one.framework,
    typed: typedControl(one.control_id, one.control_key, one.framework_id),
    rule: one.rule_name,
    remedy: remedyOf({ status: 'non_compliant', rule: decidingRule(one) }),
    every: count(one.frequency_days, 'day'),
    evidence: one.day === null ? 'no evidence' : `last evidence ${dayInWords(one.day)}`,
    since: one.since ?? '',
    badge: badgeOf(one),
    repeated: one.why === 'repeated',
    alert: one.alerts + 1,
  };
}

function badgeOf({ since }: Breach): string {
  return since === null ? 'no evidence' : `not met since ${since}`;
}

/** What OpsDeck's own template expects of the one rule that it is about: the worst. */
function opsdeckNames(worst: Breach, appBaseUrl: string | undefined): JsonObject {
  return {
    framework_name: worst.framework,
    control_id: worst.control_id,
    control_name: worst.control_name,
    rule_name: worst.rule_name,
    target_model: worst.model,
    frequency_days: worst.frequency_days,
    grace_period_days: worst.grace_period_days,
    last_evidence_date: worst.day,
    days_since: worst.days_since ?? -1,
    days_overdue:
      worst.days_since === null
        ? 'N/A'
        : Math.max(0, worst.days_since - worst.frequency_days - worst.grace_period_days),
    status: 'non_compliant',
    message: worst.reason ?? badgeOf(worst),
    dashboard_url: `${appBaseUrl ?? ''}/compliance/dashboard`,
  };
}

/** As `remedyOf` takes it. */
export function decidingRule(one: Breach): NonNullable<Parameters<typeof remedyOf>[0]['rule']> {
  const { day, evidence_id: id, days_since: daysSince } = one;
  return {
    id: one.rule_id,
    name: one.rule_name,
    status: 'non_compliant',
    model: one.model,
    frequencyDays: one.frequency_days,
    graceDays: one.grace_period_days,
    evidence: day === null || id === null || daysSince === null ? null : { id, day, daysSince },
    reason: one.reason,
    about: one.about,
  };
}
