import { z } from 'zod';
import { type Severity, severities, severityRank } from '../job/severity.ts';

/*
 * What a message is about, as data: webhooks carry it, and chats make their own text of it. It is stored with the messages to shared
 * destinations, in the transaction of the finding, so it is the same on every attempt.
 */

/** `info`: nothing is wrong, or not any more. */
const noticeSeverities = [...severities, 'info'] as const;

const noticeItem = z.object({
  type: z.string().describe('What it is: control, subscription, job and others.'),
  id: z
    .union([z.int(), z.string()])
    .describe("The id of its row in OpsDeck's database, or the name that identifies it."),
  name: z.string(),
  text: z.string().describe('What is the matter with it, as a phrase for people.'),
  severity: z.enum(noticeSeverities).nullable().describe('null: unknown.'),
  url: z.string().nullable().describe('Its page in OpsDeck; null: it has none, or app_base_url is not set.'),
});

export const noticeSchema = z.object({
  severity: z
    .enum(noticeSeverities)
    .nullable()
    .describe('The worst of its items; info: nothing is wrong any more. null: unknown.'),
  state: z.enum(['open', 'resolved']),
  thread: z
    .string()
    .describe('The same in all messages about one matter: of a resolved one, what it resolves.'),
  url: z
    .string()
    .nullable()
    .describe('The page in OpsDeck; null: there is none, or app_base_url is not set.'),
  items: z.array(noticeItem).describe('The most urgent first.'),
  items_total: z.int().min(0).describe('Items, including those that are not listed.'),
});

export type NoticeItem = Readonly<z.output<typeof noticeItem>>;
export type Notice = Readonly<Omit<z.output<typeof noticeSchema>, 'items'>> & {
  readonly items: readonly NoticeItem[];
};

/** A message with more items than this is not read by a program either. */
export const listedItems = 500;

/** Under this name the outbox keeps it among the variables. */
export const noticeKey = 'notice';

/** What is stored, checked; null: there is none, or an older version wrote it. */
export function readNotice(stored: unknown): Notice | null {
  return stored === undefined ? null : (noticeSchema.safeParse(stored).data ?? null);
}

/** null: there are none. */
export function worstOf(found: readonly (Severity | null)[]): Severity | null {
  return found.toSorted((a, b) => severityRank(a) - severityRank(b))[0] ?? null;
}

/** A page of OpsDeck. */
export function pageOf(appBaseUrl: string | undefined, path: string): string | null {
  return appBaseUrl === undefined ? null : `${appBaseUrl}${path}`;
}

/** The notice about things that wait for a person, all of one severity and without a page: the first of them are listed. */
export function waitingNotice(
  thread: string,
  severity: Notice['severity'],
  items: ReadonlyArray<Pick<NoticeItem, 'type' | 'id' | 'name' | 'text'>>,
  total = items.length,
): Notice {
  return {
    severity,
    state: 'open',
    thread,
    url: null,
    items: items.slice(0, listedItems).map((one) => ({ ...one, severity, url: null })),
    items_total: total,
  };
}
