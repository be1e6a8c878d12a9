import { describe, expect, it } from 'vitest';
import { decideFiring, type LatenessPolicy, type ScheduleState } from '../../src/schedule/decide-firing.ts';
import { parseSchedule } from '../../src/schedule/schedule.ts';

const weekly = parseSchedule('0 9 * * 1', 'the job sweep');
const lastMonday = new Date('2026-11-23T08:00:00Z');
const monday = new Date('2026-11-30T08:00:00Z');
const running: ScheduleState = {
  enabled: true,
  lastScheduledFor: lastMonday,
  pausedAt: null,
  pausedUntil: null,
};
const one = { from: monday, to: monday, count: 1 };

function decide(
  state: Partial<ScheduleState>,
  now: string,
  misfire: 'latest' | 'skip' = 'latest',
  changes: Partial<LatenessPolicy> = {},
) {
  const policy = { misfire, maxLateMs: undefined, jitterMs: 0, ...changes };
  return decideFiring(weekly, 'Europe/Madrid', policy, { ...running, ...state }, new Date(now));
}

describe('what to do about a schedule', () => {
  it.each([
    ['not due', {}, '2026-11-29T08:00:00Z', { kind: 'not_due' }],
    ['due', {}, '2026-11-30T08:00:00Z', { kind: 'run', due: monday, missed: null, standsForMissed: true }],
    [
      'due and disabled: recorded, not run',
      { enabled: false },
      '2026-11-30T08:00:10Z',
      { kind: 'skip', due: monday, reason: 'disabled', firings: one },
    ],
    [
      'due in an open pause',
      { pausedAt: new Date('2026-11-25T00:00:00Z') },
      '2026-11-30T08:00:10Z',
      { kind: 'skip', due: monday, reason: 'paused', firings: one },
    ],
    [
      'due in a pause, noticed after it: still skipped',
      { pausedAt: new Date('2026-11-25T00:00:00Z'), pausedUntil: new Date('2026-11-30T09:00:00Z') },
      '2026-11-30T12:00:00Z',
      { kind: 'skip', due: monday, reason: 'paused', firings: one },
    ],
    [
      'due at the end of a pause: run',
      { pausedAt: new Date('2026-11-25T00:00:00Z'), pausedUntil: monday },
      '2026-11-30T08:00:00Z',
      { kind: 'run', due: monday, missed: null, standsForMissed: true },
    ],
    [
      'paused after the firing was due, noticed in the pause: kept back',
      { pausedAt: new Date('2026-11-30T08:30:00Z') },
      '2026-11-30T09:00:00Z',
      { kind: 'skip', due: monday, reason: 'paused', firings: one },
    ],
    [
      'clock set back: nothing fires, and it is reported',
      { lastScheduledFor: new Date('2026-12-07T08:00:00Z') },
      '2026-11-30T08:00:00Z',
      { kind: 'clock_behind', last: new Date('2026-12-07T08:00:00Z') },
    ],
    [
      'another host is a moment ahead: nothing to report',
      { lastScheduledFor: monday },
      '2026-11-30T07:59:58Z',
      { kind: 'not_due' },
    ],
  ])('%s', (_, state, now, expected) => {
    expect(decide(state, now)).toEqual(expected);
  });

  it('one run stands for all that was missed', () => {
    expect(decide({ lastScheduledFor: new Date('2026-11-09T08:00:00Z') }, '2026-12-01T00:00:00Z')).toEqual({
      kind: 'run',
      due: monday,
      missed: { from: new Date('2026-11-16T08:00:00Z'), to: lastMonday, count: 2 },
      standsForMissed: true,
    });
  });

  it('misfire skip: late is missed, and the newest counts among what was missed', () => {
    expect(
      decide({ lastScheduledFor: new Date('2026-11-09T08:00:00Z') }, '2026-12-01T00:00:00Z', 'skip'),
    ).toEqual({
      kind: 'miss',
      due: monday,
      firings: { from: new Date('2026-11-16T08:00:00Z'), to: monday, count: 3 },
    });
  });

  it('misfire skip: a timer that is a few minutes late is on time', () => {
    expect(decide({}, '2026-11-30T08:05:00Z', 'skip')).toMatchObject({ kind: 'run' });
    expect(decide({}, '2026-11-30T08:05:00.001Z', 'skip')).toMatchObject({ kind: 'miss' });
  });

  it('later than max_late is missed, with latest too', () => {
    const late = { maxLateMs: 3_600_000 };
    expect(decide({}, '2026-11-30T09:00:00Z', 'latest', late)).toMatchObject({ kind: 'run' });
    expect(decide({}, '2026-11-30T09:00:00.001Z', 'latest', late)).toEqual({
      kind: 'miss',
      due: monday,
      firings: one,
    });
  });

  it('a start that is delayed on purpose is not late for it', () => {
    const jitter = { maxLateMs: 60_000, jitterMs: 600_000 };
    expect(decide({}, '2026-11-30T08:11:00Z', 'skip', jitter)).toMatchObject({ kind: 'run' });
    expect(decide({}, '2026-11-30T08:11:00.001Z', 'skip', jitter)).toMatchObject({ kind: 'miss' });
  });

  it('misfire skip: a run stands for its own firing alone', () => {
    expect(
      decide({ lastScheduledFor: new Date('2026-11-16T08:00:00Z') }, '2026-11-30T08:00:00Z', 'skip'),
    ).toMatchObject({ kind: 'run', missed: { count: 1 }, standsForMissed: false });
  });
});
