import { hostname } from 'node:os';
import type { Author } from '../../decisions/author.ts';
import { usage } from '../../errors/usage.ts';
import type { Io } from '../io.ts';
import type { Session } from '../session.ts';

/** Who enters it: `os:user@host`, whoever `--as` names. */
function machineUser(io: Io): string {
  return `os:${io.userName()}@${hostname()}`;
}

/** Who decides: the e-mail address of `--as`, otherwise {@link machineUser}. */
export function readActor(io: Io, as: string | undefined): string {
  if (as === undefined) return machineUser(io);
  return readAddress(as, '--as');
}

/** The e-mail address of a person. @throws OperatorError `invalid_actor`, exit 2. */
export function readAddress(text: string, option: '--as' | '--requester'): string {
  const address = text.trim();
  // Nobody is recorded as the user of another machine.
  if (/^(?!os:)[^\s@]+@[^\s@]+$/i.test(address)) return address;
  throw usage(
    `'${text}' does not identify a person who ${option === '--as' ? 'decides' : 'asks for it'}.`,
    `Give an e-mail address: ${option} ana@example.org.`,
    'invalid_actor',
  );
}

/** Whoever {@link readActor} read, with who types it, and how the person who is named is informed. */
export function authorOf({ io, config, database, zones }: Session, actor: string): Author {
  const post = { clock: database.clock, zones, routings: config.notifications };
  return { actor, enteredBy: machineUser(io), post };
}
