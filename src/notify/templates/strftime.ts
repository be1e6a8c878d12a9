/*
 * Python's strftime, as OpsDeck's templates use it, in the C locale (English names). The fields are those that are written
 * in the text: nothing is converted to another zone.
 */

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;
const months = [
  ...(['January', 'February', 'March', 'April', 'May', 'June'] as const),
  ...(['July', 'August', 'September', 'October', 'November', 'December'] as const),
];

const written =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/;

interface Moment {
  /** The written fields, as if they were UTC. */
  readonly at: Date;
  readonly microseconds: number;
  /** `+0100`, or nothing where none is written. */
  readonly offset: string;
}

/** A date, or a date and a time, in ISO 8601 or as Python prints it; undefined: something else. */
function readMoment(text: string): Moment | undefined {
  const match = written.exec(text.trim());
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((field) => Number(field ?? 0));
  const at = new Date(0);
  at.setUTCFullYear(year, month - 1, day);
  at.setUTCHours(hour, minute, second);
  const same =
    at.getUTCMonth() === month - 1 &&
    at.getUTCDate() === day &&
    at.getUTCHours() === hour &&
    at.getUTCMinutes() === minute;
  if (!same) return undefined;
  const zone = match[8] ?? '';
  return {
    at,
    microseconds: Number((match[7] ?? '').padEnd(6, '0').slice(0, 6)),
    offset: zone === 'Z' ? '+0000' : zone.replace(':', ''),
  };
}

const pad = (value: number, width = 2) => String(value).padStart(width, '0');

function dayOfYear(at: Date): number {
  return Math.floor((at.getTime() - Date.UTC(at.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
}

/** Number of the week whose first day is `first` (0 Sunday, 1 Monday); days before the first such day are week 0. */
function weekOfYear(at: Date, first: number): number {
  return Math.floor((dayOfYear(at) + 6 - ((at.getUTCDay() - first + 7) % 7)) / 7);
}

/** ISO 8601: the week belongs to the year that has its Thursday. */
function isoWeek(at: Date): { readonly year: number; readonly week: number } {
  const thursday = new Date(at.getTime() + (4 - (at.getUTCDay() || 7)) * 86_400_000);
  return { year: thursday.getUTCFullYear(), week: Math.floor((dayOfYear(thursday) - 1) / 7) + 1 };
}

const hour12 = (at: Date) => at.getUTCHours() % 12 || 12;

const directives: Readonly<Record<string, (moment: Moment) => string>> = {
  a: ({ at }) => (days[at.getUTCDay()] ?? '').slice(0, 3),
  A: ({ at }) => days[at.getUTCDay()] ?? '',
  w: ({ at }) => String(at.getUTCDay()),
  u: ({ at }) => String(at.getUTCDay() || 7),
  d: ({ at }) => pad(at.getUTCDate()),
  e: ({ at }) => String(at.getUTCDate()).padStart(2),
  b: ({ at }) => (months[at.getUTCMonth()] ?? '').slice(0, 3),
  h: ({ at }) => (months[at.getUTCMonth()] ?? '').slice(0, 3),
  B: ({ at }) => months[at.getUTCMonth()] ?? '',
  m: ({ at }) => pad(at.getUTCMonth() + 1),
  y: ({ at }) => pad(at.getUTCFullYear() % 100),
  Y: ({ at }) => pad(at.getUTCFullYear(), 4),
  H: ({ at }) => pad(at.getUTCHours()),
  I: ({ at }) => pad(hour12(at)),
  p: ({ at }) => (at.getUTCHours() < 12 ? 'AM' : 'PM'),
  M: ({ at }) => pad(at.getUTCMinutes()),
  S: ({ at }) => pad(at.getUTCSeconds()),
  f: ({ microseconds }) => pad(microseconds, 6),
  z: ({ offset }) => offset,
  Z: ({ offset }) => (offset === '+0000' ? 'UTC' : offset),
  j: ({ at }) => pad(dayOfYear(at), 3),
  U: ({ at }) => pad(weekOfYear(at, 0)),
  W: ({ at }) => pad(weekOfYear(at, 1)),
  G: ({ at }) => pad(isoWeek(at).year, 4),
  V: ({ at }) => pad(isoWeek(at).week),
  '%': () => '%',
};

const shorthands: Readonly<Record<string, string>> = {
  c: '%a %b %e %H:%M:%S %Y',
  x: '%m/%d/%y',
  D: '%m/%d/%y',
  X: '%H:%M:%S',
  T: '%H:%M:%S',
  R: '%H:%M',
  F: '%Y-%m-%d',
};

/** undefined: the text is not a date. A directive that Python does not know stays as it is; `%-d` drops the padding. */
export function strftime(text: string, format: string): string | undefined {
  const moment = readMoment(text);
  return moment === undefined ? undefined : formatMoment(moment, format);
}

function formatMoment(moment: Moment, format: string): string {
  return format.replace(/%(-?)([a-zA-Z%])/g, (all, bare: string, name: string) => {
    if (Object.hasOwn(shorthands, name)) return formatMoment(moment, shorthands[name] ?? '');
    if (!Object.hasOwn(directives, name)) return all;
    const value = directives[name]?.(moment) ?? all;
    return bare === '' ? value : value.replace(/^[0 ]+(?=.)/, '');
  });
}
