import { ExitCode } from '../../errors/exit-code.ts';
import { resumeSending, stopSending } from '../../notify/outbox/sending.ts';
import { count } from '../../text/count.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { readActor } from '../runs/actor.ts';
import { stopWords } from '../runs/sending-words.ts';
import { type Session, withSession } from '../session.ts';

/** As typed. */
export interface MessagesHoldAllOptions {
  readonly reason?: string;
  readonly as?: string;
}

/** `messages hold-all`: no message leaves any host until `messages resume`. */
export async function messagesHoldAll(
  io: Io,
  globals: GlobalOptions,
  options: MessagesHoldAllOptions,
): Promise<ExitCode> {
  const by = readActor(io, options.as);
  const reason = options.reason?.trim() || null;
  return withSession(io, globals, {}, async (session) => {
    const { changed, stop, underWay } = await stopSending(session.database.db, by, reason);
    if (stop === null) throw new Error('sending was stopped, and is not');
    if (changed) log(session, 'sending.stop', `sending is stopped by ${by}`, by);
    const lines = [
      changed
        ? 'Sending is stopped on every host until `messages resume`; messages wait.'
        : `${stopWords(stop, session.zones.business)} Nothing was changed.`,
      ...(underWay > 0 ? [`${count(underWay, 'message')} had left already, or may have.`] : []),
    ];
    io.stdout.write(`${lines.join('\n')}\n`);
    return ExitCode.ok;
  });
}

/** As typed. */
export type MessagesResumeOptions = Pick<MessagesHoldAllOptions, 'as'>;

/** `messages resume`: what waits is sent at the next run of communications. */
export async function messagesResume(
  io: Io,
  globals: GlobalOptions,
  options: MessagesResumeOptions,
): Promise<ExitCode> {
  const by = readActor(io, options.as);
  return withSession(io, globals, {}, async (session) => {
    const { changed } = await resumeSending(session.database.db, by);
    if (changed) log(session, 'sending.resume', `sending is resumed by ${by}`, by);
    io.stdout.write(`${resumedWords(changed, session)}\n`);
    return ExitCode.ok;
  });
}

/** `hold-all` is not all that stops sending. */
export function resumedWords(changed: boolean, { database, secrets }: Session): string {
  if (database.identity.kind === 'other') {
    const what = changed
      ? 'The stop of `messages hold-all` is ended, but sending is still stopped'
      : 'Nothing was changed: `messages hold-all` does not stop sending, but it is stopped';
    return secrets.scrub(
      `${what}: ${database.label} was restored or copied.\nNext: opsdeck-jobs migrate --confirm-database`,
    );
  }
  return changed
    ? 'Sending is resumed. The next run of communications sends what is due.'
    : 'Sending is not stopped; nothing was changed.';
}

function log({ logger }: Session, action: string, sentence: string, by: string): void {
  logger.info({ 'event.action': action, 'user.name': by }, sentence);
}
