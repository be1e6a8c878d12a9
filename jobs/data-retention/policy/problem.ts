import type { OperatorError } from '../../../src/errors/operator-error.ts';
import { usage } from '../../../src/errors/usage.ts';

/** A policy that does not fit the database: it does nothing until that is settled. */
export function policyProblem(policy: string, message: string): OperatorError {
  return usage(
    `The retention policy ${policy} cannot be used: ${message}.`,
    `Change it in jobs.data-retention.settings of the configuration file, or switch it off. It deleted nothing.`,
    'retention_policy',
  );
}
