import type { MessageDraft, QueuedMessage } from '../../notify/notifier.ts';
import type { Rendered } from '../../notify/templates/render-protocol.ts';
import { createRenderer, TemplateFailure } from '../../notify/templates/renderer.ts';
import { plainText } from '../../text/plain-text.ts';
import type { MessageGlimpse } from './message-table.ts';

/** More messages of one job are listed without their text: nobody reads it, and each has to be rendered. */
const shown = 200;

/** Subject and first line of the messages of dry runs, as they would be sent now. */
export async function glimpsesOf(
  messages: readonly QueuedMessage[],
): Promise<ReadonlyMap<QueuedMessage, MessageGlimpse>> {
  const some = messages.slice(0, shown);
  if (some.length === 0) return new Map();
  const renderer = createRenderer();
  try {
    const found = await Promise.all(
      some.map(async (message): Promise<readonly (readonly [QueuedMessage, MessageGlimpse])[]> => {
        if (message.draft === undefined) return [];
        return [[message, await glimpse(renderer, message.draft)]];
      }),
    );
    return new Map(found.flat());
  } finally {
    await renderer.close();
  }
}

async function glimpse(
  renderer: ReturnType<typeof createRenderer>,
  { subject, bodyHtml, context }: MessageDraft,
): Promise<MessageGlimpse> {
  try {
    const rendered = await renderer.render({ subject, bodyHtml, context, form: 'mail' });
    return { subject: plainText(rendered.subject), firstLine: firstLineOf(rendered) };
  } catch (error) {
    if (!(error instanceof TemplateFailure)) throw error;
    return { subject: `cannot be rendered: ${error.reason}`, firstLine: '' };
  }
}

function firstLineOf({ text }: Rendered): string {
  const line = text.split('\n').find((one) => one.trim() !== '') ?? '';
  return plainText(line.trim());
}
