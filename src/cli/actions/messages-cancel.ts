import type { ExitCode } from '../../errors/exit-code.ts';
import { count } from '../../text/count.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { changeMessages, type SelectionOptions } from '../runs/change-messages.ts';

/** `messages cancel`: they are never sent, neither from here nor by OpsDeck. */
export function messagesCancel(
  io: Io,
  globals: GlobalOptions,
  ids: readonly string[],
  options: SelectionOptions,
): Promise<ExitCode> {
  return changeMessages(io, globals, 'cancel', ids, options, ({ messages }) => [
    messages === 0 ? 'Nothing was cancelled.' : `${count(messages, 'message')} cancelled.`,
  ]);
}
