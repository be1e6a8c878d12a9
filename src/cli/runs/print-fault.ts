import type { World } from '../io.ts';
import { writeLine } from '../render/line.ts';

/** What went wrong, in a sentence, and what to do next. */
interface Fault {
  /** Listed in docs/troubleshooting.md. */
  readonly code?: string;
  readonly message: string;
  /** More of it, a line each. */
  readonly points?: readonly string[];
  readonly next?: string | null;
  /** For who asked for details. */
  readonly stack?: string | null;
}

/** Prints on stderr what went wrong and what to do next. Whatever these quote of a database stays in its line. */
export function printFault({ stderr }: World, { code, message, points = [], next, stack }: Fault): void {
  writeLine(stderr, `opsdeck-jobs: ${message}${code === undefined ? '' : ` [${code}]`}`);
  for (const point of points) writeLine(stderr, `  - ${point}`);
  if (next !== undefined && next !== null) writeLine(stderr, `Next: ${next}`);
  for (const line of stack?.split('\n') ?? []) writeLine(stderr, `    ${line}`);
}
