import { describe, expect, it } from 'vitest';
import { describeRunners } from '../../src/scheduler/describe-runners.ts';
import type { Runner } from '../../src/scheduler/runners.ts';

const daemon: Runner = {
  kind: 'daemon',
  host: 'ops1',
  pid: 7,
  onlyJobs: null,
  configHashes: {},
  seenAgoMs: 3000,
};
const timer: Runner = {
  kind: 'timer',
  host: 'ops2',
  pid: 8,
  onlyJobs: null,
  configHashes: {},
  seenAgoMs: 240_000,
};

describe('who runs the schedules', () => {
  it.each([
    [[], 'nothing runs the schedules', false],
    [[daemon], 'daemon ops1, ticked 3 seconds ago', false],
    [[timer], 'last --scheduled run 4 minutes ago on ops2', false],
    [[daemon, timer], 'daemon ops1, ticked 3 seconds ago; last --scheduled run 4 minutes ago on ops2', false],
    [
      [daemon, { ...daemon, host: 'ops3', seenAgoMs: 9000 }],
      '2 daemons (ops1, ops3), ticked 3 seconds ago',
      false,
    ],
    [
      [{ ...daemon, onlyJobs: ['uar', 'communications'] }],
      'daemon ops1 for uar, communications only, ticked 3 seconds ago',
      false,
    ],
    [[{ ...daemon, seenAgoMs: 60_000 }], 'daemon ops1 last ticked 1 minute ago, and was not stopped', true],
    [[daemon, { ...daemon, host: 'dead', seenAgoMs: 900_000 }], 'daemon ops1, ticked 3 seconds ago', false],
  ])('%#: %s', (runners, words, problem) => {
    expect(describeRunners(runners)).toEqual({ words, problem });
  });
});
