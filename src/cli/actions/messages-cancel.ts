import type { ExitCode } from '../../errors/exit-code.ts';
import { count } from '../../text/count.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { changeMessages, readSelection } from '../runs/change-messages.ts';

/** As typed. */
export interface MessagesCancelOptions {
  readonly olderThan?: string;
  readonly as?: string;
}

/** `messages cancel`: they are never sent, neither from here nor by OpsDeck. */
export function messagesCancel(
  io: Io,
  globals: GlobalOptions,
  ids: readonly string[],
  options: MessagesCancelOptions,
): Promise<ExitCode> {
  const selection = readSelection(ids, options.olderThan);
  return changeMessages(io, globals, 'cancel', selection, options.as, ({ messages }) => [
    messages === 0 ? 'Nothing was cancelled.' : `${count(messages, 'message')} cancelled.`,
  ]);
}
