import { jobs } from '../../jobs/index.ts';
import { type ResolvedJob, resolveJob } from '../../src/job/resolved-job.ts';
import { nextAfter } from '../../src/schedule/schedule.ts';

/** The year that calendars are walked through. */
export const from = Date.parse('2027-01-01T00:00Z');
export const before = Date.parse('2028-01-01T00:00Z');
export const now = new Date('2026-12-01T00:00Z');

export function jobOf(schedule: string, timezone: string): ResolvedJob {
  const definition = jobs.find(({ name }) => name === 'compliance-drift');
  if (definition === undefined) throw new Error('there is no such job');
  return resolveJob(
    definition,
    { jobs: { 'compliance-drift': { schedule, timezone, settings: {}, params: {} } } },
    'UTC',
  );
}

/** What one printed line fires at, by the time on the wall. */
export interface Printed {
  readonly zone: string;
  readonly times: ReadonlySet<number>;
  fits(month: number, day: number, weekday: number): boolean;
}

function valuesOf(text: string, size: number, first = 0): ReadonlySet<number> {
  const step = /^(?:\*|0+)\/(\d+)$/.exec(text)?.[1] ?? (text === '*' ? '1' : undefined);
  if (step === undefined) return new Set(text.split(',').map(Number));
  const values = Array.from({ length: size }, (_, index) => index + first);
  return new Set(values.filter((value) => (value - first) % Number(step) === 0));
}

export function printed(
  zone: string,
  fields: readonly [minute: string, hour: string, day: string, month: string, weekday: string],
): Printed {
  const [minutes, hours] = [valuesOf(fields[0], 60), valuesOf(fields[1], 24)];
  const [days, months, weekdays] = [
    valuesOf(fields[2], 31, 1),
    valuesOf(fields[3], 12, 1),
    valuesOf(fields[4], 7),
  ];
  return {
    zone,
    times: new Set([...hours].flatMap((hour) => [...minutes].map((minute) => hour * 60 + minute))),
    fits: (month, day, weekday) => months.has(month) && days.has(day) && weekdays.has(weekday),
  };
}

export function readCron(line: string, zone: string): Printed {
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = line.split(' ');
  return printed(zone, [minute, hour, day, month, weekday]);
}

export function dueIn({ schedule, timezone }: ResolvedJob): readonly number[] {
  const due: number[] = [];
  let at = nextAfter(schedule, timezone, new Date(from - 1000));
  while (at !== null && at.getTime() < before) {
    due.push(at.getTime());
    at = nextAfter(schedule, timezone, at);
  }
  return due;
}

/** `exact`: in UTC, the printed calendars fire at no other time. */
export const schedules: ReadonlyArray<readonly [schedule: string, exact: boolean]> = [
  ['every 5 minutes', true],
  ['every 7 minutes', false],
  ['every 90 minutes', true],
  ['every 5 hours', false],
  ['every 48 hours', false],
  ['*/15 * * * *', true],
  ['@hourly', true],
  ['30 2 * * *', true],
  ['10,40 1-3 * * *', true],
  ['0 9 * * 1', true],
  ['0 0 * * MON-FRI', true],
  ['15 23 * * 5-7', true],
  ['0 0 1 * *', true],
  ['45 23 31 */2 *', true],
  ['0 6 13 * FRI', true],
  ['0 3 L * *', false],
  ['0 3 * * MON#1', false],
  ['0 0 29 2,3 *', true],
  ['@yearly', true],
];
