import { ExitCode } from '../errors/exit-code.ts';
import { OperatorError } from '../errors/operator-error.ts';

/** Something typed that cannot be: exit code 2. */
export function usage(message: string, next: string): OperatorError {
  return new OperatorError({ code: 'usage', message, next, exitCode: ExitCode.usage });
}
