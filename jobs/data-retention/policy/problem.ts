import { ExitCode } from '../../../src/errors/exit-code.ts';
import { OperatorError } from '../../../src/errors/operator-error.ts';

/** A policy that does not fit the database: nothing is done, by any policy, until that is settled. */
export function policyProblem(policy: string, message: string): OperatorError {
  return new OperatorError({
    code: 'retention_policy',
    message: `The retention policy ${policy} cannot be used: ${message}.`,
    next: `Change it in jobs.data-retention.settings of the configuration file, or switch it off. Nothing was deleted.`,
    exitCode: ExitCode.usage,
  });
}
