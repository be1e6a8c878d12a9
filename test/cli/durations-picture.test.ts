import { expect, it } from 'vitest';
import { durationsPicture } from '../../src/cli/runs/durations-picture.ts';

const now = new Date('2026-11-24T12:00:00Z');
const run = (
  status: 'succeeded' | 'failed' | 'timed_out' | 'running' | 'missed',
  ms: number | null,
  hour: number,
) => ({
  status,
  duration_ms: ms,
  started_at: new Date(Date.UTC(2026, 10, 24, hour)),
});

it('the durations of a job are drawn oldest first, and what did not succeed below the line', () => {
  const newestFirst = [
    run('running', null, 9),
    run('failed', 3, 8),
    run('missed', 0, 7),
    run('succeeded', 2460, 6),
    run('timed_out', 60_000, 5),
  ];
  const [picture] = durationsPicture(newestFirst, 'Europe/Madrid', now);
  expect(picture).toMatchObject({
    description: '3 runs, oldest first; 2 did not succeed (below the line).',
    series: [
      { name: 'succeeded', values: [0, 2.5, 0] },
      { name: 'did not succeed', values: [60, 0, 0.1], below: true },
    ],
  });
  expect(picture?.kind === 'columns' ? picture.columns.length : 0).toBe(3);
  expect(durationsPicture([run('running', null, 9)], 'Europe/Madrid', now)).toEqual([]);
});
