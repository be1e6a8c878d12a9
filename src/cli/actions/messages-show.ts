import { ExitCode } from '../../errors/exit-code.ts';
import type { ReportBlock } from '../../job/report.ts';
import { type MessageDecisionRow, readDecisions } from '../../notify/outbox/message-history.ts';
import type { StoredMessage } from '../../notify/outbox/stored-messages.ts';
import { wallClock } from '../../time/human-time.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { writeJson } from '../render/json.ts';
import { findOneMessage } from '../runs/find-one-message.ts';
import { messageDocument } from '../runs/message-document.ts';
import { printReport } from '../runs/print-report.ts';
import { withSession } from '../session.ts';

/** As typed. */
export interface MessagesShowOptions {
  readonly rendered?: boolean | undefined;
  readonly html?: boolean | undefined;
  readonly json?: boolean;
}

/** `messages show ID`: what is stored of one message, or with `--rendered` its text. */
export async function messagesShow(
  io: Io,
  globals: GlobalOptions,
  id: string,
  options: MessagesShowOptions,
): Promise<ExitCode> {
  return withSession(io, globals, { quiet: options.json === true }, async (session) => {
    const { database, zones, secrets } = session;
    const message = await findOneMessage(session, id);
    if (options.rendered === true) {
      const { printRendered } = await import('./messages-render.ts');
      await printRendered(session, message, options);
      return ExitCode.ok;
    }
    const decisions = await readDecisions(database.db, message);
    if (options.json === true) {
      writeJson(io, {
        database: secrets.scrub(database.label),
        ...messageDocument(message),
        context: message.context,
        decisions: decisions.map(({ at, actor, action, before }) => ({
          at: at.toISOString(),
          actor,
          action,
          before,
        })),
      });
    } else printReport(io, report(message, decisions, zones.business));
    return ExitCode.ok;
  });
}

function report(
  message: StoredMessage,
  decisions: readonly MessageDecisionRow[],
  zone: string,
): readonly ReportBlock[] {
  const at = (instant: Date | null) => (instant === null ? null : `${wallClock(instant, zone)}, ${zone}`);
  const { attempts, failures } = message;
  const lines: ReadonlyArray<readonly [string, string | null]> = [
    ['Message', String(message.communication_id)],
    ['Id', message.id],
    ['State', message.state],
    ['Channel', message.channel],
    ['To', message.destination],
    ['Template', message.template],
    ['About', `${message.target_type} ${message.target_id}`],
    ['Event', message.event_code],
    [
      'Queued by',
      message.origin === 'opsdeck' ? 'OpsDeck' : `${message.job ?? '-'} (run ${message.run_id ?? '-'})`,
    ],
    ['Due', at(message.due_at)],
    ['Expires', at(message.expires_at)],
    ['Sends', attempts === 0 ? 'none yet' : `${attempts}, of which ${failures} failed`],
    ['Next', message.state === 'queued' ? at(message.next_attempt_at) : null],
    ['Finished', at(message.finished_at)],
    ['Reason', message.reason],
    ['Accepted as', message.provider_id],
    ['Possible repeat', message.possible_repeat ? 'yes: an earlier send may have arrived' : null],
  ];
  const facts = lines.flatMap(([name, text]): ReportBlock[] =>
    text === null ? [] : [{ kind: 'line', text: `${name}: ${text}` }],
  );
  if (decisions.length === 0) return facts;
  return [
    ...facts,
    { kind: 'heading', text: 'Decisions' },
    {
      kind: 'table',
      columns: ['When', 'Who', 'What', 'State before'],
      rows: decisions.map(({ at: when, actor, action, before }) => [
        wallClock(when, zone),
        actor,
        action.replace(/^message\./, '').replace('_', ' '),
        before,
      ]),
    },
  ];
}
