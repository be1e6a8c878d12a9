import { OperatorError } from '../../src/errors.ts';
import { ExitCode } from '../../src/exit-code.ts';

/** What a person asked for cannot be done; nothing was written. Exit 2. */
export function refusal(code: string, message: string, next: string): OperatorError {
  return new OperatorError({ code, message, next, exitCode: ExitCode.usage });
}
