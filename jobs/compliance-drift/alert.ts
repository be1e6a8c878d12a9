import { TZDate } from '@date-fns/tz/date';
import { format } from 'date-fns/format';
import type { FailOnLevel } from '../../src/job/fail-on-levels.ts';
import { severityRank } from '../../src/job/severity.ts';
import { listedItems, type NoticeItem, pageOf, worstOf } from '../../src/notify/notice.ts';
import type { OutgoingMessage } from '../../src/notify/notifier.ts';
import type { JsonObject } from '../../src/text/json.ts';
import type { AlertFacts } from './alert-facts.ts';
import {
  type AlertedCheck,
  type AlertedControl,
  byControl,
  byFramework,
  keysOf,
  listed,
  nameOf,
  noticeOf,
  toAdministrators,
  words,
} from './alert-message.ts';
import { driftTemplate } from './alert-template.ts';
import { typedControl } from './controls/typed-control.ts';

/** How the dedupe keys of the alerts about regressions begin. */
export const regressionKeys = keysOf('regressions');

/** A regression, as it is alerted. */
export interface AlertedRegression extends AlertedControl {
  /** `framework_control.id`. */
  readonly controlKey: number;
  /** Status words of ours; null: there was none. */
  readonly from: string | null;
  readonly to: string | null;
  readonly severity: FailOnLevel;
  /** A phrase for people. */
  readonly cause: string;
  readonly flapping: boolean;
  readonly facts: AlertFacts;
}

export interface DriftAlertInput extends AlertedCheck {
  /** Every regression of the run, in any order. */
  readonly regressions: readonly AlertedRegression[];
  readonly improvements: number;
}

/** To every administrator, once a run: what got worse. Critical regressions come first, also when only fifty are listed. */
export function driftAlert(input: DriftAlertInput): OutgoingMessage {
  const worstFirst = input.regressions.toSorted(
    (a, b) => severityRank(a.severity) - severityRank(b.severity) || byControl(a, b),
  );
  const of = (level: FailOnLevel) => worstFirst.filter((one) => one.severity === level).length;
  const notice = noticeOf(input, {
    severity: worstOf(worstFirst.map(({ severity }) => severity)),
    thread: 'regressions',
    items: worstFirst.slice(0, listedItems).map((one) => regressionItem(one, input.appBaseUrl)),
    items_total: worstFirst.length,
  });
  return toAdministrators('regressions', driftTemplate, input, notice, {
    total: worstFirst.length,
    critical: of('critical'),
    high: of('high'),
    medium: of('medium'),
    improvements: input.improvements,
    more: Math.max(0, worstFirst.length - listed),
    ...opsdeckNames(input, worstFirst),
    groups: byFramework(worstFirst.slice(0, listed), (one) => ({
      severity: one.severity,
      from: words(one.from),
      to: words(one.to),
      cause: one.cause,
      flapping: one.flapping,
      path: pathOf(one),
      typed: typedControl(one.controlId, one.controlKey, one.frameworkId),
      rule: one.facts.rule,
      last_done: one.facts.lastDone,
      limit: one.facts.limit,
      remedy: one.facts.remedy,
      fails_on: one.facts.failsOn,
    })),
  });
}

function regressionItem(one: AlertedRegression, appBaseUrl: string | undefined): NoticeItem {
  return {
    type: 'control',
    id: one.controlKey,
    name: nameOf(one),
    text: [
      `${words(one.from)} → ${words(one.to)}: ${one.cause}`,
      ...(one.facts.remedy === '' ? [] : [`to fix: ${one.facts.remedy}`]),
      ...(one.facts.failsOn === '' ? [] : [`non-compliant on ${one.facts.failsOn}`]),
    ].join('; '),
    severity: one.severity,
    url: pageOf(appBaseUrl, pathOf(one)),
  };
}

/** Where OpsDeck shows a control, below its address. */
function pathOf({ controlKey }: Pick<AlertedRegression, 'controlKey'>): string {
  return `/frameworks/control/${controlKey}/detail`;
}

/** What OpsDeck's own template for this expects (`Compliance Drift Alert - Regressions Detected`), so that one like it can be used. */
function opsdeckNames(
  { improvements, takenAt, zone, appBaseUrl }: DriftAlertInput,
  worstFirst: readonly AlertedRegression[],
): JsonObject {
  const at = (instant: Date) => format(new TZDate(instant, zone), 'yyyy-MM-dd HH:mm');
  const listOf = (level: FailOnLevel) =>
    worstFirst
      .filter(({ severity }) => severity === level)
      .slice(0, listed)
      .map((one) => ({
        framework_name: one.framework,
        control_id: one.controlId,
        control_name: one.name,
        old_status: words(one.from),
        new_status: words(one.to),
        is_regression: true,
        severity: one.severity,
        timestamp: at(takenAt),
      }));
  return {
    regression_count: worstFirst.length,
    improvement_count: improvements,
    total_changes: worstFirst.length + improvements,
    critical_drifts: listOf('critical'),
    high_drifts: listOf('high'),
    detection_time: at(takenAt),
    next_scan_time: 'by the schedule of compliance-drift',
    dashboard_url: `${appBaseUrl ?? ''}/compliance/dashboard`,
  };
}
