import { ExitCode } from '../../errors/exit-code.ts';
import { switchOn } from '../../notify/outbox/destinations.ts';
import { count } from '../../text/count.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { writeLine } from '../render/line.ts';
import { readActor } from '../runs/actor.ts';
import { withSession } from '../session.ts';

/** As typed. */
export interface MessagesSwitchOnOptions {
  readonly as?: string;
}

/** `messages switch-on KEY`: nothing is held against the destination any more. */
export async function messagesSwitchOn(
  io: Io,
  globals: GlobalOptions,
  key: string,
  options: MessagesSwitchOnOptions,
): Promise<ExitCode> {
  const actor = readActor(io, options.as);
  return withSession(io, globals, {}, async ({ database, logger }) => {
    const waiting = await switchOn(database, key, actor);
    logger.info(
      { 'event.action': 'destination.switched_on', 'user.name': actor },
      `${key} switched on by ${actor}`,
    );
    writeLine(
      io.stdout,
      `${key} is tried again. ${count(waiting, 'message')} waited for it; what failed meanwhile is sent again with \`messages retry\`.`,
    );
    return ExitCode.ok;
  });
}
