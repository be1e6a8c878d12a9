import { ExitCode } from '../../errors/exit-code.ts';
import { OperatorError } from '../../errors/operator-error.ts';
import { channelsWhere } from '../../notify/channels/lookup.ts';
import { htmlToMailText } from '../../notify/forms/html-to-plain.ts';
import { withRepeatNote } from '../../notify/forms/repeat-note.ts';
import { loadContent } from '../../notify/outbox/content.ts';
import type { StoredMessage } from '../../notify/outbox/stored-messages.ts';
import { Gone, kindsWith, Unreadable } from '../../notify/outbox/variables.ts';
import type { Rendered } from '../../notify/templates/render-protocol.ts';
import { createRenderer, TemplateFailure } from '../../notify/templates/renderer.ts';
import { withoutAnyValue } from '../../notify/templates/used-variables.ts';
import { withHead } from '../../record/mail-line.ts';
import { plainLines, plainText } from '../../text/plain-text.ts';
import { writeJson } from '../render/json.ts';
import type { Session } from '../session.ts';

/** A mail has more than its template: the head of the record, and that it may be a repeat. */
const mailChannels: ReadonlySet<string> = new Set(channelsWhere(({ addressee }) => addressee === 'person'));

/** As typed. */
export interface RenderOptions {
  readonly html?: boolean | undefined;
  readonly json?: boolean;
}

/** `messages show ID --rendered`: what would be sent now. OperatorError exit 1 when it cannot be rendered. */
export async function printRendered(
  session: Session,
  message: StoredMessage,
  options: RenderOptions,
): Promise<void> {
  const { io, database, secrets } = session;
  const { subject, html, text } = await render(session, message);
  if (options.json === true) {
    const { communication_id: number, id } = message;
    writeJson(io, { database: secrets.scrub(database.label), number, id, subject, html, text });
  } else if (io.show !== undefined) {
    const lines = plainLines(text).split('\n');
    const facts = [['Subject', plainText(subject)]] as const;
    const code = { kind: 'code', lines } as const;
    io.show({ title: 'As it would be sent now', facts, figures: [], blocks: [code], words: [] });
  } else if (options.html === true) io.stdout.write(`${io.stdoutIsTerminal ? plainLines(html) : html}\n`);
  else io.stdout.write(`Subject: ${plainText(subject)}\n\n${plainLines(text)}\n`);
}

async function render({ database, zones, config, jobs }: Session, message: StoredMessage): Promise<Rendered> {
  const { communication_id, origin } = message;
  const wanted = { communication_id, origin, context: message.context, event_code: message.event_code ?? '' };
  const contents = await loadContent(database.db, [wanted], {
    zones,
    now: database.clock.now(),
    appBaseUrl: config.appBaseUrl,
    kinds: kindsWith(jobs),
  });
  const content = contents.get(communication_id);
  if (content === undefined) throw cannotRender(communication_id, 'its template does not exist any more');
  if (content instanceof Gone) {
    const why = `it is about ${content.what}, which OpsDeck has deleted`;
    throw cannotRender(communication_id, why, 'Cancel it with `messages cancel`.');
  }
  if (content instanceof Unreadable) throw cannotRead(communication_id, content.reason);
  const renderer = createRenderer();
  try {
    const { subject, bodyHtml, context, recordHead } = content;
    const isMail = mailChannels.has(message.channel);
    const missing = withoutAnyValue([subject, bodyHtml], context);
    if (missing !== undefined)
      throw cannotRender(
        communication_id,
        `none of the variables of its template has a value: ${missing.join(', ')}`,
      );
    const body = isMail ? withHead(bodyHtml, recordHead) : bodyHtml;
    const rendered = await renderer.render({ subject, bodyHtml: body, context, form: 'mail' });
    if (!isMail || !message.possible_repeat) return rendered;
    const html = withRepeatNote(rendered.html);
    return { ...rendered, html, text: htmlToMailText(html) };
  } catch (error) {
    if (error instanceof TemplateFailure) throw cannotRender(communication_id, error.reason);
    throw error;
  } finally {
    await renderer.close();
  }
}

function cannotRead(number: number, reason: string): OperatorError {
  return new OperatorError({
    code: 'variables_unreadable',
    message: `Message ${number} cannot be rendered now. ${reason}.`,
    next: 'Give the role of DATABASE_URL the right to read them: `doctor` names what is missing.',
    exitCode: ExitCode.failed,
  });
}

function cannotRender(
  number: number,
  why: string,
  next = 'Correct its template in OpsDeck, then send it with `messages retry`.',
): OperatorError {
  return new OperatorError({
    code: 'cannot_render',
    message: `Message ${number} cannot be rendered: ${why}.`,
    next,
    exitCode: ExitCode.failed,
  });
}
