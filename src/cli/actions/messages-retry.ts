import type { ExitCode } from '../../exit-code.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { changeMessages, countOf } from '../runs/change-messages.ts';

/** As typed. */
export interface MessagesRetryOptions {
  readonly as?: string;
}

/** `messages retry ID…`: they are sent at the next run, as if nothing had failed. */
export function messagesRetry(
  io: Io,
  globals: GlobalOptions,
  ids: readonly string[],
  options: MessagesRetryOptions,
): Promise<ExitCode> {
  return changeMessages(io, globals, 'retry', { kind: 'ids', ids }, options.as, (decided) => {
    const { count, refused, changed } = decided;
    const unknown = changed.unknown ?? 0;
    const postponed = changed.queued ?? 0;
    return [
      `${countOf(count - refused)} will be sent at the next run of communications.`,
      ...(postponed > 0
        ? [`${countOf(postponed)} had been put off until later: now nothing is waited for.`]
        : []),
      ...(unknown > 0 ? [`${countOf(unknown)} may have arrived before, and may then arrive twice.`] : []),
      ...(refused > 0
        ? [`${countOf(refused)} still cannot be sent: \`messages list --state failed\` says why.`]
        : []),
    ];
  });
}
