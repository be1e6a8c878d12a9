import { ExitCode } from '../../src/errors/exit-code.ts';
import { OperatorError } from '../../src/errors/operator-error.ts';
import { RatesRefused } from './check-rates.ts';

/** `RatesRefused` as the sentence that people get; any other error as it is. */
export function refusal(error: unknown, source: string, next: string): unknown {
  if (!(error instanceof RatesRefused)) return error;
  return new OperatorError({
    code: 'rates_refused',
    message: `The exchange rates of ${source} were refused: ${error.message}.`,
    next: `Nothing was changed, and the rates that are there stay in force. ${next}`,
    exitCode: ExitCode.failed,
  });
}
