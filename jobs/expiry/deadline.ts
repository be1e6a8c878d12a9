import { count } from '../../src/text/count.ts';
import { type Day, dayInWords, daysBetween, distanceInWords } from '../../src/time/calendar-day.ts';
import { costInWords } from './costs.ts';
import type { ExpiringItem } from './item.ts';

/** What comes next for an item: its end, or before it the last day on which its renewal can be cancelled. */
export interface Deadline {
  readonly day: Day;
  readonly daysLeft: number;
  /** After the name: `expires in 3 days`, `expired 2 days ago`, `renews tomorrow`, `can be cancelled for 5 more days`. */
  readonly sentence: string;
  readonly isCancelling: boolean;
}

/** What an item does on its date, and has done after it. */
export const verbs = {
  renews: ['renews', 'renewed'],
  ends: ['ends', 'ended'],
  expires: ['expires', 'expired'],
  due: ['is due', 'was due'],
} as const;

/** After the last day on which it could be cancelled: `the notice period ended on Mon 2 Mar 2026; it renews for 48,250.00 EUR`. */
export function noticeEnded(
  { cancelBy, happens, cost }: Pick<ExpiringItem, 'cancelBy' | 'happens' | 'cost'>,
  today: Day,
): string | null {
  if (cancelBy === null || cancelBy >= today) return null;
  const renews = cost === null ? 'it renews' : `it renews for ${costInWords(cost)}`;
  return `the notice period ended on ${dayInWords(cancelBy)}${happens === 'renews' ? `; ${renews}` : ''}`;
}

export function deadlineOf(
  { item, daysLeft }: { readonly item: ExpiringItem; readonly daysLeft: number },
  today: Day,
): Deadline {
  const { cancelBy, expiresOn, happens } = item;
  if (cancelBy !== null && cancelBy >= today && cancelBy < expiresOn) {
    const left = daysBetween(today, cancelBy);
    const sentence =
      happens === 'renews'
        ? left === 0
          ? 'can be cancelled today only'
          : `can be cancelled for ${count(left, 'more day', 'more days')}`
        : `needs notice ${distanceInWords(left)} at the latest`;
    return { day: cancelBy, daysLeft: left, sentence, isCancelling: true };
  }
  if (item.finding?.counts === false) {
    return { day: expiresOn, daysLeft, sentence: item.finding.text, isCancelling: false };
  }
  const found = item.finding === undefined ? '' : `${item.finding.text} `;
  const sentence = `${found}${verbs[happens][daysLeft < 0 ? 1 : 0]} ${distanceInWords(daysLeft)}`;
  return { day: expiresOn, daysLeft, sentence, isCancelling: false };
}
