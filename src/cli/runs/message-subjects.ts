import { loadContent } from '../../notify/outbox/content.ts';
import type { StoredMessage } from '../../notify/outbox/stored-messages.ts';
import { Gone, kindsWith, Unreadable } from '../../notify/outbox/variables.ts';
import { createRenderer, TemplateFailure } from '../../notify/templates/renderer.ts';
import { plainText } from '../../text/plain-text.ts';
import type { Session } from '../session.ts';

/** Of more messages the names of their templates are enough: each subject has to be rendered. */
const rendered = 200;

/** The subjects of messages as they would be sent now, by number; those that cannot be rendered are left out. */
export async function subjectsOf(
  { database, zones, config, jobs }: Pick<Session, 'database' | 'zones' | 'config' | 'jobs'>,
  messages: readonly StoredMessage[],
): Promise<ReadonlyMap<number, string>> {
  const some = messages.slice(0, rendered);
  if (some.length === 0) return new Map();
  const contents = await loadContent(
    database.db,
    some.map(({ communication_id, origin, context, event_code }) => ({
      ...{ communication_id, origin, context, event_code: event_code ?? '' },
    })),
    { zones, now: database.clock.now(), appBaseUrl: config.appBaseUrl, kinds: kindsWith(jobs) },
  );
  const renderer = createRenderer();
  try {
    const found = await Promise.all(
      [...contents].map(async ([number, content]): Promise<readonly (readonly [number, string])[]> => {
        if (content instanceof Gone || content instanceof Unreadable) return [];
        const { subject, context } = content;
        try {
          const { subject: text } = await renderer.render({
            subject,
            bodyHtml: '',
            context,
            form: 'subject',
          });
          return [[number, plainText(text)]];
        } catch (error) {
          if (!(error instanceof TemplateFailure)) throw error;
          return [];
        }
      }),
    );
    return new Map(found.flat());
  } finally {
    await renderer.close();
  }
}
