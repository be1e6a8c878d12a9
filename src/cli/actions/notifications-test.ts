import { ExitCode } from '../../errors/exit-code.ts';
import { OperatorError } from '../../errors/operator-error.ts';
import { usage } from '../../errors/usage.ts';
import type { Cell } from '../../job/report.ts';
import { connectChannels } from '../../notify/channels/connect-channels.ts';
import { definitionOf } from '../../notify/channels/lookup.ts';
import type { Channel } from '../../notify/channels/names.ts';
import { readStoredEvents } from '../../notify/event-overview.ts';
import type { EventDefinition } from '../../notify/notifier.ts';
import { readWhatStopsSending } from '../../notify/outbox/sending.ts';
import { plausibleAddress } from '../../notify/plausible-address.ts';
import { createRenderer, type Renderer } from '../../notify/templates/renderer.ts';
import { planTest, sendTest, type TestTarget } from '../../notify/test-event.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { writeJson } from '../render/json.ts';
import { findEvent } from '../runs/find-event.ts';
import { printReport } from '../runs/print-report.ts';
import { stopWords } from '../runs/sending-words.ts';
import { type Session, withSession } from '../session.ts';

/** As typed. */
export interface NotificationsTestOptions {
  readonly to?: string;
  readonly json?: boolean;
}

interface Tested {
  readonly channel: Channel;
  readonly to: string | null;
  readonly result: 'sent' | 'not_sent' | 'skipped';
  readonly reason: string | null;
  readonly isAway: boolean;
}

/** `notifications test CODE`: one message through each channel of the event, at once and past the queue. */
export async function testNotification(
  io: Io,
  globals: GlobalOptions,
  code: string,
  options: NotificationsTestOptions,
): Promise<ExitCode> {
  const to = options.to === undefined ? undefined : readAddress(options.to);
  return withSession(io, globals, { quiet: options.json === true }, async (session) => {
    const event = findEvent(code, session.jobs);
    await requireSending(session);
    const { tested, notes } = await test(session, event, to);
    if (options.json === true) {
      writeJson(io, { event: event.code, messages: tested.map(({ isAway: _, ...one }) => one), notes });
    } else {
      printReport(io, [
        { kind: 'table', columns: ['Channel', 'To', 'Result'], rows: tested.map(rowOf) },
        ...notes.map((text) => ({ kind: 'line', text, tone: 'warning' }) as const),
      ]);
    }
    const failed = tested.filter(({ result }) => result === 'not_sent');
    if (failed.length > 0) {
      return failed.every(({ isAway }) => isAway) ? ExitCode.unavailable : ExitCode.failed;
    }
    return tested.some(({ result }) => result === 'sent') ? ExitCode.ok : ExitCode.failed;
  });
}

function readAddress(given: string): string {
  const to = plausibleAddress(given);
  if (to !== null) return to;
  throw invalidAddress(given);
}

export function invalidAddress(given: string): OperatorError {
  return usage(`'${given}' is not an e-mail address.`, 'Give --to ana@example.org.', 'invalid_address');
}

/** A copy of production must not write to anybody, not even a test. */
async function requireSending({ config, database, zones }: Session): Promise<void> {
  if (config.delivery.kind === 'off') {
    throw usage(
      'Delivery is off (OPSDECK_JOBS_DELIVERY=off): nothing is sent.',
      'Set OPSDECK_JOBS_DELIVERY=live, or redirect:ADDRESS.',
      'delivery_off',
    );
  }
  const stop = await readWhatStopsSending(database.db);
  if (stop === null) return;
  throw new OperatorError({
    code: 'sending_stopped',
    message: stopWords(stop, zones.business),
    next: '`messages resume` lets every host send again.',
    exitCode: ExitCode.failed,
  });
}

async function test(
  { config, database, zones, io }: Session,
  event: EventDefinition,
  to: string | undefined,
) {
  const row = (await readStoredEvents(database.db)).find(({ code }) => code === event.code);
  const channels = await connectChannels(config, database.clock);
  const renderer = createRenderer();
  try {
    const scope = { config, clock: database.clock, zones, open: channels.byName, row, to };
    const { targets, notes } = await database.db
      .transaction()
      .setAccessMode('read only')
      .execute((trx) => planTest(trx, event, scope));
    const tested: Tested[] = [];
    for (const target of targets) tested.push(await send(target, event, renderer, io.stop));
    return { tested, notes };
  } finally {
    await Promise.all([channels.close(), renderer.close()]);
  }
}

async function send(
  { channel, way, why }: TestTarget,
  event: EventDefinition,
  renderer: Renderer,
  stop: AbortSignal,
): Promise<Tested> {
  if (way === undefined) return { channel, to: null, result: 'skipped', reason: why, isAway: false };
  const outcome = await sendTest(way, event, renderer, stop);
  const { to } = way;
  if (outcome.kind === 'sent') return { channel, to, result: 'sent', reason: null, isAway: false };
  const isAway = outcome.kind === 'retry' && outcome.code === 'server_away';
  return { channel, to, result: 'not_sent', reason: outcome.reason, isAway };
}

function rowOf({ channel, to, result, reason }: Tested): readonly (string | Cell)[] {
  const words: Readonly<Record<Tested['result'], Cell>> = {
    sent: { text: 'sent', tone: 'good' },
    not_sent: { text: `not sent: ${reason}`, tone: 'bad' },
    skipped: { text: `skipped: ${reason}`, tone: 'warning' },
  };
  return [definitionOf(channel).label, to ?? '-', words[result]];
}
