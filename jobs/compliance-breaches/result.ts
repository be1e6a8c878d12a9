import { ExitCode } from '../../src/errors/exit-code.ts';
import type { JobFault } from '../../src/job/define-job.ts';
import { count } from '../../src/text/count.ts';
import type { Why } from './plan.ts';

/** A rule as `run-job compliance-breaches --json` names it. */
export type ReportedBreach = {
  /** `compliance_rule.id`. */
  readonly rule_id: number;
  readonly rule: string;
  readonly framework: string;
  readonly control_id: string;
  /** `YYYY-MM-DD`, the first day in breach; null: there is no evidence. */
  readonly since: string | null;
  readonly why: Why;
  /** What fixes it, as one phrase. */
  readonly remedy: string;
};

/** The result of a run; its keys are the `result` of `run-job compliance-breaches --json`. */
export type BreachResult = {
  /** `YYYY-MM-DD` in the business zone. */
  readonly today: string;
  /** Enabled rules of applicable controls in active frameworks. */
  readonly rules: number;
  /** Of those: in breach, and not possible to evaluate. */
  readonly breaches: number;
  readonly unknown: number;
  /** Breaches in the alert of this run. */
  readonly alerted: number;
  /** Breaches whose last alert is not yet `repeat` ago. */
  readonly alerted_before: number;
  /** Breaches that a drift alert, or a message of OpsDeck's, named within 24 hours. */
  readonly named_elsewhere: number;
  /** Rules with an alert that are met now, or are no longer there. */
  readonly ended: number;
  readonly messages_queued: number;
  /** Breaches that are due an alert which nobody can be sent: the run fails. */
  readonly without_recipient: number;
  /** Those that are due an alert, worst first, at most two hundred. */
  readonly due: readonly ReportedBreach[];
  /** Why less was queued than could have been: an event that is switched off. */
  readonly notes: readonly string[];
};

/** How many entries `due` has at most. */
export const mostListed = 200;

/** An alert that nobody gets: the run fails, so that somebody hears of it at all. */
export function faultOf({ without_recipient: amount, due: [worst] }: BreachResult): JobFault | null {
  if (amount === 0) return null;
  const first = worst === undefined ? '' : `, first ${worst.framework} ${worst.control_id} (${worst.rule})`;
  return {
    code: 'no_recipient',
    message: `${count(amount, 'rule is', 'rules are')} not met and no alert could be queued${first}: neither the notification settings nor an administrator has an e-mail address.`,
    next: "Set a recipient on OpsDeck's notification settings page, add an administrator (role 'admin') with an e-mail address, or name recipients in `notifications.COMPLIANCE_BREACH` of the configuration file.",
    exitCode: ExitCode.failed,
  };
}
