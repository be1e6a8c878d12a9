import { ExitCode } from '../errors/exit-code.ts';
import { OperatorError } from '../errors/operator-error.ts';

/** One thing that is wrong with the configuration. None of the texts holds a secret. */
export interface Problem {
  /** The variable, or the path in the configuration file. */
  readonly name: string;
  /** Where the value came from: `environment`, or a file with its line. */
  readonly origin: string;
  /** What is wrong, as a clause after the name: `'abc' is not a port`. */
  readonly message: string;
  /** What is allowed, or meant: `a whole number from 1 to 65535`. */
  readonly hint?: string;
}

/** `SMTP_PORT (.env:3): 'abc' is not a port; give …`, without a full stop. */
export function problemWords({ name, origin, message, hint }: Problem): string {
  return `${name} (${origin}): ${message}${hint === undefined ? '' : `; ${hint}`}`;
}

/** All problems at once, in one error: an operator mends a configuration in one go, not by trial. */
export function configurationError(
  problems: readonly Problem[],
  misspellings: readonly string[] = [],
): OperatorError {
  const [first] = problems;
  return new OperatorError({
    code: 'invalid_configuration',
    ...(first !== undefined && problems.length === 1
      ? { message: `The configuration is wrong: ${problemWords(first)}.`, points: misspellings }
      : {
          message: `The configuration has ${problems.length} problems:`,
          points: [...problems.map(problemWords), ...misspellings],
        }),
    next: "Correct it and run 'opsdeck-jobs config check'; 'opsdeck-jobs config schema' describes the configuration file.",
    exitCode: ExitCode.usage,
  });
}
