import { describe, expect, it } from 'vitest';
import { type HealthFacts, judgeHealth, nextFirings } from '../../src/job/job-health.ts';
import type { JobState } from '../../src/job/jobs-snapshot.ts';
import { resolveJob } from '../../src/job/resolved-job.ts';
import { testJob } from '../support/runner.ts';

const now = new Date('2026-11-25T12:00:00Z');
const state: JobState = {
  job: 'sweep',
  enabled: true,
  schedule: '0 9 * * 1',
  timezone: 'Europe/Madrid',
  last_scheduled_for: new Date('2026-11-23T08:00:00Z'),
  paused_at: null,
  paused_until: null,
  paused_by: null,
  pause_reason: null,
};
const healthy: HealthFacts = {
  resolved: resolveJob(testJob({ schedule: '0 9 * * 1' }), { jobs: {} }, 'Europe/Madrid'),
  state,
  running: undefined,
  overview: { job: 'sweep', lastRun: null, lastSuccessAt: null, failuresInARow: 0, failingSince: null },
  missing: null,
  hasScheduler: true,
};
const going = {
  id: 'x',
  job: 'sweep',
  concurrency_key: '',
  trigger: 'manual',
  started_at: now,
  runner: 'a:1',
  lapsed: false,
} as const;
const paused = { ...state, paused_at: new Date('2026-11-20T00:00:00Z'), pause_reason: 'audit' };
const failing = { ...healthy.overview, failuresInARow: 3 };
const late = { ...state, last_scheduled_for: new Date('2026-11-16T08:00:00Z') };

describe('the state of a job in list', () => {
  it.each([
    ['ok', {}, 'ok', false, 'ok'],
    ['nothing runs the schedules', { hasScheduler: false }, 'no_scheduler', true, 'no scheduler'],
    [
      'nothing runs the schedules, and none of this job is to run',
      { hasScheduler: false, state: { ...state, enabled: false } },
      'disabled',
      false,
      'disabled',
    ],
    [
      'the clock was set back',
      { state: { ...state, last_scheduled_for: new Date('2026-11-30T08:00:00Z') } },
      'clock_behind',
      true,
      'nothing runs until Mon 30 Nov 2026 09:00: the clock was set back',
    ],
    [
      'clocks of two hosts differ by a moment',
      { state: { ...state, last_scheduled_for: new Date('2026-11-25T12:00:30Z') } },
      'ok',
      false,
      'ok',
    ],
    ['running', { running: going }, 'running', false, 'running'],
    ['running, and failing', { running: going, overview: failing }, 'running', true, 'running, failing ×3'],
    ['a lapsed run is not running', { running: { ...going, lapsed: true } }, 'ok', false, 'ok'],
    ['failing', { overview: failing }, 'failing', true, 'failing ×3'],
    [
      'a firing without a decision',
      { state: late, overview: failing },
      'overdue',
      true,
      'OVERDUE since Mon 23 Nov 2026 09:00',
    ],
    [
      'disabled is a decision, whatever else',
      { state: { ...late, enabled: false }, overview: failing },
      'disabled',
      false,
      'disabled',
    ],
    ['paused is a decision', { state: paused, overview: failing }, 'paused', false, 'paused (audit)'],
    [
      'a pause that is over',
      { state: { ...paused, paused_until: new Date('2026-11-24T00:00:00Z') } },
      'ok',
      false,
      'ok',
    ],
    [
      'unavailable',
      { missing: 'missing table framework' },
      'unavailable',
      true,
      'unavailable: missing table framework',
    ],
    [
      'unavailable and disabled',
      { missing: 'missing table framework', state: { ...state, enabled: false } },
      'unavailable',
      false,
      'unavailable: missing table framework',
    ],
  ] as const)('%s', (_, changes, expected, problem, words) => {
    expect(judgeHealth({ ...healthy, ...changes }, now)).toEqual({ state: expected, problem, words });
  });
});

it('a firing that has been due for minutes only is not overdue: a timer may still be on its way', () => {
  const overdue = (at: string) => judgeHealth({ ...healthy, state: late }, new Date(at)).state;
  expect(overdue('2026-11-23T08:10:00Z')).toBe('ok');
  expect(overdue('2026-11-23T08:10:01Z')).toBe('overdue');
});

it('the next firings skip a pause that ends, and are none in one that does not', () => {
  const next = (changed: JobState) =>
    nextFirings({ ...healthy, state: changed }, now, 2).map((at) => at.toISOString());
  expect(next(state)).toEqual(['2026-11-30T08:00:00.000Z', '2026-12-07T08:00:00.000Z']);
  expect(next({ ...paused, paused_until: new Date('2026-12-07T08:00:00Z') })).toEqual([
    '2026-12-07T08:00:00.000Z',
    '2026-12-14T08:00:00.000Z',
  ]);
  expect(next(paused)).toEqual([]);
  expect(next({ ...state, enabled: false })).toEqual([]);
});
