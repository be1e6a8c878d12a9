import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runJob } from '../../src/cli/actions/run-job.ts';
import type { OpenDatabase } from '../../src/db/database.ts';
import type { JobDefinition } from '../../src/job/define-job.ts';
import { decideJob } from '../../src/job/job-decisions.ts';
import { registerJobs } from '../../src/job/register-jobs.ts';
import { type ManualRequest, runManually } from '../../src/job/run-manually.ts';
import { createPinger } from '../../src/notify/ping.ts';
import { runScheduled } from '../../src/scheduler/run-scheduled.ts';
import { onEachDatabase } from '../support/databases.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { memoryIo } from '../support/memory-io.ts';
import { type PingServer, startPingServer } from '../support/ping-server.ts';
import { environmentFor } from '../support/program-database.ts';
import { testEnvironment, testJob } from '../support/runner.ts';

const byHand = (definition: JobDefinition, changes: Partial<ManualRequest> = {}): ManualRequest => ({
  definition,
  params: {},
  dryRun: false,
  timeoutMs: undefined,
  waitMs: 0,
  ignorePause: false,
  allowEmpty: false,
  ...changes,
});

function begin(database: OpenDatabase, server: PingServer, job: JobDefinition) {
  const environment = testEnvironment(database, [job], {
    jobConfigs: { [job.name]: { params: {}, settings: {}, pingUrl: server.url } },
  });
  const pinger = createPinger(environment);
  return { environment: { ...environment, pinger }, flush: () => pinger.flush(60_000) };
}

onEachDatabase((harness) => {
  describe('a job with a dead man’s switch', () => {
    it('reports the start and the success of a run to it, by the id of the run', async () => {
      const server = await startPingServer();
      const job = testJob();
      const { environment, flush } = begin(await harness.fresh(), server, job);
      const { runId } = await runManually(environment, byHand(job));
      await flush();
      expect(server.received).toMatchObject([
        { method: 'GET', path: `/ping/0f3c1a/start?rid=${runId}` },
        {
          method: 'POST',
          path: `/ping/0f3c1a?rid=${runId}`,
          body: expect.stringMatching(/^succeeded in \d/),
        },
      ]);
    });

    it('reports a failure and a time limit to it, with the reason', async () => {
      const server = await startPingServer();
      const failing = testJob({
        run: async ({ signal, params, logger }) => {
          logger.warn({ 'labels.disk': 'sda' }, 'hardly any room');
          if (params['area'] === undefined) throw new Error('the disk of tests is full');
          await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
          return {};
        },
      });
      const { environment, flush } = begin(await harness.fresh(), server, failing);
      await runManually(environment, byHand(failing));
      await runManually(environment, byHand(failing, { params: { area: 'x' }, timeoutMs: 1 }));
      await flush();
      const ends = server.received.filter(({ method }) => method === 'POST');
      expect(ends).toMatchObject([
        {
          path: expect.stringContaining('/fail?'),
          body: expect.stringMatching(
            /^failed: Unexpected error: the disk of tests is full\n\n\S+ WARN hardly any room disk=sda$/,
          ),
        },
        { path: expect.stringContaining('/fail?'), body: expect.stringContaining('timed out: ') },
      ]);
    });

    it('reports a scheduled run to it, and no dry run and no run that was refused', async () => {
      const server = await startPingServer();
      const clock = fakeClock('2026-11-24T12:00:00Z');
      const database = await harness.fresh({ clock });
      const job = testJob({ schedule: '0 9 * * 1' });
      const { environment, flush } = begin(database, server, job);
      await registerJobs(database, environment.config, [job]);
      await runManually(environment, byHand(job, { dryRun: true }));
      await decideJob(database, job.name, { action: 'pause', until: null, reason: null }, 'ana@example.org');
      await runManually(environment, byHand(job));
      clock.set('2026-11-30T08:00:05Z');
      const request = { definition: job, trigger: 'timer', timeoutMs: undefined, allowEmpty: false } as const;
      expect(await runScheduled(environment, request)).toBeNull();
      await flush();
      expect(server.received).toEqual([]);
      await decideJob(database, job.name, { action: 'resume' }, 'ana@example.org');
      clock.set('2026-12-07T08:00:05Z');
      expect(await runScheduled(environment, request)).toMatchObject({ status: 'succeeded' });
      await flush();
      expect(server.received).toHaveLength(2);
    });

    it('a server that hangs neither delays nor fails the run', async () => {
      const server = await startPingServer(() => null);
      const job = testJob({
        run: async () => {
          await server.receivedAtLeast(1);
          return { swept: 1 };
        },
      });
      const { environment } = begin(await harness.fresh(), server, job);
      onTestFinished(() => environment.pinger.flush(0));
      expect(await runManually(environment, byHand(job))).toMatchObject({ status: 'succeeded' });
    });
  });

  it('run-job prints everything before it waits for the switch, and names no address when that fails', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'opsdeck-jobs-ping-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const printedAtEnd: string[] = [];
    const env = environmentFor(await harness.config());
    const memory = memoryIo({ env, cwd: folder });
    const server = await startPingServer(({ method }) => {
      if (method === 'POST') printedAtEnd.push(memory.stdout());
      return 500;
    });
    const jobs = { 'compliance-drift': { ping_url: server.url } };
    await writeFile(join(folder, 'opsdeck-jobs.json'), JSON.stringify({ jobs }));
    expect(await runJob(memory.io, {}, 'compliance-drift', { allowEmpty: true, json: true })).toBe(0);
    const { run_id: runId } = JSON.parse(memory.stdout());
    expect(server.received.at(-1)).toMatchObject({ path: `/ping/0f3c1a?rid=${runId}` });
    expect(printedAtEnd.at(-1)).toBe(memory.stdout());
    expect(memory.stderr()).toContain('the ping of compliance-drift (start) did not arrive: it answered 500');
    expect(memory.stderr()).not.toContain('0f3c1a');
  });
});
