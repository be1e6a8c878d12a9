import type { ReportBlock } from '../../job/report.ts';
import type { QueuedMessage } from '../../notify/notifier.ts';
import { count } from '../../text/count.ts';

/** The messages of a dry run, by channel and destination. */
export function messageBlocks(messages: readonly QueuedMessage[]): readonly ReportBlock[] {
  if (messages.length === 0) return [{ kind: 'line', text: 'No messages would be queued.' }];
  return [
    { kind: 'line', text: `${count(messages.length, 'message')} would be queued:` },
    {
      kind: 'table',
      columns: ['Channel', 'To', 'Message'],
      rows: messages.map(({ channel, destination, template }) => [channel, destination, template]),
    },
  ];
}
