import { createHash } from 'node:crypto';
import { TZDate } from '@date-fns/tz/date';
import { format } from 'date-fns/format';
import type { FailOnLevel } from '../../src/job/fail-on-levels.ts';
import { severityRank } from '../../src/job/severity.ts';
import { listedItems, type Notice, type NoticeItem, pageOf, worstOf } from '../../src/notify/notice.ts';
import type { EventDefinition, OutgoingMessage } from '../../src/notify/notifier.ts';
import { forAdministrators } from '../../src/notify/for-administrators.ts';
import { count } from '../../src/text/count.ts';
import type { JsonObject } from '../../src/text/json.ts';
import type { AlertFacts } from './alert-facts.ts';
import { driftTemplate, evaluationTemplate, frameworksTemplate } from './alert-template.ts';
import { typedControl } from './controls/typed-control.ts';

/** The row in OpsDeck's `notification_event` that decides whether and where this job's messages go. */
export const driftEvent: EventDefinition = {
  code: 'COMPLIANCE_DRIFT',
  name: 'Compliance drift',
  description: 'A compliance check found controls that got worse since the check before.',
  channels: ['email'],
  daysOffset: 0,
  variables: [
    ...[
      'total',
      'critical',
      'high',
      'medium',
      'improvements',
      'more',
      'groups',
      'checked_at',
      'zone',
      'app_base_url',
    ],
    ...[
      'regression_count',
      'improvement_count',
      'total_changes',
      'critical_drifts',
      'high_drifts',
      'detection_time',
    ],
    ...['next_scan_time', 'dashboard_url'],
  ],
  audience: forAdministrators.audience,
};

/** How the dedupe keys of the alerts about regressions begin. */
export const regressionKeys = keysOf('regressions');

/** What both alerts say about the check they come from. */
export interface AlertedCheck {
  /** UUID; the same run alerts once. */
  readonly runId: string;
  /** `compliance_audit.id`; null in a dry run, which stores none. */
  readonly snapshotId: number | null;
  readonly takenAt: Date;
  /** The business zone, in which the time is shown. */
  readonly zone: string;
  /** Without a trailing slash. */
  readonly appBaseUrl: string | undefined;
}

interface AlertedControl {
  readonly frameworkId: number;
  readonly framework: string;
  readonly controlId: string;
  readonly name: string;
}

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

/** A control that could not be evaluated. */
export interface AlertedUnknown extends AlertedControl {
  /** A phrase for people. */
  readonly reason: string;
}

export interface EvaluationAlertInput extends AlertedCheck {
  /** Those that can be named, perhaps not all. */
  readonly unknown: readonly AlertedUnknown[];
  /** How many there are. */
  readonly unknownControls: number;
  /** Controls that are applicable, the unknown ones included. */
  readonly applicable: number;
  /** The share that is tolerated, 0 to 1. */
  readonly limit: number;
}

export interface FrameworksAlertInput extends AlertedCheck {
  readonly frameworks: readonly {
    readonly frameworkId: number;
    readonly framework: string;
    /** A phrase for people. */
    readonly cause: string;
    readonly controls: number;
    readonly failing: number;
    readonly lastSnapshotId: number;
  }[];
}

/** A mail with more rows than this is not read. */
const listed = 50;

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

function nameOf({ framework, controlId, name }: AlertedControl): string {
  return `${framework} ${controlId} ${name}`;
}

