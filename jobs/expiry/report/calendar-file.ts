import ical from 'ical-generator';
import { plainText } from '../../../src/text/plain-text.ts';
import { addDays, toDate } from '../calendar.ts';
import { costInWords } from '../costs.ts';
import { kindWords } from '../item.ts';
import type { ExpiryReport, ReportedEnd } from './read-report.ts';

/**
 * The report as an iCalendar file (RFC 5545): an event of a whole day for each end, and one for each last day on which a renewal can
 * be cancelled. The identifiers stay the same, so that a calendar that is told again changes its events instead of adding some.
 *
 * @param now when the file is made.
 */
export function expiryCalendar({ ends }: ExpiryReport, now: Date): string {
  const calendar = ical({
    name: 'OpsDeck: what renews or expires',
    prodId: { company: 'opsdeck-jobs', product: 'expiry', language: 'EN' },
    // Whole days have no zone; with one, the library would move them by it.
    timezone: null,
  });
  for (const end of ends) {
    const { item } = end;
    // A certificate has a fingerprint for a key: two of its versions may end on one day.
    const id = `${item.kind}-${item.id}-${item.key.replace(/[^0-9A-Za-z-]/g, '-')}`;
    const name = plainText(item.name);
    const add = (key: string, day: string, summary: string) =>
      calendar.createEvent({
        id: `${key}@opsdeck-jobs`,
        stamp: now,
        allDay: true,
        start: toDate(day),
        end: toDate(addDays(day, 1)),
        summary,
        description: descriptionOf(end),
      });
    add(id, item.expiresOn, `${name} ${item.happens}`);
    if (item.cancelBy !== null) add(`${id}-cancel`, item.cancelBy, `Last day to cancel ${name}`);
  }
  // Every line of the format ends so, the last one too.
  return `${calendar.toString()}\r\n`;
}

function descriptionOf({ item, owner }: ReportedEnd): string {
  return [
    `${kindWords[item.kind].one} ${item.id}`,
    plainText(item.detail),
    owner === null ? '' : `Owner: ${plainText(owner)}`,
    item.cost === null ? '' : `Cost: ${costInWords(item.cost)}`,
  ]
    .filter((line) => line !== '')
    .join('\n');
}
