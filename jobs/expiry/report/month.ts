import type { DayEntry, MonthCalendar } from '../../../src/job/report-page.ts';
import type { Day } from '../../../src/time/calendar-day.ts';
import { firstDay, lastDay, monthOf } from '../../../src/time/month.ts';
import { verbs } from '../deadline.ts';
import type { ExpiryReport, ReportScope } from './read.ts';

/** A day of a calendar has room for a few; the table below it has all of them. */
const mostOnDay = 12;

/** The calendar of a report about exactly one month; undefined: it is about other days. */
export async function expiryMonth(
  report: ExpiryReport,
  { period, today }: ReportScope,
): Promise<MonthCalendar | undefined> {
  if (period === null) return undefined;
  const month = monthOf(period.first);
  if (period.first !== firstDay(month) || period.last !== lastDay(month)) return undefined;
  const days = new Map<Day, { readonly shown: DayEntry[]; more: number }>();
  for await (const { item } of report.ends()) {
    const entries = days.get(item.expiresOn) ?? { shown: [], more: 0 };
    days.set(item.expiresOn, entries);
    const entry = { id: `${item.kind}:${item.id}`, name: item.name, happens: verbs[item.happens][0] };
    if (entries.shown.length < mostOnDay) entries.shown.push(entry);
    else entries.more += 1;
  }
  return { kind: 'month', title: `What renews or expires in ${month}`, month, today, days };
}