function noticeOf(
  { runId, appBaseUrl }: AlertedCheck,
  { thread, ...of }: Pick<Notice, 'severity' | 'thread' | 'items' | 'items_total'>,
): Notice {
  const url = pageOf(appBaseUrl, '/compliance/dashboard');
  return { ...of, state: 'open', thread: `compliance-drift:${thread}:${runId}`, url };
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

/** To every administrator, once a run: too much could not be evaluated for the result to mean much. */
export function evaluationAlert(input: EvaluationAlertInput): OutgoingMessage {
  const named = input.unknown.toSorted(byControl).slice(0, listed);
  const notice = noticeOf(input, {
    severity: 'high',
    thread: 'evaluation',
    items: named.map((one) => ({
      type: 'control',
      id: one.controlId,
      name: nameOf(one),
      text: `cannot be evaluated: ${one.reason}`,
      severity: 'high',
      url: pageOf(input.appBaseUrl, `/frameworks/${one.frameworkId}`),
    })),
    items_total: input.unknownControls,
  });
  return toAdministrators('evaluation', evaluationTemplate, input, notice, {
    unknown: input.unknownControls,
    applicable: input.applicable,
    percent: percent(input.unknownControls / input.applicable),
    limit_percent: percent(input.limit),
    more: Math.max(0, input.unknownControls - named.length),
    groups: byFramework(named, (one) => ({ reason: one.reason })),
  });
}

/** To every administrator, once for each framework that is lost: its controls are no longer evaluated. */
export function frameworksAlert(input: FrameworksAlertInput): OutgoingMessage {
  const sum = (of: 'controls' | 'failing') => input.frameworks.reduce((total, one) => total + one[of], 0);
  const notice = noticeOf(input, {
    severity: 'high',
    thread: 'frameworks',
    items: input.frameworks.slice(0, listedItems).map((one) => ({
      type: 'framework',
      id: one.frameworkId,
      name: one.framework,
      text: `no longer evaluated: ${one.cause}; of ${count(one.controls, 'control')} ${one.failing} failed`,
      severity: 'high',
      url: pageOf(input.appBaseUrl, `/frameworks/${one.frameworkId}`),
    })),
    items_total: input.frameworks.length,
  });
  const message = toAdministrators('frameworks', frameworksTemplate, input, notice, {
    total: input.frameworks.length,
    controls: sum('controls'),
    failing: sum('failing'),
    more: Math.max(0, input.frameworks.length - listed),
    rows: input.frameworks.slice(0, listed).map((one) => ({
      framework: one.framework,
      cause: one.cause,
      controls: one.controls,
      failing: one.failing,
    })),
  });
  // A run that stores no snapshot finds the same again.
  const key = input.frameworks.map((one) => `${one.frameworkId}@${one.lastSnapshotId}`).join(',');
  return {
    ...message,
    dedupeKey: `compliance-drift:frameworks:${createHash('sha256').update(key).digest('hex')}`,
  };
}

type About = 'regressions' | 'evaluation' | 'frameworks';

function keysOf(about: About): string {
  return `compliance-drift:${about}:`;
}

function toAdministrators(
  about: About,
  template: OutgoingMessage['template'],
  check: AlertedCheck,
  notice: Notice,
  context: JsonObject,
): OutgoingMessage {
  return {
    event: driftEvent,
    template,
    recipients: forAdministrators.audience.recipients,
    targetType: 'compliance_audit',
    targetId: check.snapshotId ?? 0,
    dedupeKey: `${keysOf(about)}${check.runId}`,
    notice,
    context: {
      ...context,
      checked_at: format(new TZDate(check.takenAt, check.zone), 'EEEE d MMMM yyyy, HH:mm'),
      zone: check.zone,
      app_base_url: check.appBaseUrl ?? '',
    },
  };
}

/** Groups in the order of their first row; the rows of a group keep theirs. */
function byFramework<C extends AlertedControl>(controls: readonly C[], rest: (control: C) => JsonObject) {
  const groups = new Map<number, { framework_id: number; framework: string; rows: JsonObject[] }>();
  for (const control of controls) {
    const row = { control_id: control.controlId, control_name: control.name, ...rest(control) };
    const group = groups.get(control.frameworkId);
    if (group === undefined) {
      groups.set(control.frameworkId, {
        framework_id: control.frameworkId,
        framework: control.framework,
        rows: [row],
      });
    } else group.rows.push(row);
  }
  return [...groups.values()];
}

/** Numbers inside identifiers count as numbers: AC-2 before AC-10. */
const identifiers = new Intl.Collator('en', { numeric: true });

function byControl(a: AlertedControl, b: AlertedControl): number {
  return (
    identifiers.compare(a.framework, b.framework) ||
    a.frameworkId - b.frameworkId ||
    identifiers.compare(a.controlId, b.controlId)
  );
}

function words(status: string | null): string {
  return status === null ? 'none' : status.replaceAll('_', '-');
}

/** One decimal, and none that says nothing: 20, 20.5. */
function percent(share: number): number {
  return Math.round(share * 1000) / 10;
}
