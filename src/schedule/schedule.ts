import { Cron } from 'croner';
import type { OperatorError } from '../errors/operator-error.ts';
import { usage } from '../errors/usage.ts';
import { count } from '../text/count.ts';

/**
 * When a job is due: five-field cron (minute, hour, day of month, month, day of week; `@daily` and its kin) read in a zone,
 * or `every N minutes|hours` counted from the Unix epoch, whatever the zone.
 *
 * Daylight saving: a fixed time that the short day does not have fires at the first instant after the gap; one that the
 * long day has twice fires at the first of the two. Patterns with a wildcard or a step in the minute or hour are
 * intervals: they skip the gap and fire in both of the repeated hours.
 */
export type Schedule =
  | { readonly kind: 'cron'; readonly text: string; readonly expression: string }
  | { readonly kind: 'interval'; readonly text: string; readonly periodMs: number };

/** The instants of a schedule in (after, now]. */
export interface DueFirings {
  /** The newest of them. */
  readonly due: Date;
  /** The ones before it; null when there are none. Counting stops at {@link countLimit}. */
  readonly earlier: { readonly from: Date; readonly to: Date; readonly count: number } | null;
}

/** A job that fires each minute and was off for more than a week: nobody needs the exact number. */
export const countLimit = 10_000;

const minuteMs = 60_000;
const intervalUnits: Readonly<Record<string, number>> = { minute: minuteMs, hour: 60 * minuteMs };
const nicknames: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};
const fieldNames = ['minute', 'hour', 'day of month', 'month', 'day of week'] as const;

/** What is allowed, for messages. */
const scheduleHint =
  "Give five cron fields such as '0 9 * * 1' (minute, hour, day of month, month, day of week), " +
  "a nickname such as '@daily', or 'every N minutes' or 'every N hours'.";

/** Reads a schedule; throws an OperatorError `invalid_schedule` (exit 2) that names the bad field. `where` says where it came from. */
export function parseSchedule(text: string, where: string): Schedule {
  const trimmed = text.trim().replace(/\s+/g, ' ');
  const interval = /^every (?:(\d+) )?(minute|hour)s?$/i.exec(trimmed);
  if (interval !== null) {
    const periodMs = Number(interval[1] ?? '1') * (intervalUnits[(interval[2] ?? '').toLowerCase()] ?? 0);
    if (periodMs <= 0 || periodMs > 366 * 24 * 60 * minuteMs) {
      throw invalid(text, where, 'the period must be between a minute and a year');
    }
    return { kind: 'interval', text: trimmed, periodMs };
  }
  const expression = nicknames[trimmed.toLowerCase()] ?? trimmed;
  if (expression.startsWith('@') || /^every\b/i.test(expression)) {
    throw invalid(text, where, 'it is neither a known nickname nor an interval');
  }
  const fields = expression.split(' ');
  if (fields.length !== fieldNames.length) {
    throw invalid(text, where, `it has ${count(fields.length, 'field')} instead of five`);
  }
  fields.forEach((field, index) => {
    const alone = fieldNames.map((_, at) => (at === index ? field : '*')).join(' ');
    try {
      cron(alone, 'UTC');
    } catch {
      throw invalid(text, where, `the field ${fieldNames[index]} is '${field}'`);
    }
  });
  if (cron(expression, 'UTC').nextRun(new Date(0)) === null) {
    throw invalid(text, where, 'no such date ever comes');
  }
  return { kind: 'cron', text: trimmed, expression };
}

/** The first instant strictly after `after`; null when there is none. */
export function nextAfter(schedule: Schedule, zone: string, after: Date): Date | null {
  if (schedule.kind === 'interval') {
    return new Date((Math.floor(after.getTime() / schedule.periodMs) + 1) * schedule.periodMs);
  }
  return cron(schedule.expression, zone).nextRun(after);
}

/** The instants after `after` and not after `now`, the newest apart; null when nothing is due. */
export function latestDue(schedule: Schedule, zone: string, after: Date, now: Date): DueFirings | null {
  const due = newestUpTo(schedule, zone, now);
  if (due === null || due <= after) return null;
  const from = nextAfter(schedule, zone, after);
  if (from === null || from >= due) return { due, earlier: null };
  const to = newestUpTo(schedule, zone, new Date(due.getTime() - 1000)) ?? from;
  return { due, earlier: { from, to, count: countFirings(schedule, zone, from, due) } };
}

/** The newest instant that is not after `now`; null when there is none. */
export function newestUpTo(schedule: Schedule, zone: string, now: Date): Date | null {
  if (schedule.kind === 'interval') {
    return new Date(Math.floor(now.getTime() / schedule.periodMs) * schedule.periodMs);
  }
  // Whole seconds are the grain of cron; the reference itself does not count as previous.
  const reference = new Date((Math.floor(now.getTime() / 1000) + 1) * 1000);
  return cron(schedule.expression, zone).previousRuns(1, reference)[0] ?? null;
}

/** How many instants there are in [from, before), at most {@link countLimit}. */
function countFirings(schedule: Schedule, zone: string, from: Date, before: Date): number {
  if (schedule.kind === 'interval') {
    return Math.min(countLimit, Math.round((before.getTime() - from.getTime()) / schedule.periodMs));
  }
  const pattern = cron(schedule.expression, zone);
  let count = 0;
  let instant: Date | null = from;
  while (instant !== null && instant < before && count < countLimit) {
    count += 1;
    instant = pattern.nextRun(instant);
  }
  return count;
}

/** `no-wildcard`: lists and ranges of times count as fixed times too, as in Vixie cron. */
function cron(expression: string, zone: string): Cron {
  return new Cron(expression, { timezone: zone, mode: '5-part', paused: true, fixedTimeRule: 'no-wildcard' });
}

function invalid(text: string, where: string, why: string): OperatorError {
  return usage(`The schedule '${text}' of ${where} is not valid: ${why}.`, scheduleHint, 'invalid_schedule');
}
