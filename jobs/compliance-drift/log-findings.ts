import type { Logger } from 'pino';
import type { EnqueueResult } from '../../src/notify/notifier.ts';
import { count } from '../../src/text/count.ts';
import { reasonOf } from './alerting.ts';
import { causes } from './cause.ts';
import type { Finding } from './findings.ts';
import { failingOf } from './result.ts';
import type { FrameworkCount, LostFramework } from './take-snapshot.ts';

/** A line for each control that could not be evaluated, up to this many; one more says how many there are. */
const loggedProblems = 20;

export interface LoggedOutcome {
  readonly counts: readonly FrameworkCount[];
  readonly findings: readonly Finding[];
  readonly lost: readonly LostFramework[];
  readonly alerts: EnqueueResult;
}

/** Every critical regression as an error; as warnings what limits the result: snapshots passed over, controls not evaluated, messages not queued. */
export function logFindings(logger: Logger, { counts, findings, lost, alerts }: LoggedOutcome): void {
  for (const { change, flapping, ...control } of findings) {
    if (change.severity !== 'critical') continue;
    logger.error(
      {
        'event.action': 'drift.regression',
        'event.outcome': 'failure',
        'labels.framework': control.frameworkName,
        'labels.framework_id': control.frameworkId,
        'labels.control_id': control.controlId,
        'labels.from': change.from,
        'labels.to': change.to,
        'labels.severity': change.severity,
        'labels.cause': change.cause,
        'labels.flapping': flapping,
      },
      `${control.frameworkName}: ${control.controlId} ${control.controlName} went from ${change.from} to ${change.to}: ${causes[change.cause]}`,
    );
  }
  for (const framework of counts) warnOfSkipped(logger, framework);
  warnOfUnknown(logger, counts);
  warnOfUnread(logger, counts);
  for (const one of lost) {
    logger.warn(
      {
        'event.action': 'drift.framework_removed',
        'labels.framework': one.framework_name,
        'labels.framework_id': one.framework_id,
        'labels.cause': one.cause,
        'labels.failing': failingOf(one),
      },
      `${one.framework_name}: no longer evaluated (${causes[one.cause]}); ${failingOf(one)} of its ${count(one.controls, 'control')} were failing`,
    );
  }
  for (const note of alerts.notes) logger.warn({ 'event.action': 'drift.alert' }, note);
}

function warnOfSkipped(logger: Logger, count: FrameworkCount): void {
  if (count.skipped === 0) return;
  const used =
    count.previous_audit_id === null
      ? 'There is no other: this run is the baseline.'
      : `Compared with snapshot ${count.previous_audit_id}.`;
  logger.warn(
    {
      'event.action': 'drift.snapshot_passed_over',
      'labels.framework': count.framework_name,
      'labels.framework_id': count.framework_id,
      'labels.skipped': count.skipped,
    },
    `${count.framework_name}: ${count.skipped} newer snapshot${count.skipped === 1 ? ' was' : 's were'} deleted or altered since and cannot be compared with. ${used} 'opsdeck-jobs verify drift' shows which.`,
  );
}

function warnOfUnknown(logger: Logger, counts: readonly FrameworkCount[]): void {
  const problems = counts.flatMap((count) => count.problems.map((control) => ({ count, control })));
  for (const { count, control } of problems.slice(0, loggedProblems)) {
    logger.warn(
      {
        'event.action': 'drift.not_evaluated',
        'labels.framework': count.framework_name,
        'labels.framework_id': count.framework_id,
        'labels.control_id': control.control_id,
      },
      `${count.framework_name}: ${control.control_id} could not be evaluated: ${reasonOf(control)}`,
    );
  }
  const unknown = counts.reduce((total, count) => total + count.status.unknown, 0);
  if (unknown > loggedProblems) {
    logger.warn(
      { 'event.action': 'drift.not_evaluated', 'labels.controls': unknown },
      `${unknown} controls could not be evaluated; the first ${loggedProblems} are named above`,
    );
  }
}

/** A word is named once, with a row that has it. */
function warnOfUnread(logger: Logger, counts: readonly FrameworkCount[]): void {
  for (const { framework_name: framework, unread } of counts) {
    for (const { model, word, id } of unread.slice(0, loggedProblems)) {
      logger.warn(
        { 'event.action': 'drift.unread_status', 'labels.framework': framework, 'labels.word': word },
        `${framework}: the status "${word}" of ${model} ${id} is not known, so it does not count as evidence. Add the word to jobs.compliance-drift.settings.evidence_words.`,
      );
    }
  }
}
