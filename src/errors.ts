import type { ExitCode } from './exit-code.ts';

export interface OperatorErrorOptions {
  /** Stable, lower_snake_case; stored with the run and printed in JSON. */
  readonly code: string;
  /** One sentence for a person: what is wrong and where it came from. Never a secret. */
  readonly message: string;
  /** The next command or step, as a sentence. */
  readonly next?: string;
  readonly exitCode: ExitCode;
  readonly cause?: unknown;
}

/**
 * An error that the operator can act on. Everything that is expected to go wrong (bad input, a server that is away, a
 * database that is not migrated) is thrown as one of these; anything else is a fault of the program.
 */
export class OperatorError extends Error {
  override readonly name = 'OperatorError';
  readonly code: string;
  readonly next: string | undefined;
  readonly exitCode: ExitCode;

  constructor(options: OperatorErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.next = options.next;
    this.exitCode = options.exitCode;
  }
}
