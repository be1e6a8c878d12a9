import { toOperatorError } from '../db/errors.ts';
import { ExitCode } from '../errors/exit-code.ts';
import { OperatorError } from '../errors/operator-error.ts';
import type { JsonObject } from '../text/json.ts';
import type { JobDefinition } from './define-job.ts';
import { RunLostError } from './fenced-transaction.ts';
import type { RunEnvironment } from './run-environment.ts';
import { RunStoppedError } from './run-limits.ts';
import type { RunOutcome } from './run-outcome.ts';

/** How a job ended, before it is recorded. */
export type Ending = Pick<RunOutcome, 'status' | 'result' | 'fault' | 'exitCode'> & {
  readonly stack: string | null;
};

/** A result; one that rests on nothing is a failure unless the operator allows it. */
export function endingOfResult(
  run: { readonly definition: JobDefinition; readonly allowEmpty: boolean },
  result: JsonObject,
): Ending {
  const empty = run.allowEmpty ? null : (run.definition.nothingEvaluated?.(result) ?? null);
  if (empty === null) {
    const found = run.definition.faultOf?.(result) ?? null;
    if (found === null)
      return { status: 'succeeded', result, fault: null, exitCode: ExitCode.ok, stack: null };
    const { exitCode, ...fault } = found;
    return { status: 'failed', result, fault, exitCode, stack: null };
  }
  return {
    status: 'failed',
    result,
    fault: nothingToEvaluate(`${empty} With --allow-empty this is no failure.`),
    exitCode: ExitCode.failed,
    stack: null,
  };
}

/** @param next how to give the job something to look at. */
export function nothingToEvaluate(next: string): NonNullable<RunOutcome['fault']> {
  return { code: 'nothing_to_evaluate', message: 'The job found nothing to look at.', next };
}

/** What a job threw, or why it was stopped; without secrets. */
export function endingOfError(
  environment: Pick<RunEnvironment, 'database' | 'secrets'>,
  thrown: unknown,
): Ending {
  const error = environment.secrets.scrubError(toOperatorError(thrown, environment.database.label));
  const stack = error.stack ?? null;
  if (thrown instanceof RunStoppedError) {
    const { status, code, message, next, exitCode } = thrown;
    return {
      status,
      result: null,
      fault: { code, message, next },
      exitCode,
      stack,
    };
  }
  if (error instanceof OperatorError) {
    const { code, message, next, exitCode } = error;
    const status = thrown instanceof RunLostError ? 'interrupted' : 'failed';
    return {
      status,
      result: null,
      fault: { code, message, next },
      exitCode,
      stack,
    };
  }
  return {
    status: 'failed',
    result: null,
    fault: {
      code: 'unexpected_error',
      message: `Unexpected error: ${error.message}`,
      next: 'Run it again with --log-level debug for the details, and report them.',
    },
    exitCode: ExitCode.failed,
    stack,
  };
}
