import cronstrue from 'cronstrue';
import type { Schedule } from './schedule.ts';

/** A schedule in words: `Mondays at 09:00, Europe/Madrid`, `every 5 minutes`. */
export function describeSchedule(schedule: Schedule, zone: string): string {
  const words = describeInItsZone(schedule);
  return schedule.kind === 'interval' ? words : `${words}, ${zone}`;
}

/** The same for who knows the zone: `Mondays at 09:00`. */
export function describeInItsZone(schedule: Schedule): string {
  if (schedule.kind === 'interval') return schedule.text.toLowerCase();
  const words = cronstrue.toString(schedule.expression, { use24HourTimeFormat: true });
  const weekly = /^At (\d\d:\d\d), only on ([A-Z][a-z]+)$/.exec(words);
  if (weekly !== null) return `${weekly[2]}s at ${weekly[1]}`;
  const daily = /^At (\d\d:\d\d)$/.exec(words);
  return daily === null ? words : `daily at ${daily[1]}`;
}
