import { hostname } from 'node:os';
import { usage } from '../../errors/usage.ts';
import type { Io } from '../io.ts';

/** Who decides: the e-mail address of `--as`, otherwise `os:user@host`. */
export function readActor(io: Io, as: string | undefined): string {
  if (as === undefined) return `os:${io.userName()}@${hostname()}`;
  const actor = as.trim();
  if (/^[^\s@]+@[^\s@]+$/.test(actor)) return actor;
  throw usage(
    `'${as}' does not identify a person who decides.`,
    'Give an e-mail address: --as ana@example.org.',
    'invalid_actor',
  );
}
