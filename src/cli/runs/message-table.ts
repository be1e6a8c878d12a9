import type { ReportBlock } from '../../job/report.ts';
import type { QueuedMessage } from '../../notify/notifier.ts';
import { count } from '../../text/count.ts';

/** What of a rendered message is shown before it is sent. */
export interface MessageGlimpse {
  readonly subject: string;
  readonly firstLine: string;
}

/** The messages of a dry run, by channel and destination, with what is known of their text. */
export function messageBlocks(
  job: string,
  messages: readonly QueuedMessage[],
  glimpses: ReadonlyMap<QueuedMessage, MessageGlimpse>,
): readonly ReportBlock[] {
  if (messages.length === 0) return [{ kind: 'line', text: `${job} would queue no messages.` }];
  return [
    { kind: 'line', text: `${job} would queue ${count(messages.length, 'message')}:` },
    {
      kind: 'table',
      columns: ['Channel', 'To', 'Message', 'Subject', 'First line'],
      rows: messages.map((message) => {
        const { subject = '', firstLine = '' } = glimpses.get(message) ?? {};
        return [message.channel, message.destination, message.template, subject, firstLine];
      }),
    },
  ];
}
