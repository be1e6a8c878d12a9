import { tzOffset } from '@date-fns/tz/tzOffset';
import { describe, expect, it } from 'vitest';
import { crontab } from '../../src/generate/crontab.ts';
import { timerLines } from '../../src/generate/systemd-calendar.ts';
import {
  before,
  dueIn,
  from,
  jobOf,
  now,
  type Printed,
  printed,
  readCron,
  schedules,
} from './walked-calendars.ts';

const minuteMs = 60_000;
const installation = { command: ['/usr/bin/opsdeck-jobs'], environment: [], credentials: [], dataDir: null };

const weekdayNames = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

function readTimer(line: string): Printed {
  const found = /^OnCalendar=(?:([A-Z][A-Za-z,]+) )?\*-(\S+)-(\S+) (\S+):(\S+):00 (\S+)$/.exec(line);
  if (found === null) throw new Error(`not a calendar: ${line}`);
  const [, week, month = '', day = '', hour = '', minute = '', zone = ''] = found;
  const weekdays =
    week
      ?.split(',')
      .map((name) => weekdayNames.indexOf(name))
      .join(',') ?? '*';
  return printed(zone, [minute, hour, day, month, weekdays]);
}

/** Minutes of the year at which one fires: the first of two equal times of a long day, and no time that a short day lacks. */
function firedIn(calendars: readonly Printed[]): ReadonlySet<number> {
  const fired = new Set<number>();
  for (const zone of new Set(calendars.map((one) => one.zone))) {
    const own = calendars.filter((one) => one.zone === zone);
    let latestWall = Number.NEGATIVE_INFINITY;
    for (let hour = from; hour < before; hour += 15 * minuteMs) {
      const offset = tzOffset(zone, new Date(hour)) * minuteMs;
      const wall = new Date(hour + offset);
      const [month, day, weekday] = [wall.getUTCMonth() + 1, wall.getUTCDate(), wall.getUTCDay()];
      const fitting = own.filter((one) => one.fits(month, day, weekday));
      const start = wall.getUTCHours() * 60 + wall.getUTCMinutes();
      for (let minute = 0; minute < 15; minute += 1) {
        const at = hour + offset + minute * minuteMs;
        if (at <= latestWall) continue;
        latestWall = at;
        if (fitting.some(({ times }) => times.has(start + minute))) fired.add(hour + minute * minuteMs);
      }
    }
  }
  return fired;
}

const zones = ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Pacific/Auckland'];
/** Instants by the ten thousand: a zone of their own is enough. */
const dense: Readonly<Record<string, string>> = { '*/15 * * * *': 'Europe/Berlin' };
const cases = schedules.flatMap(([schedule, exact]) => {
  const own = schedule.startsWith('every') ? 'UTC' : dense[schedule];
  return (own === undefined ? zones : [own]).map((zone) => [schedule, zone, exact] as const);
});

describe('what is printed fires whenever the schedule is due, also on days on which the clock changes', () => {
  it.each(cases)('%s in %s', (schedule, zone, exact) => {
    const job = jobOf(schedule, zone);
    const due = dueIn(job);
    const timers = timerLines(job, now).filter((line) => !line.startsWith('#'));
    const lines = crontab([job], installation, 'UTC', now)
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    const printedOnes = [timers.map(readTimer), lines.map((line) => readCron(line, 'UTC'))];
    for (const calendars of printedOnes) {
      const fired = firedIn(calendars);
      expect(due.filter((at) => !fired.has(at))).toEqual([]);
      if (zone === 'UTC' && exact) expect(fired.size).toBe(due.length);
    }
  });

  it.each(['Europe/Berlin', 'America/New_York'])('a host in %s, days of a change apart', (host) => {
    const job = jobOf('0 0 * * 1', 'Asia/Kolkata');
    const lines = crontab([job], installation, host, now)
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    const fired = firedIn(lines.map((line) => readCron(line, host)));
    expect(dueIn(job).filter((at) => !fired.has(at))).toEqual([]);
    // Two seasons: each week has two lines at most.
    expect(fired.size).toBeLessThanOrEqual(2 * 53);
  });
});

it('a crontab escapes what cron and the shell would change', () => {
  const text = crontab(
    [jobOf('0 9 * * 1', 'UTC')],
    { ...installation, command: ['/usr/bin/opsdeck-jobs', '--config', "/srv/50% o'clock.json"] },
    'UTC',
    now,
  );
  expect(text).toContain(
    "\n0 9 * * 1 /usr/bin/opsdeck-jobs --config '/srv/50\\% o'\\''clock.json' run-job compliance-drift --scheduled\n",
  );
});
