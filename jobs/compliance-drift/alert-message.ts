import { TZDate } from '@date-fns/tz/date';
import { format } from 'date-fns/format';
import { forAdministrators } from '../../src/notify/for-administrators.ts';
import { type Notice, pageOf } from '../../src/notify/notice.ts';
import type { EventDefinition, OutgoingMessage } from '../../src/notify/notifier.ts';
import type { JsonObject } from '../../src/text/json.ts';

/** What the alerts about regressions, about what cannot be evaluated and about lost frameworks have in common. */

/** The row in OpsDeck's `notification_event` that decides whether and where this job's messages go. */
export const driftEvent: EventDefinition = {
  code: 'COMPLIANCE_DRIFT',
  name: 'Compliance drift',
  description: 'A compliance check found controls that got worse since the check before.',
  ...forAdministrators,
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
};

/** What all alerts say about the check they come from. */
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

export interface AlertedControl {
  readonly frameworkId: number;
  readonly framework: string;
  readonly controlId: string;
  readonly name: string;
}

/** A mail with more rows than this is not read. */
export const listed = 50;

/** As a notice names it. */
export function nameOf({ framework, controlId, name }: AlertedControl): string {
  return `${framework} ${controlId} ${name}`;
}

export function noticeOf(
  { runId, appBaseUrl }: AlertedCheck,
  { thread, ...of }: Pick<Notice, 'severity' | 'thread' | 'items' | 'items_total'>,
): Notice {
  const url = pageOf(appBaseUrl, '/compliance/dashboard');
  return { ...of, state: 'open', thread: `compliance-drift:${thread}:${runId}`, url };
}

type About = 'regressions' | 'evaluation' | 'frameworks';

/** How the dedupe keys of these alerts begin. */
export function keysOf(about: About): string {
  return `compliance-drift:${about}:`;
}

export function toAdministrators(
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
export function byFramework<C extends AlertedControl>(
  controls: readonly C[],
  rest: (control: C) => JsonObject,
) {
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

export function byControl(a: AlertedControl, b: AlertedControl): number {
  return (
    identifiers.compare(a.framework, b.framework) ||
    a.frameworkId - b.frameworkId ||
    identifiers.compare(a.controlId, b.controlId)
  );
}

/** Of a status; null: there was none. */
export function words(status: string | null): string {
  return status === null ? 'none' : status.replaceAll('_', '-');
}
