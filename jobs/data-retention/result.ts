import { ExitCode } from '../../src/errors/exit-code.ts';
import { OperatorError } from '../../src/errors/operator-error.ts';
import type { JobFault } from '../../src/job/define-job.ts';
import type { PlannedRows } from '../../src/job/planned-rows.ts';
import type { Policy } from './policy/policy.ts';

/** What a run did, or would do, for one policy. Rows are those of the policy's table. */
export type PolicyResult = {
  policy: string;
  table: string;
  action: string;
  /** Rows that were in the table when the run first counted it: `max_share` is a share of these. */
  total: number;
  /** Rows that earlier policies of the run took from the table without an acceptance: they count for `max_share`, too. */
  before: number;
  due: number;
  held: number;
  /** Kept because rows of these tables point to them. */
  referenced: { table: string; rows: number }[];
  oldest: string | null;
  /** Of the due rows; counted in a dry run only. */
  bytes: number | null;
  /** Why nothing was deleted; null: nothing stands in the way. */
  waits_for: 'first_run' | 'max_share' | null;
  /** What `--param accept=` takes then. */
  accept: string | null;
  taken: number;
  /** Rows of related tables that went along. */
  related: number;
  /** Selected, and then changed, held or referenced: they stayed. */
  stayed: number;
  busy_batches: number;
  archives: number;
  first_archive: number | null;
  last_archive: number | null;
  archive_bytes: number;
  /** The next run goes on. */
  unfinished: boolean;
  /** Why it did not come to its end; the figures above are of what it did until then. null: nothing went wrong. */
  failed: PolicyFailure | null;
};

export type PolicyFailure = { code: string; message: string; next: string; exit_code: ExitCode };

export function newPolicyResult({
  name,
  table,
  action,
}: Pick<Policy, 'name' | 'table' | 'action'>): PolicyResult {
  return {
    policy: name,
    table,
    action,
    total: 0,
    before: 0,
    due: 0,
    held: 0,
    referenced: [],
    oldest: null,
    bytes: null,
    waits_for: null,
    accept: null,
    taken: 0,
    related: 0,
    stayed: 0,
    busy_batches: 0,
    archives: 0,
    first_archive: null,
    last_archive: null,
    archive_bytes: 0,
    unfinished: false,
    failed: null,
  };
}

/** What is kept of an error; its cause and where it was thrown are in the log. */
export function failureOf(error: unknown): PolicyFailure {
  if (error instanceof OperatorError) {
    const { code, message, next, exitCode } = error;
    return { code, message, next, exit_code: exitCode };
  }
  return {
    code: 'unexpected_error',
    message: `Unexpected error: ${error instanceof Error ? error.message : String(error)}`,
    next: 'Run it again with --log-level debug for the details, and report them.',
    exit_code: ExitCode.failed,
  };
}

export type RetentionResult = {
  policies_off: number;
  /** null: archived rows go to `opsdeck_jobs.archived_record`. */
  archive_dir: string | null;
  /** Files of earlier runs that no manifest names, removed. */
  leftovers_removed: number;
  /** The run stopped after its time. */
  stopped: boolean;
  dry_run: boolean;
  policies: PolicyResult[];
};

/** What the policies that wait for no acceptance would take; a copy changes nothing. */
export function retentionRows({ policies }: RetentionResult): readonly PlannedRows[] {
  return policies.flatMap(({ table, action, due, waits_for: waits, failed }): readonly PlannedRows[] =>
    waits !== null || failed !== null || action === 'archive_only'
      ? []
      : [{ table, rows: due, change: action === 'anonymise' ? 'write' : 'delete' }],
  );
}

/** The command that accepts what the run has found. */
export function acceptCommand(policies: readonly PolicyResult[]): string {
  const accepts = policies.flatMap(({ accept }) => (accept === null ? [] : [accept]));
  return `run-job data-retention --param accept=${accepts.join(',')}`;
}

/**
 * A policy that failed, waits for an acceptance, or whose rows were all busy. All of them are reported, in this order; code and exit code
 * are those of the first.
 */
export function faultOf({ policies, dry_run: dry }: RetentionResult): JobFault | null {
  const faults = [
    ...policies.flatMap(({ policy, failed }) => (failed === null ? [] : [failedFault(policy, failed)])),
    ...(dry ? [] : [waitingFault(policies), stuckFault(policies)]),
  ].filter((fault) => fault !== null);
  const [first] = faults;
  if (first === undefined) return null;
  return {
    code: first.code,
    message: faults.map(({ message }) => message).join(' '),
    next: [...new Set(faults.flatMap(({ next }) => next ?? []))].join(' '),
    exitCode: first.exitCode,
  };
}

function failedFault(policy: string, { code, message, next, exit_code: exitCode }: PolicyFailure): JobFault {
  // What the database says has no full stop, and more may follow.
  const named = message.startsWith(`The retention policy ${policy} `) ? message : `${policy}: ${message}`;
  const sentence = named.replace(/(?<![.!?])$/, '.');
  return { code, message: sentence, next, exitCode };
}

function waitingFault(policies: readonly PolicyResult[]): JobFault | null {
  const waiting = policies.filter(({ accept }) => accept !== null);
  if (waiting.length === 0) return null;
  return {
    code: 'acceptance_needed',
    message: `Nothing was deleted by ${waiting.length === 1 ? 'a policy that waits' : 'policies that wait'} for an acceptance: ${waiting.map(reasonOf).join('; ')}.`,
    next: `Look with \`run-job data-retention --dry-run\`, then accept with: ${acceptCommand(waiting)}`,
    exitCode: ExitCode.failed,
  };
}

export function reasonOf({ policy, table, due, before, total, waits_for: waits }: PolicyResult): string {
  if (waits === 'first_run')
    return `${policy} runs for the first time and would take ${due} of ${total} rows`;
  const others =
    before === 0
      ? 'more'
      : `after the ${before} that other policies of this run took from ${table}: together more`;
  return `${policy} would take ${due} of ${total} rows, ${others} than its max_share`;
}

function stuckFault(policies: readonly PolicyResult[]): JobFault | null {
  const stuck = policies.filter(
    ({ busy_batches, taken, failed }) => busy_batches > 0 && taken === 0 && failed === null,
  );
  if (stuck.length === 0) return null;
  return {
    code: 'rows_busy',
    message: `Nothing was deleted by ${stuck.map(({ policy }) => policy).join(', ')}: other transactions locked the rows for longer than lock_timeout or statement_timeout.`,
    next: 'Run it at a quieter time, or give lock_timeout and statement_timeout more, or batch_size less.',
    exitCode: ExitCode.failed,
  };
}
