import type { ReportBlock } from '../../job/report.ts';
import type { QueuedMessage } from '../../notify/notifier.ts';
import { count } from '../../text/count.ts';

/** The messages of a dry run, by channel and destination. */
export function messageBlocks(job: string, messages: readonly QueuedMessage[]): readonly ReportBlock[] {
  if (messages.length === 0) return [{ kind: 'line', text: `${job} would queue no messages.` }];
  return [
    { kind: 'line', text: `${job} would queue ${count(messages.length, 'message')}:` },
    {
      kind: 'table',
      columns: ['Channel', 'To', 'Message'],
      rows: messages.map(({ channel, destination, template }) => [channel, destination, template]),
    },
  ];
}
