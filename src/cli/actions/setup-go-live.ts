import { ExitCode } from '../../errors/exit-code.ts';
import { resumeSending } from '../../notify/outbox/sending.ts';
import { readWaitingMessages, type WaitingMessages } from '../../notify/outbox/waiting.ts';
import { count } from '../../text/count.ts';
import { writeLine } from '../render/line.ts';
import { confirm } from '../runs/confirm.ts';
import { effectsOfEnabled } from '../runs/enabling.ts';
import type { Session } from '../session.ts';
import { resumedWords } from './messages-sending.ts';

/** `setup --go-live`: what waits, the question, and the end of the stop. */
export async function goLive(session: Session, by: string, yes: boolean | undefined): Promise<ExitCode> {
  const { io, database, logger } = session;
  const now = database.clock.now();
  const waiting = await readWaitingMessages(database.db, now);
  writeLine(io.stdout, waitingWords(waiting, now));
  if (waiting.onHold > 0) {
    writeLine(
      io.stdout,
      `${count(waiting.onHold, 'message')} on hold: \`messages release\` or \`messages cancel\` decides.`,
    );
  }
  for (const effect of await effectsOfEnabled(session)) writeLine(io.stdout, effect);
  const agreed = await confirm(io, 'Let every host send messages?', yes);
  if (!agreed) {
    writeLine(io.stdout, 'Nothing was changed.');
    return ExitCode.notRun;
  }
  const { changed } = await resumeSending(database.db, by);
  if (changed) {
    logger.info({ 'event.action': 'sending.resume', 'user.name': by }, `sending is resumed by ${by}`);
  }
  io.stdout.write(`${resumedWords(changed, session)}\n`);
  return ExitCode.ok;
}

/** Pure. */
export function waitingWords({ messages, people, shared, oldest }: WaitingMessages, now: Date): string {
  if (oldest === null) return '0 messages of opsdeck-jobs are due.';
  const readers = [
    ...(people > 0 ? [count(people, 'person', 'people')] : []),
    ...(shared > 0 ? [count(shared, 'shared destination')] : []),
  ];
  const days = Math.floor((now.getTime() - oldest.getTime()) / 86_400_000);
  return `${count(messages, 'message')} to ${readers.join(' and ')}, oldest ${count(days, 'day')}.`;
}
