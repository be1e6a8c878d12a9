import { ExitCode } from '../../errors/exit-code.ts';
import { switchEvent } from '../../notify/switch-event.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { writeLine } from '../render/line.ts';
import { readActor } from '../runs/actor.ts';
import { findEvent } from '../runs/find-event.ts';
import { withSession } from '../session.ts';

/** As typed. */
export interface NotificationsSwitchOptions {
  readonly as?: string;
}

/** `notifications enable|disable CODE`: whether messages of the event are queued at all, on every host. */
export async function switchNotification(
  io: Io,
  globals: GlobalOptions,
  code: string,
  enabled: boolean,
  options: NotificationsSwitchOptions,
): Promise<ExitCode> {
  const actor = readActor(io, options.as);
  return withSession(io, globals, {}, async ({ database, jobs, zones, logger }) => {
    const event = findEvent(code, jobs);
    const changed = await switchEvent(database, zones, { event, enabled, actor });
    const state = enabled ? 'enabled' : 'disabled';
    if (!changed) writeLine(io.stdout, `${event.code} is ${state} already; nothing was changed.`);
    else {
      logger.info(
        { 'event.action': `event.${state}`, 'user.name': actor },
        `${event.code} ${state} by ${actor}`,
      );
      const what = enabled ? 'its messages are queued again' : 'no message of it is queued';
      writeLine(io.stdout, `${event.code} is ${state}: ${what}.`);
    }
    return ExitCode.ok;
  });
}
