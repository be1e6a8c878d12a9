import type { ReportBlock } from '../../job/report.ts';
import type { QueuedMessage } from '../../notify/notifier.ts';

/** The messages of a dry run, by channel and destination. */
export function messageBlocks(messages: readonly QueuedMessage[]): readonly ReportBlock[] {
  if (messages.length === 0) return [{ kind: 'line', text: 'No messages would be queued.' }];
  return [
    { kind: 'line', text: `${messages.length} message${messages.length === 1 ? '' : 's'} would be queued:` },
    {
      kind: 'table',
      columns: ['Channel', 'To', 'Message'],
      rows: messages.map(({ channel, destination, template }) => [channel, destination, template]),
    },
  ];
}
