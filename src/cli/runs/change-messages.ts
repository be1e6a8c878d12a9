import { ExitCode } from '../../errors/exit-code.ts';
import { usage } from '../../errors/usage.ts';
import { type Decided, decideMessages, type MessageSelection } from '../../notify/outbox/decide-messages.ts';
import type { MessageAction } from '../../notify/outbox/judge-decision.ts';
import { count } from '../../text/count.ts';
import { parseDuration } from '../../time/duration.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { writeLine } from '../render/line.ts';
import { withSession } from '../session.ts';
import { readActor } from './actor.ts';

/** What `messages retry`, `cancel` and `release` have in common: decide, record who, say it. */
export async function changeMessages(
  io: Io,
  globals: GlobalOptions,
  action: MessageAction,
  selection: MessageSelection,
  as: string | undefined,
  say: (decided: Decided & { readonly messages: number }) => readonly string[],
): Promise<ExitCode> {
  const actor = readActor(io, as);
  return withSession(io, globals, {}, async ({ database, zones, logger }) => {
    const decided = await decideMessages(database, zones, action, selection, actor);
    const changed = Object.values(decided.changed).reduce((sum, one) => sum + one, 0);
    if (changed > 0) {
      logger.info(
        { 'event.action': `message.${action}`, 'labels.count': changed, 'user.name': actor },
        `${count(changed, 'message')}: ${action.replace('_', ' ')} by ${actor}`,
      );
    }
    const lines = [
      ...say({ ...decided, messages: changed }),
      ...(decided.already > 0
        ? [`${count(decided.already, 'message was', 'messages were')} so already.`]
        : []),
    ];
    for (const line of lines) writeLine(io.stdout, line);
    return ExitCode.ok;
  });
}

/** Ids, or `--older-than`; OperatorError exit 2 for both or neither. */
export function readSelection(ids: readonly string[], olderThan: string | undefined): MessageSelection {
  if (ids.length > 0 === (olderThan !== undefined)) {
    throw usage(
      olderThan === undefined
        ? 'No messages selected.'
        : 'Messages by name and --older-than cannot be used together.',
      'Give the numbers of messages, or --older-than 3d; `messages list` shows them.',
    );
  }
  if (olderThan === undefined) return { kind: 'ids', ids };
  return { kind: 'older', thanMs: parseDuration(olderThan, '--older-than') };
}
