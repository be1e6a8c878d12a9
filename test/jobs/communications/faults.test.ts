import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import { runCommandLine } from '../../../bin/command-line.ts';
import { mailPeer, reply } from '../../notify/channels/mail-peer.ts';
import { closedPort } from '../../notify/channels/peers.ts';
import { onEachDatabase, onPostgres } from '../../support/databases.ts';
import { memoryIo } from '../../support/memory-io.ts';
import { environmentFor, visit } from '../../support/program-database.ts';
import { makeOurs, queueRows } from './outbox.ts';

const today = new Date().toISOString().slice(0, 10);

function mailTo(port: number): Record<string, string> {
  return {
    SMTP_SERVER: 'localhost',
    SMTP_PORT: String(port),
    OPSDECK_JOBS_SMTP_STARTTLS: 'off',
    OPSDECK_JOBS_MAIL_FROM: 'opsdeck@example.org',
  };
}

onEachDatabase((harness) => {
  const begin = async () => {
    const config = await harness.config();
    const folder = await mkdtemp(join(tmpdir(), 'opsdeck-jobs-faults-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const run = async (env: Readonly<Record<string, string>>, ...args: string[]) => {
      const memory = memoryIo({ env: { ...environmentFor(config), ...env }, cwd: folder });
      const code = await runCommandLine(['run-job', 'communications', ...args], memory.io);
      return { code, stdout: memory.stdout(), stderr: memory.stderr() };
    };
    /** As if all firings so far had been an hour earlier. */
    const due = () =>
      visit(config, async ({ db }) => {
        await sql`update opsdeck_jobs.job_state set last_scheduled_for = now() - interval '1 hour'`.execute(
          db,
        );
        // Over a detour: row by row, one would meet another that was an hour earlier.
        for (const shift of ['-100 years', '100 years -1 hour']) {
          await sql`update opsdeck_jobs.job_run set scheduled_for = scheduled_for + ${shift}::interval`.execute(
            db,
          );
        }
      });
    const queue = (...rows: Parameters<typeof queueRows>[1]) =>
      visit(config, (database) => queueRows(database, rows, today));
    return { config, folder, run, due, queue };
  };

  it('mail is due and nothing is configured: exit 2 names the number and the variable, once a day where no person asked', async () => {
    const { config, run, due, queue } = await begin();
    expect(await run({})).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('0 of 0 due messages sent'),
    });
    await queue({}, {});
    expect(await run({})).toMatchObject({ code: 0, stdout: expect.stringContaining('2 left to OpsDeck') });
    await visit(config, makeOurs);
    await due();
    const first = await run({}, '--scheduled');
    expect(first).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/2 mails wait [\s\S]*OPSDECK_JOBS_MAIL_FROM/),
    });
    await due();
    expect(await run({}, '--scheduled')).toEqual({ code: 2, stdout: '', stderr: '' });
    expect((await run({})).stderr).toContain('2 mails wait');

    await visit(config, ({ db }) =>
      sql`update opsdeck_jobs.job_run set started_at = started_at - interval '25 hours'`.execute(db),
    );
    await due();
    expect((await run({}, '--scheduled')).stderr).toContain('2 mails wait');
  });

  it('channels.email: off is no fault: the mails wait, exit 0', async () => {
    const { folder, run, queue } = await begin();
    await writeFile(join(folder, 'opsdeck-jobs.json'), JSON.stringify({ channels: { email: 'off' } }));
    await queue({});
    expect(await run({})).toMatchObject({ code: 0 });
  });

  it('single refusals are counts, exit 0; nothing but refusals is exit 1; a server that is away is exit 6', async () => {
    const { run, queue } = await begin();
    const peer = await mailPeer({
      onRcptTo: ({ address }, _session, done) =>
        done(address.startsWith('nobody') ? reply(550, 'no such user') : null),
    });
    await queue({}, { to: 'nobody@example.org' });
    const some = await run(mailTo(peer.port), '--json');
    expect(some.code).toBe(0);
    expect(JSON.parse(some.stdout)).toMatchObject({
      result: { sent: 1, failed: 1, reasons: { refused: 1 } },
    });
    await queue({ to: 'nobody@example.org' });
    expect(await run(mailTo(peer.port))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('0 of 1 message could be sent.'),
    });
    await queue({});
    expect(await run(mailTo(await closedPort()))).toMatchObject({
      code: 6,
      stderr: expect.stringContaining('could not be reached'),
    });
  });

  it('delivery that is off is reported at every run, and sends nothing', async () => {
    const { folder, run, queue } = await begin();
    const peer = await mailPeer({});
    await queue({});
    const log = join(folder, 'log.json');
    const memory = await run({ ...mailTo(peer.port), OPSDECK_JOBS_DELIVERY: 'off' }, '--log-file', log);
    expect(memory).toMatchObject({ code: 0, stdout: expect.stringContaining('Delivery is off') });
    expect(await readFile(log, 'utf8')).toContain('communications succeeded');
    expect(peer.mails).toEqual([]);
  });
});

onPostgres((harness) => {
  it('a run by hand does not wait for that of the schedule: any number of senders may work at once', async () => {
    const config = await harness.config();
    const peer = await mailPeer({});
    await visit(config, async (database) => {
      await queueRows(database, [{}], today);
      await sql`
        insert into opsdeck_jobs.job_run
          (id, job, status, trigger, concurrency_key, params, started_at, heartbeat_at, runner, program_version)
        values (gen_random_uuid(), 'communications', 'running', 'schedule', '', '{}', now(), now(), 'elsewhere:1', '1')`.execute(
        database.db,
      );
    });
    const memory = memoryIo({ env: { ...environmentFor(config), ...mailTo(peer.port) }, cwd: tmpdir() });
    expect(await runCommandLine(['run-job', 'communications'], memory.io)).toBe(0);
    expect(peer.mails).toHaveLength(1);
  });
});
