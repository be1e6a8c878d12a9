const units: ReadonlyArray<readonly [Intl.RelativeTimeFormatUnit, number]> = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
];

/** How far an instant is from now, for people: `in 3 days`, `4 minutes ago`. */
export function relativeTime(instant: Date, now: Date): string {
  const difference = instant.getTime() - now.getTime();
  const [unit, size] = units.find(([, size]) => Math.abs(difference) >= size) ?? ['second', 1000];
  return new Intl.RelativeTimeFormat('en').format(Math.trunc(difference / size), unit);
}

/** An instant on the zone's wall clock, for people: `Mon 30 Nov 2026 09:00`. */
export function wallClock(instant: Date, zone: string): string {
  const { day, year, time } = wallClockParts(instant, zone);
  return `${day} ${year} ${time}`;
}

/** The same where there is little room: the year only when it is another one than now, `Mon 30 Nov 09:00`. */
export function shortWallClock(instant: Date, zone: string, now: Date): string {
  const { day, year, time } = wallClockParts(instant, zone);
  return year === wallClockParts(now, zone).year ? `${day} ${time}` : `${day} ${year} ${time}`;
}

/** The time on the zone's wall clock, to the second: `09:00:01`. */
export function timeOfDay(instant: Date, zone: string): string {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, timeStyle: 'medium', hourCycle: 'h23' });
  return format.format(instant);
}

function wallClockParts(instant: Date, zone: string): { day: string; year: string; time: string } {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const part = new Map(format.formatToParts(instant).map(({ type, value }) => [type, value]));
  return {
    day: `${part.get('weekday')} ${part.get('day')} ${part.get('month')}`,
    year: part.get('year') ?? '',
    time: `${part.get('hour')}:${part.get('minute')}`,
  };
}
