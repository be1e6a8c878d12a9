import type { MessageState } from '../../db/tables/messages.ts';
import { ExitCode } from '../../errors/exit-code.ts';
import type { Cell, ReportBlock, Tone } from '../../job/report.ts';
import { readWhatStopsSending } from '../../notify/outbox/sending.ts';
import { listMessages, type StoredMessage } from '../../notify/outbox/stored-messages.ts';
import { wallClock } from '../../time/human-time.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { writeJson } from '../render/json.ts';
import { messageDocument } from '../runs/message-document.ts';
import { printReport } from '../runs/print-report.ts';
import { readCount } from '../runs/read-count.ts';
import { stopDocument, stopWords } from '../runs/sending-words.ts';
import { withSession } from '../session.ts';

/** As typed; the choices are commander's. */
export interface MessagesListOptions {
  readonly state?: MessageState;
  readonly channel?: string;
  readonly limit: string;
  readonly json?: boolean;
}

/** `messages list`: the queue, OpsDeck's rows and ours. */
export async function messagesList(
  io: Io,
  globals: GlobalOptions,
  options: MessagesListOptions,
): Promise<ExitCode> {
  const limit = readCount(options.limit, '--limit', 10_000);
  return withSession(io, globals, { quiet: options.json === true }, async ({ database, zones, secrets }) => {
    const messages = await listMessages(database.db, zones, {
      state: options.state,
      channel: options.channel,
      limit,
    });
    const stop = await readWhatStopsSending(database.db);
    if (options.json === true) {
      writeJson(io, {
        database: secrets.scrub(database.label),
        sending_stopped: stopDocument(stop),
        messages: messages.map(messageDocument),
      });
    } else {
      if (stop !== null)
        printReport(io, [{ kind: 'line', text: stopWords(stop, zones.business), tone: 'warning' }]);
      printReport(io, report(messages, zones.business, limit));
    }
    return ExitCode.ok;
  });
}

const tones: Readonly<Record<MessageState, Tone>> = {
  queued: 'plain',
  sending: 'notice',
  sent: 'good',
  failed: 'bad',
  cancelled: 'notice',
  held: 'warning',
  unknown: 'warning',
};

function report(messages: readonly StoredMessage[], zone: string, limit: number): readonly ReportBlock[] {
  if (messages.length === 0) return [{ kind: 'line', text: 'There are no such messages.' }];
  const more: ReportBlock[] =
    messages.length < limit ? [] : [{ kind: 'line', text: `The newest ${limit}; --limit shows more.` }];
  return [
    { kind: 'line', text: `Times in ${zone}` },
    {
      kind: 'table',
      columns: ['Number', 'State', 'Channel', 'To', 'Message', 'Due', 'Why'],
      rows: messages.map((message): readonly (string | Cell)[] => [
        String(message.communication_id),
        { text: message.state, tone: tones[message.state] },
        message.channel,
        message.destination,
        message.template ?? '-',
        wallClock(message.due_at, zone),
        message.reason ?? '',
      ]),
    },
    ...more,
  ];
}
