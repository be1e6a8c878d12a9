import type { MessageState } from '../../db/tables/messages.ts';
import { ExitCode } from '../../errors/exit-code.ts';
import type { Cell, NarrowTable, ReportBlock, Tone } from '../../job/report.ts';
import { connectChannels } from '../../notify/channels/connect-channels.ts';
import { channels as everyChannel } from '../../notify/channels/lookup.ts';
import { holdRuleOf, nextHeld } from '../../notify/outbox/next-held.ts';
import { openWays } from '../../notify/outbox/open-ways.ts';
import { readWhatStopsSending } from '../../notify/outbox/sending.ts';
import { listMessages, type StoredMessage } from '../../notify/outbox/stored-messages.ts';
import { cutAt } from '../../text/cut-at.ts';
import { shortWallClock } from '../../time/human-time.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { writeJson } from '../render/json.ts';
import { messageDocument } from '../runs/message-document.ts';
import { subjectsOf } from '../runs/message-subjects.ts';
import { printReport } from '../runs/print-report.ts';
import { readCount } from '../runs/read-count.ts';
import { readNumber } from '../runs/read-number.ts';
import { stopDocument, stopWords } from '../runs/sending-words.ts';
import { type Session, withSession } from '../session.ts';

/** As typed; the choices are commander's. */
export interface MessagesListOptions {
  readonly state?: MessageState;
  readonly channel?: string;
  readonly limit: string;
  readonly after?: string;
  readonly json?: boolean;
}

/** A message with what is found out about it for the list. */
interface ListedMessage extends StoredMessage {
  /** As it would be sent now; null: it cannot be rendered. */
  readonly subject: string | null;
  /** The next run puts it on hold: it is too old. */
  readonly nextHeld: boolean;
}

/** `messages list`: the queue, OpsDeck's rows and ours. */
export async function messagesList(
  io: Io,
  globals: GlobalOptions,
  options: MessagesListOptions,
): Promise<ExitCode> {
  const limit = readCount(options.limit, '--limit', 10_000);
  return withSession(io, globals, { quiet: options.json === true }, async (session) => {
    const { database, zones, secrets } = session;
    const found = await listMessages(database.db, zones, {
      state: options.state,
      channel: options.channel,
      after:
        options.after === undefined
          ? undefined
          : readNumber(options.after, 'a message', '`messages list` has the numbers.'),
      limit: limit + 1,
    });
    const { shown: stored, last } = cutAt(limit, found);
    const after = last === undefined ? undefined : String(last.communication_id);
    const messages = await withFacts(session, stored);
    const stop = await readWhatStopsSending(database.db);
    if (options.json === true) {
      writeJson(io, {
        database: secrets.scrub(database.label),
        sending_stopped: stopDocument(stop),
        messages: messages.map((message) => ({
          ...messageDocument(message),
          subject: message.subject,
          next_held: message.nextHeld,
        })),
        after: after ?? null,
      });
    } else {
      if (stop !== null)
        printReport(io, [{ kind: 'line', text: stopWords(stop, zones.business), tone: 'warning' }]);
      printReport(io, report(messages, zones.business, database.clock.now()), after);
    }
    return ExitCode.ok;
  });
}

async function withFacts(
  session: Session,
  stored: readonly StoredMessage[],
): Promise<readonly ListedMessage[]> {
  const subjects = await subjectsOf(session, stored);
  const held = await heldNext(
    session,
    stored.filter(({ state }) => state === 'queued').map(({ communication_id: id }) => id),
  );
  return stored.map((message) => ({
    ...message,
    subject: subjects.get(message.communication_id) ?? null,
    nextHeld: held.has(message.communication_id),
  }));
}

async function heldNext(
  { database, zones, config }: Session,
  ids: readonly number[],
): Promise<ReadonlySet<number>> {
  if (ids.length === 0) return new Set();
  const open = await connectChannels(config, database.clock);
  try {
    const ways = await openWays(
      database.db,
      { byName: open.byName, destinations: config.destinations, postForms: config.postForms },
      everyChannel.filter((one) => !config.switchedOff.includes(one) && open.byName.get(one)?.ready === true),
    );
    const scope = { now: database.clock.now(), zones, ways, rule: holdRuleOf(config) };
    return await nextHeld(database.db, ids, scope);
  } finally {
    await open.close();
  }
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

function report(messages: readonly ListedMessage[], zone: string, now: Date): readonly ReportBlock[] {
  if (messages.length === 0) return [{ kind: 'line', text: 'There are no such messages.' }];
  const next = messages.filter(({ nextHeld: held }) => held).length;
  const marked: ReportBlock[] =
    next === 0
      ? []
      : [
          {
            kind: 'line',
            text: `${next} marked "next: on hold": too old, the next run of communications puts them on hold.`,
            tone: 'warning',
          },
        ];
  return [
    { kind: 'line', text: `Times in ${zone}` },
    {
      kind: 'table',
      columns: ['Number', 'State', 'Channel', 'To', 'Subject', 'Due', 'Sent', 'Why'],
      rows: messages.map((message): readonly (string | Cell)[] => [
        String(message.communication_id),
        stateCell(message),
        message.channel,
        message.destination,
        subjectWords(message),
        shortWallClock(message.due_at, zone, now),
        sentWords(message, zone, now) ?? '-',
        message.reason ?? '',
      ]),
      narrow: {
        columns: ['Number', 'State', 'Channel', 'To'],
        rows: messages.map((message) => narrowRow(message, zone, now)),
      },
    },
    ...marked,
  ];
}

function narrowRow(message: ListedMessage, zone: string, now: Date): NarrowTable['rows'][number] {
  const sent = sentWords(message, zone, now);
  const below = [
    subjectWords(message),
    sent === null ? `due ${shortWallClock(message.due_at, zone, now)}` : `sent ${sent}`,
    ...(message.reason === null ? [] : [message.reason]),
  ];
  return {
    cells: [String(message.communication_id), stateCell(message), message.channel, message.destination],
    below: below.join('; '),
  };
}

function stateCell({ state, nextHeld: held }: ListedMessage): Cell {
  return held ? { text: `${state} (next: on hold)`, tone: 'warning' } : { text: state, tone: tones[state] };
}

function subjectWords({ subject, template }: ListedMessage): string {
  return subject ?? template ?? '-';
}

function sentWords({ state, finished_at: at }: ListedMessage, zone: string, now: Date): string | null {
  return state !== 'sent' || at === null ? null : shortWallClock(at, zone, now);
}
