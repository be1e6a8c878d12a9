import type { DayEntries, MonthCalendar } from '../job/report-page.ts';
import { count } from '../text/count.ts';
import { type Day, dayInWords } from '../time/calendar-day.ts';
import { monthOf, weeksOf } from '../time/month.ts';
import type { CellLink } from './table.tsx';

const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** A month as a table of its weeks. On a narrow screen it is a list of the days that have something; roles are written for that. */
export function MonthTable({
  calendar: { title, month, today, days },
  link,
}: {
  readonly calendar: MonthCalendar;
  readonly link: CellLink | undefined;
}) {
  return (
    <table role="table" class={days.size === 0 ? 'month free' : 'month'}>
      <caption>{title}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {weekdays.map((name) => (
            <th role="columnheader" scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {weeksOf(month).map((week) => (
          <tr role="row" class={week.some((day) => days.has(day)) ? undefined : 'free'}>
            {week.map((day) =>
              monthOf(day) === month ? (
                <DayCell {...{ day, today, entries: days.get(day), link }} />
              ) : (
                <td role="cell" class="free" />
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function DayCell({
  day,
  today,
  entries,
  link,
}: {
  readonly day: Day;
  readonly today: Day;
  readonly entries: DayEntries | undefined;
  readonly link: CellLink | undefined;
}) {
  const classes = [...(entries === undefined ? ['free'] : []), ...(day === today ? ['today'] : [])];
  return (
    <td role="cell" class={classes.length === 0 ? undefined : classes.join(' ')}>
      <div class="day">
        <span class="wide">{String(Number(day.slice(8)))}</span>
        <span class="narrow">{dayInWords(day)}</span>
        {day === today ? ' today' : ''}
      </div>
      {entries === undefined ? undefined : (
        <ul>
          {entries.shown.map(({ id, name, happens }) => {
            const href = link?.('Item', id);
            return (
              <li>
                {href === undefined ? name : <a href={href}>{name}</a>} <span class="quiet">{happens}</span>
              </li>
            );
          })}
          {entries.more === 0 ? undefined : (
            <li class="quiet">{`and ${count(entries.more, 'more date')} below`}</li>
          )}
        </ul>
      )}
    </td>
  );
}
