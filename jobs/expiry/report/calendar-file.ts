import ical, { type ICalCalendar } from 'ical-generator';
import { inBatches } from '../../../src/text/batches.ts';
import { plainText } from '../../../src/text/plain-text.ts';
import { addDays, toDate } from '../../../src/time/calendar-day.ts';
import { costInWords } from '../costs.ts';
import { verbs } from '../deadline.ts';
import type { ExpiryReport, ReportedEnd } from './read.ts';

/**
 * The report as an iCalendar file (RFC 5545): an event of a whole day for each end, and one for each last day on which a renewal can
 * be cancelled. The identifiers stay the same, so that a calendar that is imported again changes its events instead of adding some.
 *
 * @param now when the file is made.
 */
export async function* expiryCalendar(report: ExpiryReport, now: Date): AsyncGenerator<string> {
  const [head, tail] = around(newCalendar().toString());
  yield head;
  for await (const some of inBatches(report.ends(), eventsAPiece)) {
    const calendar = newCalendar();
    for (const end of some) addEvents(calendar, end, now);
    yield calendar.toString().slice(head.length, -tail.length);
  }
  // Every line of the format ends so, the last one too.
  yield `${tail}\r\n`;
}

const eventsAPiece = 500;
const lastLine = 'END:VCALENDAR';

/** A calendar without events, in two: they come between. */
function around(empty: string): readonly [string, string] {
  return [empty.slice(0, -lastLine.length), lastLine];
}

function newCalendar(): ICalCalendar {
  return ical({
    name: 'OpsDeck: what renews or expires',
    prodId: { company: 'opsdeck-jobs', product: 'expiry', language: 'EN' },
    // Whole days have no zone; with one, the library would move them by it.
    timezone: null,
  });
}

function addEvents(calendar: ICalCalendar, end: ReportedEnd, now: Date): void {
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
  add(id, item.expiresOn, `${name} ${verbs[item.happens][0]}`);
  if (item.cancelBy !== null)
    add(
      `${id}-cancel`,
      item.cancelBy,
      item.happens === 'renews' ? `Last day to cancel ${name}` : `Last day for notice: ${name}`,
    );
}

function descriptionOf({ item, owner }: ReportedEnd): string {
  return [
    `${item.kind}:${item.id}`,
    plainText(item.detail),
    owner === null ? '' : `Owner: ${plainText(owner)}`,
    item.cost === null ? '' : `Cost: ${costInWords(item.cost)}`,
  ]
    .filter((line) => line !== '')
    .join('\n');
}
