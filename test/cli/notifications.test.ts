import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import { runCommandLine } from '../../bin/command-line.ts';
import { mailPeer } from '../notify/channels/mail-peer.ts';
import { httpPeer } from '../notify/channels/peers.ts';
import { onEachDatabase } from '../support/databases.ts';
import { memoryIo } from '../support/memory-io.ts';
import { environmentFor, visit } from '../support/program-database.ts';

async function configured(env: Readonly<Record<string, string>>, file: object) {
  const cwd = await mkdtemp(join(tmpdir(), 'opsdeck-jobs-notifications-'));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  const path = join(cwd, 'opsdeck-jobs.json');
  await writeFile(path, JSON.stringify(file));
  return async (...args: string[]) => {
    const memory = memoryIo({ env: { ...env, OPSDECK_JOBS_CONFIG: path }, cwd });
    const code = await runCommandLine(args, memory.io);
    return { code, stdout: memory.stdout(), stderr: memory.stderr() };
  };
}

onEachDatabase((harness) => {
  it('an own database routes events by the configuration file alone, shows it, and tests it', async () => {
    const config = await harness.config();
    const mail = await mailPeer({});
    const hook = await httpPeer((response) => response.end('ok'));
    const run = await configured(
      {
        ...environmentFor(config),
        SMTP_SERVER: 'localhost',
        SMTP_PORT: String(mail.port),
        OPSDECK_JOBS_SMTP_STARTTLS: 'off',
        OPSDECK_JOBS_MAIL_FROM: 'opsdeck@example.org',
      },
      {
        allow_private_destinations: true,
        destinations: {
          watch: { webhook_url: `${hook.url}/hunter2` },
          forgotten: { slack_webhook_url: `${hook.url}/hunter3` },
        },
        notifications: {
          COMPLIANCE_DRIFT: {
            channels: ['email', 'webhook'],
            recipients: ['ciso@example.org'],
            destination: 'watch',
          },
        },
      },
    );
    const listed = await run('notifications', 'list', '--json');
    expect(listed).toMatchObject({ code: 0, stderr: '' });
    const { events, unused_destinations } = JSON.parse(listed.stdout);
    expect(events).toContainEqual({
      code: 'COMPLIANCE_DRIFT',
      name: 'Compliance drift',
      description: expect.any(String),
      state: 'enabled',
      channels_set_in: 'configuration',
      channels: [
        { channel: 'email', state: 'ready', to: 'ciso@example.org', to_set_in: 'configuration' },
        { channel: 'webhook', state: 'ready', to: 'destinations.watch', to_set_in: 'configuration' },
      ],
      notes: [],
    });
    expect(events).toContainEqual(
      expect.objectContaining({
        code: 'JOB_FAILED',
        channels_set_in: 'job',
        channels: [{ channel: 'email', state: 'ready', to: 'administrators', to_set_in: 'job' }],
      }),
    );
    expect(unused_destinations).toEqual([{ name: 'forgotten', channel: 'slack' }]);
    const table = await run('notifications', 'list');
    expect(table.stdout).toContain('No event sends to destinations.forgotten (Slack)');
    expect(listed.stdout + table.stdout).not.toContain('hunter');

    const tested = await run('notifications', 'test', 'compliance_drift');
    expect(tested).toMatchObject({ code: 0 });
    expect(mail.mails.map(({ to }) => to)).toEqual([['ciso@example.org']]);
    expect(hook.received).toMatchObject([{ path: '/hunter2' }]);
    expect(await run('notifications', 'test', 'LICENSE_EXPIRING')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('skipped: mails go to the owner of each item; give --to ADDRESS'),
    });
    const toAna = ['--to', 'ana@example.org', '--json'];
    expect((await run('notifications', 'test', 'LICENSE_EXPIRING', ...toAna)).code).toBe(0);
    expect(mail.mails.at(-1)?.to).toEqual(['ana@example.org']);
  });

  it('disables and enables an event for every host, also one that has no row yet, and records who', async () => {
    const config = await harness.config();
    const run = await configured(environmentFor(config), {});
    const as = ['--as', 'ana@example.org'];
    expect((await run('notifications', 'enable', 'UAR_FINDINGS', ...as)).stdout).toContain('enabled already');
    expect(await run('notifications', 'disable', 'UAR_FINDINGS', ...as)).toMatchObject({
      code: 0,
      stdout: 'UAR_FINDINGS is disabled: no message of it is queued.\n',
    });
    expect((await run('notifications', 'disable', 'UAR_FINDINGS', ...as)).stdout).toContain(
      'disabled already',
    );
    expect((await run('notifications', 'list')).stdout).toMatch(/UAR_FINDINGS +disabled/);
    expect((await run('notifications', 'enable', 'UAR_FINDINGS', ...as)).code).toBe(0);
    const actions = await visit(config, async ({ db }) => {
      const { rows } = await sql`
        select actor, action, before from opsdeck_jobs.action_log where subject = 'event:UAR_FINDINGS' order by at`.execute(
        db,
      );
      return rows;
    });
    expect(actions).toEqual([
      { actor: 'ana@example.org', action: 'event.disable', before: { enabled: true } },
      { actor: 'ana@example.org', action: 'event.enable', before: { enabled: false } },
    ]);
    expect(await run('notifications', 'disable', 'UAR_FINDING')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('did you mean UAR_FINDINGS?'),
    });
  });
});

it.each([
  [{ destination: 'nowhere' }, "'nowhere' is not in destinations"],
  [{ channels: ['email'], destination: 'ops' }, "'ops' has no address for any of the channels: email"],
  [{ recipients: ['team:7'] }, 'is not a recipient'],
  [{ channels: ['pager'] }, 'notifications.COMPLIANCE_DRIFT.channels'],
])('the configuration refuses %j', async (routing, message) => {
  const run = await configured(
    {},
    {
      destinations: { ops: { slack_webhook_url: 'https://hooks.slack.com/services/x' } },
      notifications: { COMPLIANCE_DRIFT: routing },
    },
  );
  expect(await run('config', 'check')).toMatchObject({ code: 2, stdout: expect.stringContaining(message) });
});
