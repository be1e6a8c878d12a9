import type { MessageState } from '../../db/tables/messages.ts';
import { ExitCode } from '../../errors/exit-code.ts';
import { usage } from '../../errors/usage.ts';
import { type Decided, decideMessages, type MessageSelection } from '../../notify/outbox/decide-messages.ts';
import type { MessageAction } from '../../notify/outbox/judge-decision.ts';
import { count } from '../../text/count.ts';
import { parseDuration } from '../../time/duration.ts';
import { readPastInstant } from '../../time/read-instant.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { writeLine } from '../render/line.ts';
import { withSession } from '../session.ts';
import { readActor } from './actor.ts';
import { type ConsentOptions, consent } from './confirm.ts';

/** What would be done with so many messages. */
const words: Readonly<Record<MessageAction, (messages: string) => string>> = {
  retry: (messages) => `send ${messages} again`,
  cancel: (messages) => `cancel ${messages}`,
  release: (messages) => `release ${messages}`,
  hand_back: (messages) => `hand ${messages} back to OpsDeck`,
};

/** What `messages retry`, `cancel` and `release` have in common: decide, record who, say it. */
export async function changeMessages(
  io: Io,
  globals: GlobalOptions,
  action: MessageAction,
  ids: readonly string[],
  options: SelectionOptions,
  say: (decided: Decided & { readonly messages: number }) => readonly string[],
): Promise<ExitCode> {
  checkSelection(ids, options);
  const actor = readActor(io, options.as);
  return withSession(io, globals, {}, async ({ database, zones, logger }) => {
    let selection = readSelection(ids, options, zones.business, database.clock.now());
    const ended = await consent(io, options, async () => {
      const found = await decideMessages(database, zones, action, selection, actor, true);
      if (selection.kind === 'matching') selection = { ...selection, only: found.ids };
      const states = Object.entries(found.changed).map(([state, number]) => `${number} ${state}`);
      const which = states.length === 0 ? '' : ` (${states.join(', ')})`;
      const messages = `${count(found.ids.length, 'message')}${which}`;
      return { words: words[action](messages), count: found.ids.length };
    });
    if (ended !== null) return ended;
    const decided = await decideMessages(database, zones, action, selection, actor);
    const changed = decided.ids.length;
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

/** As typed: what the messages have in common. */
export interface SelectionOptions extends ConsentOptions {
  readonly olderThan?: string;
  readonly since?: string;
  readonly state?: MessageState;
  readonly code?: string;
  readonly channel?: string;
  readonly as?: string;
}

/** Ids, or options; OperatorError exit 2 for both or neither. */
function checkSelection(ids: readonly string[], options: SelectionOptions): void {
  const { olderThan, since, state, code, channel } = options;
  const isFiltered = [olderThan, since, state, code, channel].some((one) => one !== undefined);
  if (ids.length > 0 !== isFiltered) return;
  throw usage(
    isFiltered
      ? 'Messages by name cannot be combined with options that select messages.'
      : 'No messages selected.',
    'Give the numbers of messages, or --state, --code, --since, --channel or --older-than 3d; `messages list` shows them.',
  );
}

function readSelection(
  ids: readonly string[],
  { olderThan, since, state, code, channel }: SelectionOptions,
  zone: string,
  now: Date,
): MessageSelection {
  if (ids.length > 0) return { kind: 'ids', ids };
  return {
    kind: 'matching',
    filter: {
      ...{ state, code, channel },
      olderThanMs: olderThan === undefined ? undefined : parseDuration(olderThan, '--older-than'),
      since: since === undefined ? undefined : readPastInstant(since, '--since', zone, now),
    },
  };
}
