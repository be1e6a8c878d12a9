import { ExitCode } from '../../src/errors/exit-code.ts';
import { OperatorError } from '../../src/errors/operator-error.ts';

/** What a person asked for cannot be done; nothing was written. Exit 2. */
export function refusal(code: string, message: string, next: string): OperatorError {
  return new OperatorError({ code, message, next, exitCode: ExitCode.usage });
}
