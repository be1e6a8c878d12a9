import type { Picture, Series } from '../../../src/job/report-page.ts';
import { addDays, type Day, daysBetween, laterOf } from '../../../src/time/calendar-day.ts';
import { columnsOf, stepFor, stepOfDay, stepsBetween } from '../../../src/time/time-steps.ts';
import type { Outcome } from './occurrences.ts';
import type { ControlPeriod, PeriodScope } from './read.ts';

const shown: ReadonlyArray<readonly [string, Series['paint'], readonly Outcome[]]> = [
  ['on time', 'good', ['on_time']],
  ['early or additional', 'neutral', ['early', 'additional']],
  ['late', 'medium', ['late']],
  ['missing', 'critical', ['missing']],
];

/** The occurrences on a time line, with the share of days that have an evaluation; none where nothing is expected. */
export function overTime({ rules, recorded }: ControlPeriod, scope: PeriodScope): readonly Picture[] {
  const occurrences = rules.flatMap((one) => one.occurrences);
  if (occurrences.length === 0) return [];
  const step = stepFor(daysBetween(scope.first, scope.last) + 1);
  const startOf = (day: Day) => stepOfDay(day, step);
  const columns = stepsBetween(startOf(scope.first), startOf(scope.last), step);
  // What was due before the period is tested in it; what is due after it was performed in it.
  const placed = occurrences.map(({ due, outcome, evidence }) => ({
    outcome,
    column: startOf(
      due === null || due > scope.last ? (evidence?.day ?? scope.last) : laterOf(due, scope.first),
    ),
  }));
  const all = daysBy(scope.first, daysBetween(scope.first, scope.last) + 1);
  const without = recorded.without.map(({ from, days }) => daysBy(from, days));
  return [
    {
      kind: 'columns',
      title: `Days with an evaluation, and occurrences by ${step}`,
      description: `Above: the share of days of each ${step} that have an evaluation. Below: occurrences by the ${step} in which they were due.`,
      ...columnsOf(columns, step),
      series: shown.map(([name, paint, outcomes]) => ({
        name,
        paint,
        values: columns.map(
          (column) => placed.filter((one) => one.column === column && outcomes.includes(one.outcome)).length,
        ),
      })),
      share: {
        name: 'days with an evaluation',
        values: columns.map((column) => {
          const days = all.get(column) ?? 0;
          const missed = without.reduce((sum, range) => sum + (range.get(column) ?? 0), 0);
          return days === 0 ? null : (days - missed) / days;
        }),
      },
    },
  ];

  function daysBy(first: Day, days: number): ReadonlyMap<Day, number> {
    const found = new Map<Day, number>();
    for (let place = 0; place < days; place += 1) {
      const column = startOf(addDays(first, place));
      found.set(column, (found.get(column) ?? 0) + 1);
    }
    return found;
  }
}
