import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { runCommandLine } from '../../bin/command-line.ts';
import { queueRows } from '../jobs/communications/outbox.ts';
import { mailPeer, reply } from '../notify/channels/mail-peer.ts';
import { closedPort } from '../notify/channels/peers.ts';
import { type DatabaseHarness, onEachDatabase, onPostgres } from '../support/databases.ts';
import { worsen } from '../support/many-controls.ts';
import { memoryIo } from '../support/memory-io.ts';
import { environmentFor, fillCompany, visit } from '../support/program-database.ts';

/** A company with a baseline, a mail server, and `run-job compliance-drift --deliver` with it, or with another port, or none. */
async function begin(harness: DatabaseHarness) {
  const config = await harness.config();
  await fillCompany(config, 300);
  let answer: Error | null = null;
  const peer = await mailPeer({ onRcptTo: (_to, _session, done) => done(answer) });
  const run = async (port: number | null, ...args: string[]) => {
    const mail =
      port === null
        ? {}
        : {
            SMTP_SERVER: 'localhost',
            SMTP_PORT: String(port),
            OPSDECK_JOBS_SMTP_STARTTLS: 'off',
            OPSDECK_JOBS_MAIL_FROM: 'opsdeck@example.org',
          };
    const memory = memoryIo({ env: { ...environmentFor(config), ...mail }, cwd: '/' });
    const code = await runCommandLine(['run-job', 'compliance-drift', '--deliver', ...args], memory.io);
    return { code, stdout: memory.stdout(), stderr: memory.stderr() };
  };
  // The first run is a baseline, which queues nothing.
  expect(await run(peer.port)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('No messages to send.'),
  });
  return {
    config,
    peer,
    run,
    worse: (by: number) => visit(config, (_database, runSql) => worsen(runSql, by)),
    refuse: (error: Error) => {
      answer = error;
    },
  };
}

onEachDatabase((harness) => {
  it('--deliver sends what this run queued and nothing else', async () => {
    const { config, peer, run, worse } = await begin(harness);
    await visit(config, (database) => queueRows(database, [{ subject: "OpsDeck's own" }], '2026-01-01'));
    await worse(0);
    expect(await run(peer.port)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1 sent (email 1)'),
    });
    expect(peer.mails).toHaveLength(1);
    expect(peer.mails[0]?.parsed.subject).not.toBe("OpsDeck's own");
  });
});

onPostgres((harness) => {
  it('the trouble of --deliver changes the exit code and not the run', async () => {
    const { config, peer, run, worse, refuse } = await begin(harness);
    expect(await run(peer.port, '--dry-run')).toMatchObject({ code: 2 });
    await worse(1);
    refuse(reply(451, 'later'));
    const refused = await run(peer.port, '--json');
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('451 later') });
    expect(JSON.parse(refused.stdout)).toMatchObject({
      status: 'succeeded',
      delivery: { sent: 0, postponed: 1, left: [{ channel: 'email', state: 'queued', count: 1 }] },
    });

    await worse(2);
    expect(await run(await closedPort())).toMatchObject({ code: 6 });
    await worse(3);
    expect(await run(null)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('e-mail is not configured'),
    });
    const { rows } = await visit(config, ({ db }) =>
      sql`select distinct status from opsdeck_jobs.job_run`.execute(db),
    );
    expect(rows).toEqual([{ status: 'succeeded' }]);
  });
});
