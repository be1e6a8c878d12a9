const pattern =
  /^(\d{4,})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d+))?([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?( BC)?$/;

/** The farthest instants that a Date can hold; what `infinity` and `-infinity` become. */
const endOfTime = 8_640_000_000_000_000;

/** Reads a `timestamptz` in ISO style, whatever zone the session writes it in. Microseconds are cut to milliseconds. */
export function parseInstant(text: string): Date {
  if (text === 'infinity') return new Date(endOfTime);
  if (text === '-infinity') return new Date(-endOfTime);
  const match = pattern.exec(text);
  if (match === null) throw new RangeError(`not a timestamp with time zone in ISO style: ${text}`);
  const [
    ,
    year,
    month,
    day,
    hour,
    minute,
    second,
    fraction = '',
    sign,
    offsetHours,
    offsetMinutes,
    offsetSeconds,
    bc,
  ] = match;
  const instant = new Date(0);
  // setUTCFullYear takes years below 100 as they are; Date.UTC would make 1950 of 50.
  instant.setUTCFullYear(bc === undefined ? Number(year) : 1 - Number(year), Number(month) - 1, Number(day));
  instant.setUTCHours(
    Number(hour),
    Number(minute),
    Number(second),
    Number(fraction.slice(0, 3).padEnd(3, '0')),
  );
  const offset = Number(offsetHours) * 3600 + Number(offsetMinutes ?? 0) * 60 + Number(offsetSeconds ?? 0);
  return new Date(instant.getTime() - (sign === '-' ? -offset : offset) * 1000);
}
