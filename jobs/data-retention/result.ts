import { ExitCode } from '../../src/exit-code.ts';
import type { JobFault } from '../../src/job/define-job.ts';

/** What a run did, or would do, for one policy. Rows are those of the policy's table. */
export type PolicyResult = {
  policy: string;
  table: string;
  action: string;
  total: number;
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
};

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

/** The command that accepts what the run has found. */
export function acceptCommand(policies: readonly PolicyResult[]): string {
  const accepts = policies.flatMap(({ accept }) => (accept === null ? [] : [accept]));
  return `run-job data-retention --param accept=${accepts.join(',')}`;
}

/** A policy that waits for an acceptance, or whose rows were all busy: exit 1. */
export function faultOf({ policies, dry_run }: RetentionResult): JobFault | null {
  if (dry_run) return null;
  const waiting = policies.filter(({ accept }) => accept !== null);
  if (waiting.length > 0) {
    const reasons = waiting.map(({ policy, due, total, waits_for }) =>
      waits_for === 'first_run'
        ? `${policy} runs for the first time and would take ${due} of ${total} rows`
        : `${policy} would take ${due} of ${total} rows, more than its max_share`,
    );
    return {
      code: 'acceptance_needed',
      message: `Nothing was deleted by ${waiting.length === 1 ? 'a policy that waits' : 'policies that wait'} for an acceptance: ${reasons.join('; ')}.`,
      next: `Look with \`run-job data-retention --dry-run\`, then accept with: ${acceptCommand(waiting)}`,
      exitCode: ExitCode.failed,
    };
  }
  const stuck = policies.filter(({ busy_batches, taken }) => busy_batches > 0 && taken === 0);
  if (stuck.length === 0) return null;
  return {
    code: 'rows_busy',
    message: `Nothing was deleted by ${stuck.map(({ policy }) => policy).join(', ')}: others held the rows for longer than lock_timeout or statement_timeout.`,
    next: 'Run it at a quieter time, or give lock_timeout and statement_timeout more, or batch_size less.',
    exitCode: ExitCode.failed,
  };
}
