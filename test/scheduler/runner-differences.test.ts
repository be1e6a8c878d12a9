import { expect, it } from 'vitest';
import { configHashes } from '../../src/config/config-hashes.ts';
import { loadConfig } from '../../src/config/load.ts';
import { describeRunnerDifferences } from '../../src/scheduler/runner-differences.ts';
import type { Runner } from '../../src/scheduler/runners.ts';
import { testJob } from '../support/runner.ts';

const job = testJob();
const own = loadConfig({ env: {}, cwd: '/nonexistent', jobs: [job] }).config;
const hashes = configHashes(own, [job]);
const runner = (host: string, changes: Partial<Runner> = {}): Runner => ({
  kind: 'daemon',
  host,
  pid: 7,
  onlyJobs: null,
  configHashes: hashes,
  seenAgoMs: 3000,
  ...changes,
});

it('hosts with the same configuration do not differ, whatever is theirs alone', () => {
  const elsewhere = configHashes({ ...own, concurrency: 2, listenToken: 'x', switchedOff: [] }, [job]);
  expect(elsewhere).toEqual(hashes);
  expect(describeRunnerDifferences([])).toEqual([]);
  expect(describeRunnerDifferences([runner('ops1'), runner('ops2')])).toEqual([]);
});

it('names the one that differs from the others, and the parts', () => {
  const other = configHashes(
    {
      ...own,
      delivery: { kind: 'off' },
      jobs: { sweep: { settings: {}, params: { limit: 3 }, schedule: '@daily' } },
    },
    [job],
  );
  const all = [runner('ops3', { configHashes: other }), runner('ops1'), runner('ops2')];
  expect(describeRunnerDifferences(all)).toEqual([
    'daemon ops3 (process 7) has another configuration than daemon ops1 (process 7): routing, jobs.sweep',
  ]);
  // One that is silent is not there, and a part that only one has is no difference.
  expect(describeRunnerDifferences(all.map((one) => ({ ...one, seenAgoMs: 61_000 })))).toEqual([]);
  const { [`jobs.sweep`]: _, ...without } = hashes;
  expect(describeRunnerDifferences([runner('ops1'), runner('ops2', { configHashes: without })])).toEqual([]);
});
