import { ExitCode } from '../errors/exit-code.ts';
import type { OperatorError } from '../errors/operator-error.ts';
import { usage } from '../errors/usage.ts';
import { nearest } from '../text/suggest.ts';
import type { JobDefinition, Judgement } from './define-job.ts';
import { type FailOnLevel, failOnLevels } from './fail-on-levels.ts';

/** What the operator wants a successful run to fail on. */
export interface JudgeOptions {
  readonly failOn: FailOnLevel | undefined;
  readonly failOnStatus: readonly string[];
  readonly allowBaseline: boolean;
}

/** Why a successful run ends with another exit code than 0. */
export interface Verdict {
  readonly exitCode: ExitCode;
  readonly code: 'no_baseline' | 'findings';
  readonly message: string;
  readonly next: string;
}

/** Reads `--fail-on` and `--fail-on-status`; a job that judges nothing refuses both (exit 2). */
export function readJudgeOptions(
  definition: JobDefinition,
  given: { readonly failOn?: string; readonly failOnStatus?: string; readonly allowBaseline?: boolean },
): JudgeOptions {
  const failOn = failOnLevels.find((level) => level === given.failOn);
  if (given.failOn !== undefined && failOn === undefined) {
    throw usage(
      `--fail-on does not know the level '${given.failOn}'.`,
      `Give one of: ${failOnLevels.join(', ')}.`,
      'invalid_level',
    );
  }
  const failOnStatus = (given.failOnStatus ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  if (given.failOnStatus !== undefined && failOnStatus.length === 0) {
    throw usage(
      '--fail-on-status names no state.',
      'Give one or more states, separated by commas.',
      'invalid_status',
    );
  }
  if (definition.judge === undefined && (failOn !== undefined || failOnStatus.length > 0)) {
    throw usage(
      `The job ${definition.name} has no findings with levels or states, so --fail-on and --fail-on-status do not apply to it.`,
      'Leave the option out; a failed run exits with 1 anyway.',
      'not_judged',
    );
  }
  const known = definition.judgedStatuses ?? [];
  const unknown = failOnStatus.find((status) => !known.includes(status));
  if (unknown !== undefined) throw unknownStatus(unknown, known);
  return { failOn, failOnStatus, allowBaseline: given.allowBaseline === true };
}

/**
 * Judges a successful run. `--fail-on LEVEL` counts this run's findings at that level or worse; where there was nothing to
 * compare with it cannot know, and says so unless a baseline is allowed. `--fail-on-status` counts what is in a state now,
 * also in a baseline. null: nothing to fail on.
 */
export function judgeResult(judgement: Judgement, options: JudgeOptions): Verdict | null {
  const reasons = [
    ...countLevels(judgement, options.failOn),
    ...countStatuses(judgement, options.failOnStatus),
  ];
  if (reasons.length > 0) {
    return {
      exitCode: ExitCode.found,
      code: 'findings',
      message: `Found ${reasons.join('; ')}.`,
      next: 'Look at them above, or with `runs show` and the id of this run.',
    };
  }
  if (options.failOn !== undefined && judgement.baseline && !options.allowBaseline) {
    return {
      exitCode: ExitCode.found,
      code: 'no_baseline',
      message: 'There was no earlier run to compare with, so --fail-on cannot decide.',
      next: 'Accept a first run with --allow-baseline.',
    };
  }
  return null;
}

function countLevels(judgement: Judgement, failOn: FailOnLevel | undefined): readonly string[] {
  if (failOn === undefined) return [];
  const worseOrEqual = failOnLevels.slice(0, failOnLevels.indexOf(failOn) + 1);
  const found = worseOrEqual.filter((level) => judgement.levels[level] > 0);
  if (found.length === 0) return [];
  return [`findings: ${found.map((level) => `${judgement.levels[level]} ${level}`).join(', ')}`];
}

function countStatuses(judgement: Judgement, statuses: readonly string[]): readonly string[] {
  const found = statuses.filter((status) => (judgement.statuses[status] ?? 0) > 0);
  if (found.length === 0) return [];
  return [
    `states: ${found.map((status) => `${judgement.statuses[status]} ${status}${names(judgement, status)}`).join(', ')}`,
  ];
}

/** ` (NIST 800-53 AC-2, NIST 800-53 AC-7, and 3 more)`. */
function names({ named = [], statuses }: Judgement, status: string): string {
  const known = named.filter((one) => one.status === status).map(({ name }) => name);
  if (known.length === 0) return '';
  const more = (statuses[status] ?? 0) - known.length;
  return ` (${known.join(', ')}${more > 0 ? `, and ${more} more` : ''})`;
}

/** A misspelt state would let everything pass for ever. */
function unknownStatus(status: string, known: readonly string[]): OperatorError {
  const suggestion = nearest(status, known);
  return usage(
    `--fail-on-status does not know the state '${status}'${suggestion === undefined ? '.' : `; did you mean '${suggestion}'?`}`,
    `The states are: ${known.join(', ')}.`,
    'unknown_status',
  );
}
