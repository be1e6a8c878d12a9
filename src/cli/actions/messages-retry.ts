import type { ExitCode } from '../../errors/exit-code.ts';
import { count } from '../../text/count.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { changeMessages, type SelectionOptions } from '../runs/change-messages.ts';

/** `messages retry ID…`: they are sent at the next run, as if nothing had failed. */
export function messagesRetry(
  io: Io,
  globals: GlobalOptions,
  ids: readonly string[],
  options: SelectionOptions,
): Promise<ExitCode> {
  return changeMessages(io, globals, 'retry', ids, options, (decided) => {
    const { messages, refused, changed } = decided;
    const unknown = changed.unknown ?? 0;
    const postponed = changed.queued ?? 0;
    return [
      `${count(messages - refused, 'message')} will be sent at the next run of communications.`,
      ...(postponed > 0
        ? [`${count(postponed, 'message')} had been put off until later: now nothing is waited for.`]
        : []),
      ...(unknown > 0
        ? [`${count(unknown, 'message')} may have arrived before, and may then arrive twice.`]
        : []),
      ...(refused > 0
        ? [`${count(refused, 'message')} still cannot be sent: \`messages list --state failed\` shows why.`]
        : []),
    ];
  });
}
