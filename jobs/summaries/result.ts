import { ExitCode } from '../../src/errors/exit-code.ts';
import type { JobFault } from '../../src/job/define-job.ts';

/** One of the two as `run-job summaries --json` names it. */
export type ReportedSummary = {
  /** Code of the event. */
  readonly event: string;
  /** `2026-10`, or the Monday of the week. */
  readonly about: string;
  /** `YYYY-MM-DD` in the business zone. */
  readonly due_on: string;
  /**
   * `not_queued`: it is due, and the notes have the reason; `without_recipient`: there is nobody to send it to; `failed`: it is due,
   * and could not be written.
   */
  readonly state: 'queued' | 'queued_before' | 'not_due' | 'not_queued' | 'without_recipient' | 'failed';
  readonly messages: number;
  /** Why it could not be written; null: that did not happen. */
  readonly failed: string | null;
};

/** The result of a run; its keys are the `result` of `run-job summaries --json`. */
export type SummariesResult = {
  /** `YYYY-MM-DD` in the business zone. */
  readonly today: string;
  readonly summaries: readonly ReportedSummary[];
  readonly messages_queued: number;
  /** False: the database has no active person, so there is nobody to tell. */
  readonly has_people: boolean;
  /** Why less was queued than could have been: an event that is switched off. */
  readonly notes: readonly string[];
};

/** A summary that nobody gets: the run fails, so that somebody hears of it at all. */
export function faultOf(result: SummariesResult): JobFault | null {
  return notWritten(result) ?? withoutRecipient(result);
}

function notWritten({ summaries }: SummariesResult): JobFault | null {
  const [first] = summaries.filter(({ state }) => state === 'failed');
  if (first === undefined) return null;
  return {
    code: 'summary_failed',
    message: `${first.event} of ${first.about} could not be written: ${first.failed}.`,
    next: 'Correct what it names, or run it again with --log-level debug for the details. It stays due.',
    exitCode: ExitCode.failed,
  };
}

function withoutRecipient({ summaries }: SummariesResult): JobFault | null {
  const lost = summaries.filter(({ state }) => state === 'without_recipient');
  const [first] = lost;
  if (first === undefined) return null;
  const names = lost.map(({ event, about }) => `${event} of ${about}`).join(' and ');
  return {
    code: 'no_recipient',
    message: `${names} could not be queued: no administrator has an e-mail address.`,
    next: `Add an administrator (role 'admin') with an e-mail address, or name recipients in \`notifications.${first.event}\` of the configuration file.`,
    exitCode: ExitCode.failed,
  };
}
