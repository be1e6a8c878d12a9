import { ExitCode } from '../errors/exit-code.ts';
import { OperatorError } from '../errors/operator-error.ts';
import { readDuration } from './duration.ts';
import { instantsOf, startOfDate } from './local-time.ts';

const hint =
  'Give a duration from now (2d), a date (2026-12-24), a time in the business zone (2026-12-24T18:00), ' +
  'or an instant (2026-12-24T18:00:00Z).';

/**
 * Reads when something is to be, from the command line. A date is its first instant, a time without an offset is read on the
 * business zone's wall clock and refused where that clock shows it twice or never. OperatorError `invalid_time`, exit 2; also
 * when it is not in the future.
 */
export function readFutureInstant(text: string, what: string, zone: string, now: Date): Date {
  const instant = readInstant(text.trim(), what, zone, now);
  if (instant > now) return instant;
  throw refuse(`${what} '${text}' is not in the future`);
}

function readInstant(text: string, what: string, zone: string, now: Date): Date {
  const duration = readDuration(text);
  if (duration !== undefined) return new Date(now.getTime() + duration);
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(?:\.\d+)?(Z|[+-]\d\d:?\d\d)?)?$/i.exec(text);
  if (match === null) throw refuse(`${what} '${text}' is not a time`);
  const [, date = '', time, seconds = ':00', offset] = match;
  const asUtc = new Date(`${date}T${time ?? '00:00'}${seconds}Z`);
  // JavaScript turns 30 February into 2 March.
  if (Number.isNaN(asUtc.getTime()) || !asUtc.toISOString().startsWith(date)) {
    throw refuse(`${what} '${text}' is not a date of the calendar`);
  }
  if (time === undefined) return startOfDate(date, zone);
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

function refuse(problem: string): OperatorError {
  return new OperatorError({
    code: 'invalid_time',
    message: `${problem}.`,
    next: hint,
    exitCode: ExitCode.usage,
  });
}
