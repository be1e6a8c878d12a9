import { ExitCode } from './exit-code.ts';

export interface OperatorErrorOptions {
  /** Stable, lower_snake_case; stored with the run and printed in JSON. */
  readonly code: string;
  /** One sentence for a person: what is wrong and where it came from. Never a secret. */
  readonly message: string;
  /** More lines under the message, one fact each. Nothing else breaks a line: the message may quote a database. */
  readonly points?: readonly string[];
  /** The next command or step, as a sentence. */
  readonly next: string;
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
  /** The first sentence, without the points; `message` has both. */
  readonly headline: string;
  readonly points: readonly string[];
  readonly next: string;
  readonly exitCode: ExitCode;

  constructor(options: OperatorErrorOptions) {
    const { message, points = [], cause } = options;
    super(withPoints(message, points), cause === undefined ? undefined : { cause });
    this.code = options.code;
    this.headline = message;
    this.points = points;
    this.next = options.next;
    this.exitCode = options.exitCode;
  }
}

/** A message of several facts as one text. */
export function withPoints(message: string, points: readonly string[]): string {
  return [message, ...points.map((point) => `  - ${point}`)].join('\n');
}

/** How a command ends that was refused: what was typed, or what is so already, not the program. */
const refusals: ReadonlySet<ExitCode> = new Set([ExitCode.usage, ExitCode.notRun]);

/** Where the program was when it failed; undefined for what was refused, which no line of the program explains. */
export function stackOf(error: Error): string | undefined {
  return error instanceof OperatorError && refusals.has(error.exitCode) ? undefined : error.stack;
}
