import type { MessageDraft } from '../../notify/notifier.ts';
import { createRenderer, type Renderer, TemplateFailure } from '../../notify/templates/renderer.ts';
import { writeLine } from '../render/line.ts';
import type { Session } from '../session.ts';
import { withMail } from './messages-test.ts';

/**
 * One mail for each job that has messages: the first of its preview, or a test of its event where it would send nothing now. They go at
 * once and past the queue, though sending is stopped: only the address that was typed gets them. Their subjects begin with `[Sample]`.
 *
 * @throws OperatorError what keeps mails from being sent.
 */
export async function sendSamples(
  { io, config, jobs }: Session,
  address: string,
  drafts: ReadonlyMap<string, MessageDraft>,
): Promise<void> {
  const renderer = createRenderer();
  try {
    await withMail(io, config, address, async ({ to, send }) => {
      for (const { name, events = [] } of jobs) {
        const draft = drafts.get(name);
        const [event] = events;
        if (draft === undefined && event === undefined) continue;
        const sample =
          draft === undefined
            ? { subject: `Test of ${event?.code}`, html: noMessageNow(name) }
            : await rendered(renderer, draft);
        if ('failure' in sample) {
          writeLine(io.stdout, `${name}: not sent: ${sample.failure}`);
          continue;
        }
        await send({ subject: `[Sample] ${sample.subject}`, html: sample.html });
        writeLine(io.stdout, `${name}: sent to ${to}: ${sample.subject}`);
      }
    });
  } finally {
    await renderer.close();
  }
}

async function rendered(
  renderer: Renderer,
  { subject, bodyHtml, context }: MessageDraft,
): Promise<{ readonly subject: string; readonly html: string } | { readonly failure: string }> {
  try {
    return await renderer.render({ subject, bodyHtml, context, form: 'mail' });
  } catch (error) {
    if (error instanceof TemplateFailure) return { failure: error.reason };
    throw error;
  }
}

function noMessageNow(job: string): string {
  return `<!doctype html><html><body><p>The job ${job} would send no message now. Its messages would arrive like this one.</p></body></html>`;
}
