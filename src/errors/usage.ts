import { ExitCode } from './exit-code.ts';
import { OperatorError } from './operator-error.ts';

/** Something typed that cannot be: exit code 2, with the code `usage` where a script needs no other. */
export function usage(message: string, next: string, code = 'usage'): OperatorError {
  return new OperatorError({ code, message, next, exitCode: ExitCode.usage });
}
