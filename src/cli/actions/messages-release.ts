import type { ExitCode } from '../../errors/exit-code.ts';
import { count } from '../../text/count.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { changeMessages, type SelectionOptions } from '../runs/change-messages.ts';

/** As typed. */
export interface MessagesReleaseOptions extends SelectionOptions {
  readonly toOpsdeck?: boolean;
}

/** `messages release`: what is held is sent at the next run; with `--to-opsdeck` it is OpsDeck's again. */
export function messagesRelease(
  io: Io,
  globals: GlobalOptions,
  ids: readonly string[],
  options: MessagesReleaseOptions,
): Promise<ExitCode> {
  if (options.toOpsdeck === true) {
    return changeMessages(io, globals, 'hand_back', ids, options, ({ messages }) =>
      messages === 0
        ? ['Nothing was handed back.']
        : [
            `${count(messages, 'message')} handed back to OpsDeck.`,
            'The job communications takes over again what is due when it runs: `disable communications` keeps it from that.',
          ],
    );
  }
  return changeMessages(io, globals, 'release', ids, options, ({ messages }) => [
    messages === 0
      ? 'Nothing was released.'
      : `${count(messages, 'message')} will be sent at the next run of communications.`,
  ]);
}
