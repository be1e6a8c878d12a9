import { ExitCode } from '../../src/errors/exit-code.ts';
import type { JobFault } from '../../src/job/define-job.ts';
import { count } from '../../src/text/count.ts';
import type { ItemKind, ItemProblem } from './item.ts';
import type { AskedQuery } from './queries/ask-queries.ts';

/** An item as `run-job --json` names it. */
export type ReportedItem = {
  readonly kind: ItemKind;
  readonly id: number;
  readonly name: string;
  /** `YYYY-MM-DD`. */
  readonly expires_on: string;
};

export type ReportedAlert = ReportedItem & {
  readonly days_left: number;
  /** The threshold that was reached. */
  readonly threshold: number;
  /** Larger ones that are not alerted any more. */
  readonly covered: readonly number[];
  readonly happens: string;
  readonly break_glass: boolean;
  /** Channel and destination. */
  readonly to: readonly string[];
};

export type ReportedProblem = { readonly [key in keyof ItemProblem]: ItemProblem[key] };

/** The result of a run; its keys are the `result` of `run-job --json`. */
export type ExpiryResult = {
  /** `YYYY-MM-DD` in the business zone. */
  readonly today: string;
  /** Not archived, by kind. */
  readonly watched: Readonly<Record<string, number>>;
  /** Kinds that had not been watched before. */
  readonly first_run: readonly ItemKind[];
  /** Items that were alerted. */
  readonly alerted: number;
  /** Items without an owner that a list of the month named, and the first two hundred. */
  readonly named_without_owner: number;
  readonly without_owner: readonly ReportedItem[];
  /** Items that were past their last threshold when the watch began. */
  readonly baseline: number;
  /** Ledger rows whose message had reached no person, so that they were due again. */
  readonly rearmed: number;
  readonly snoozed: number;
  readonly acknowledged: number;
  readonly messages_queued: number;
  /** The most urgent ones, at most two hundred. */
  readonly alerts: readonly ReportedAlert[];
  /** How many could not be judged as they are recorded, and the first two hundred. */
  readonly problem_count: number;
  readonly problems: readonly ReportedProblem[];
  /** Due, with nobody to tell: how many, and the first two hundred. */
  readonly without_recipient_count: number;
  readonly without_recipient: readonly ReportedItem[];
  /** Why less was queued than could have been: an event that is switched off, a setting that cannot be read. */
  readonly notes: readonly string[];
  /** Only of the job `deadlines`. */
  readonly queries?: readonly AskedQuery[];
};

/** How many entries a list of the result has at most. */
export const mostListed = 200;

/** How many items a fault names. */
const named = 10;

/** Queries whose answers could not be used: the rest of the run was done, and it fails, so that somebody learns of it. */
export function queryFault({ queries = [] }: ExpiryResult): JobFault | null {
  const failed = queries.filter(({ problem }) => problem !== null);
  if (failed.length === 0) return null;
  const why = failed.map(({ name, problem }) => `${name}: ${problem}`);
  return {
    code: 'query_failed',
    message: `${count(failed.length, 'query was', 'queries were')} not used; stored items stay watched. ${why.join(' ')}`,
    next: 'Correct it in `jobs.deadlines.settings.queries`, or `jobs.uar.settings.query_role`; then `run-job deadlines`.',
    exitCode: ExitCode.failed,
  };
}

/** Items that are due and no recipient exists for: the run fails, so that somebody learns of it. */
export function faultOf({
  without_recipient_count: amount,
  without_recipient: items,
}: ExpiryResult): JobFault | null {
  if (amount === 0) return null;
  const names = items.slice(0, named).map((one) => `${one.kind} ${one.id} (${one.name})`);
  const more = amount > names.length ? ` and ${amount - names.length} more` : '';
  return {
    code: 'no_recipient',
    message: `${count(amount, 'item is', 'items are')} due without a recipient: ${names.join(', ')}${more}.`,
    next: "Give them an owner with an e-mail address, or set a recipient on OpsDeck's notification settings page, or add an administrator (`import users`).",
    exitCode: ExitCode.failed,
  };
}

export function nothingWatched(how: string) {
  return (result: ExpiryResult): string | null =>
    queryFault(result) !== null || Object.values(result.watched).some((count) => count > 0) ? null : how;
}
