import { plainLines } from '../../text/plain-text.ts';
import type { Io } from '../io.ts';

/** What went wrong, in a sentence, and what to do next. */
interface Fault {
  readonly message: string;
  readonly next?: string | null;
}

/** Says on stderr what went wrong and what to do next. Either may quote the database: a terminal gets it as plain text. */
export function printFault(io: Io, { message, next }: Fault): void {
  const advice = next === undefined || next === null ? '' : `Next: ${plainLines(next)}\n`;
  io.stderr.write(`opsdeck-jobs: ${plainLines(message)}\n${advice}`);
}
