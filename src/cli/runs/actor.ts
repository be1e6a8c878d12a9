import { hostname } from 'node:os';
import { usage } from '../../errors/usage.ts';
import type { Io } from '../io.ts';

/** Who enters it: `os:user@host`, whoever `--as` names. */
export function machineUser(io: Io): string {
  return `os:${io.userName()}@${hostname()}`;
}

/** Who decides: the e-mail address of `--as`, otherwise {@link machineUser}. */
export function readActor(io: Io, as: string | undefined): string {
  if (as === undefined) return machineUser(io);
  const actor = as.trim();
  // Nobody is recorded as the user of another machine.
  if (/^(?!os:)[^\s@]+@[^\s@]+$/i.test(actor)) return actor;
  throw usage(
    `'${as}' does not identify a person who decides.`,
    'Give an e-mail address: --as ana@example.org.',
    'invalid_actor',
  );
}
