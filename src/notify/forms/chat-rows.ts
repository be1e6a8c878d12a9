import { severityRank } from '../../job/severity.ts';
import { plainText } from '../../text/plain-text.ts';
import type { Notice, NoticeItem } from '../notice.ts';
import { cutText } from './cut-text.ts';

/** A line of a chat, without any markup, control characters or line breaks. */
export interface ChatRow {
  /** A word: `critical`. */
  readonly severity: string;
  readonly name: string;
  readonly text: string;
  readonly url: string | null;
}

/** The rows of a post; whole ones only. */
export interface ChatRows {
  readonly rows: readonly ChatRow[];
  /** `and 9 more`; null: all items are listed. */
  readonly more: string | null;
}

/** What a chat shows as rows; null: it has none, and its text is shown instead, so that no post is empty. */
export function noticeWithRows(notice: Notice | null): Notice | null {
  return notice === null || notice.items.length === 0 ? null : notice;
}

/** More are not read in a chat. */
export const mostChatRows = 10;
const longestName = 120;
const longestText = 200;

/** The worst first, otherwise in the order of the notice. */
export function chatRows({ items, items_total }: Notice, most: number = mostChatRows): ChatRows {
  const rank = ({ severity }: NoticeItem) => severityRank(severity === 'info' ? null : severity);
  const rows = items
    .toSorted((a, b) => rank(a) - rank(b))
    .slice(0, most)
    .map((item) => ({
      severity: item.severity ?? 'unknown',
      name: cutText(plainText(item.name), longestName),
      text: cutText(plainText(item.text), longestText),
      url: item.url,
    }));
  const left = items_total - rows.length;
  return { rows, more: left > 0 ? `and ${left} more` : null };
}
