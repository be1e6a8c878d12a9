import type { ResolvedJob } from '../job/resolved-job.ts';
import { type Calendar, calendarsOf } from './calendar.ts';
import { stepOf, timeGroups } from './time-groups.ts';
import { leftOutAtChanges } from './zones.ts';

const weekdayNames = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/**
 * The lines of a timer that fire at each instant of the job's schedule. systemd leaves out times that a short day does not have,
 * and the second of times that a long day has twice: lines in UTC stand for these.
 */
export function timerLines({ schedule, timezone }: ResolvedJob, now: Date): readonly string[] {
  const calendars = calendarsOf(schedule, timezone);
  const leftOut = leftOutAtChanges(schedule, timezone, calendars, now);
  return [
    ...calendars.flatMap(onCalendar),
    ...(leftOut === null
      ? []
      : [
          `# For the days on which the clock of ${timezone} changes; on others nothing is due then.`,
          ...onCalendar(leftOut),
        ]),
  ];
}

function onCalendar({ zone, times, months, daysOfMonth, weekdays }: Calendar): readonly string[] {
  const week = weekdays === null ? '' : `${weekdays.map((day) => weekdayNames[day]).join(',')} `;
  const date = `*-${list(months)}-${list(daysOfMonth)}`;
  return timeGroups(times).map(
    ({ hours, minutes }) => `OnCalendar=${week}${date} ${part(hours, 24)}:${part(minutes, 60)}:00 ${zone}`,
  );
}

function part(values: readonly number[], size: number): string {
  const step = stepOf(values, size);
  if (step === undefined) return list(values);
  return step === 1 ? '*' : `00/${step}`;
}

function list(values: readonly number[] | null): string {
  return values === null ? '*' : values.map((value) => String(value).padStart(2, '0')).join(',');
}
