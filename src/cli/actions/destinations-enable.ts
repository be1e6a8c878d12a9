import { ExitCode } from '../../errors/exit-code.ts';
import { switchOn } from '../../notify/outbox/destinations.ts';
import { count } from '../../text/count.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { writeLine } from '../render/line.ts';
import { readActor } from '../runs/actor.ts';
import { withSession } from '../session.ts';

/** As typed. */
export interface DestinationsEnableOptions {
  readonly as?: string;
}

/** `destinations enable KEY`: its failures no longer count. */
export async function destinationsEnable(
  io: Io,
  globals: GlobalOptions,
  key: string,
  options: DestinationsEnableOptions,
): Promise<ExitCode> {
  const actor = readActor(io, options.as);
  return withSession(io, globals, {}, async ({ database, logger }) => {
    const waiting = await switchOn(database, key, actor);
    logger.info(
      { 'event.action': 'destination.switched_on', 'user.name': actor },
      `${key} enabled by ${actor}`,
    );
    writeLine(
      io.stdout,
      `${key} is enabled. ${count(waiting, 'message')} waited for it; send failed messages again with \`messages retry\`.`,
    );
    return ExitCode.ok;
  });
}
