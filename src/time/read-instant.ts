import { usage } from '../errors/usage.ts';
import { addDays, type Day } from './calendar-day.ts';
import { readDuration } from './duration.ts';
import { instantsOf, startOfDate } from './local-time.ts';

const timeHint = 'a time in the business zone (2026-12-24T18:00), or an instant (2026-12-24T18:00:00Z).';

/**
 * Reads when something ends, from the command line. A date counts in full: it ends when the next day begins. A time without an offset is read on the
 * business zone's wall clock and refused where that clock shows it twice or never. OperatorError `invalid_time`, exit 2; also
 * when it is not in the future.
 */
export function readFutureInstant(text: string, what: string, zone: string, now: Date): Date {
  const instant = readInstant(text.trim(), what, zone, {
    durationFrom: (duration) => new Date(now.getTime() + duration),
    ofDate: (date) => startOfDate(addDays(date, 1), zone),
    hint: `Give a duration from now (2d), a date (2026-12-24, through that day), ${timeHint}`,
  });
  if (instant > now) return instant;
  throw usage(
    `${what} '${text}' is not in the future.`,
    'Give a later time, or a duration from now (2d).',
    'invalid_time',
  );
}

/**
 * Reads since when something is looked at (`--since`): an instant as for {@link readFutureInstant}, a date from its beginning on, or
 * a duration back from now. OperatorError `invalid_time`, exit 2.
 */
export function readPastInstant(text: string, what: string, zone: string, now: Date): Date {
  return readInstant(text.trim(), what, zone, {
    durationFrom: (duration) => new Date(now.getTime() - duration),
    ofDate: (date) => startOfDate(date, zone),
    hint: `Give a duration back from now (2d), a date (2026-12-24), ${timeHint}`,
  });
}

interface Reading {
  readonly durationFrom: (milliseconds: number) => Date;
  readonly ofDate: (date: Day) => Date;
  readonly hint: string;
}

function readInstant(
  text: string,
  what: string,
  zone: string,
  { durationFrom, ofDate, hint }: Reading,
): Date {
  const refuse = (problem: string) => usage(`${problem}.`, hint, 'invalid_time');
  const duration = readDuration(text);
  if (duration !== undefined) return durationFrom(duration);
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(?:\.\d+)?(Z|[+-]\d\d:?\d\d)?)?$/i.exec(text);
  if (match === null) throw refuse(`${what} '${text}' is not a time`);
  const [, date = '', time, seconds = ':00', offset] = match;
  const asUtc = new Date(`${date}T${time ?? '00:00'}${seconds}Z`);
  // JavaScript turns 30 February into 2 March.
  if (Number.isNaN(asUtc.getTime()) || !asUtc.toISOString().startsWith(date)) {
    throw refuse(`${what} '${text}' is not a date of the calendar`);
  }
  if (time === undefined) return ofDate(date);
  if (offset !== undefined) {
    return new Date(`${date}T${time}${seconds}${offset.toUpperCase().replace(/^(...)(\d\d)$/, '$1:$2')}`);
  }
  const instants = instantsOf(asUtc, zone);
  const [only] = instants;
  if (only !== undefined && instants.length === 1) return only;
  throw refuse(
    instants.length === 0
      ? `${what} '${text}' does not exist in ${zone}: clocks skip it that day`
      : `${what} '${text}' comes twice in ${zone}: clocks repeat that hour (${instants.map((instant) => instant.toISOString()).join(' and ')})`,
  );
}
