import { hostname } from 'node:os';
import { ExitCode } from '../../errors/exit-code.ts';
import { OperatorError } from '../../errors/operator-error.ts';
import type { Io } from '../io.ts';

/** Who decides: the e-mail address of `--as`, otherwise `os:user@host`. */
export function readActor(io: Io, as: string | undefined): string {
  if (as === undefined) return `os:${io.userName()}@${hostname()}`;
  const actor = as.trim();
  if (/^[^\s@]+@[^\s@]+$/.test(actor)) return actor;
  throw new OperatorError({
    code: 'invalid_actor',
    message: `'${as}' does not identify a person who decides.`,
    next: 'Give an e-mail address: --as ana@example.org.',
    exitCode: ExitCode.usage,
  });
}
