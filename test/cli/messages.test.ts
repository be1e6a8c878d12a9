import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCommandLine } from '../../bin/command-line.ts';
import { queueRows } from '../jobs/communications/outbox.ts';
import { hasOpenssl, mailPeer, reply, selfSigned } from '../notify/channels/mail-peer.ts';
import { closedPort } from '../notify/channels/peers.ts';
import { onEachDatabase } from '../support/databases.ts';
import { memoryIo } from '../support/memory-io.ts';
import { environmentFor, visit } from '../support/program-database.ts';

const today = new Date().toISOString().slice(0, 10);

function commandLine(env: Readonly<Record<string, string>>) {
  return async (...args: string[]) => {
    const memory = memoryIo({ env, cwd: '/' });
    const code = await runCommandLine(args, memory.io);
    return { code, stdout: memory.stdout(), stderr: memory.stderr() };
  };
}

function mailEnvironment(port: number): Record<string, string> {
  return {
    SMTP_SERVER: 'localhost',
    SMTP_PORT: String(port),
    OPSDECK_JOBS_SMTP_STARTTLS: 'off',
    OPSDECK_JOBS_MAIL_FROM: 'opsdeck@example.org',
  };
}

onEachDatabase((harness) => {
  it('messages shows, renders, decides and sends; list shows what waits for an operator', async () => {
    const config = await harness.config();
    const peer = await mailPeer({});
    const run = commandLine({ ...environmentFor(config), ...mailEnvironment(peer.port) });
    const [held, broken] = await visit(config, (database) =>
      queueRows(
        database,
        [
          {
            subject: 'Old \u001b[31mnews',
            body: '<p>For <b>{{ recipient_name }}</b></p>',
            scheduled: '2026-01-02',
          },
          { body: '{{ broken' },
        ],
        today,
      ),
    );
    // Before anything is sent, what the next run would hold is marked.
    expect(JSON.parse((await run('messages', 'list', '--json')).stdout)).toMatchObject({
      messages: [
        { number: broken, next_held: false },
        { number: held, state: 'queued', subject: 'Old news', next_held: true },
      ],
    });
    expect((await run('messages', 'list')).stdout).toContain('queued (next: on hold)');
    expect(await run('run-job', 'communications', '--json')).toMatchObject({ code: 1 });

    expect((await run('list')).stdout).toContain('Messages: 1 on hold because they are old');
    const checked = await run('list', '--check');
    expect(checked.code).toBe(4);
    expect(checked.stdout).not.toContain('No problem with any job.');
    expect(JSON.parse((await run('list', '--json')).stdout)).toMatchObject({
      messages: { held: 1, unknown: 0 },
    });
    const listed = await run('messages', 'list', '--json');
    expect(JSON.parse(listed.stdout)).toMatchObject({
      schema: 1,
      messages: [
        { number: broken, state: 'failed', code: 'template_error', failures: 1 },
        { number: held, state: 'held', destination: 'ana@example.org', attempts: 0 },
      ],
    });
    const table = await run('messages', 'list', '--state', 'held', '--channel', 'email');
    expect(table.stdout).toMatch(/^NUMBER +STATE +CHANNEL +TO/m);
    expect(table.stdout).not.toContain('broken');
    const csv = await run('messages', 'list', '--state', 'held', '--format', 'csv');
    expect(csv.stdout).toMatch(/^Number,State,Channel,To[^\n]*\r\n\d+,held,email,ana@example\.org,/);
    const md = await run('messages', 'list', '--format', 'md');
    expect(md.stdout).toMatch(/^\| Number \| State \|/m);
    expect(await run('messages', 'list', '--format', 'csv', '--json')).toMatchObject({ code: 2 });

    const text = await run('messages', 'show', String(held), '--rendered');
    expect(text).toMatchObject({ code: 0, stdout: 'Subject: Old news\n\nFor Ana\n' });
    expect((await run('messages', 'show', String(held), '--html')).stdout).toBe('<p>For <b>Ana</b></p>\n');
    expect(await run('messages', 'show', String(broken), '--rendered')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`Message ${broken} cannot be rendered: `),
    });
    expect(peer.mails).toEqual([]);

    const retry = (...options: string[]) => run('messages', 'retry', String(broken), ...options);
    const again = '1 message will be sent at the next run of communications.\n';
    expect(await retry()).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Send 1 message (1 failed) again? There is no terminal to ask at'),
    });
    expect(await retry('--dry-run')).toMatchObject({
      code: 0,
      stdout: 'This would send 1 message (1 failed) again. Nothing was changed.\n',
    });
    expect(await retry('--yes')).toMatchObject({ code: 0, stdout: again });
    await visit(config, ({ db }) =>
      sql`update opsdeck_jobs.message set next_attempt_at = now() + interval '1 hour' where state = 'queued'`.execute(
        db,
      ),
    );
    expect(await retry('--yes')).toMatchObject({
      code: 0,
      stdout: `${again}1 message had been put off until later: now nothing is waited for.\n`,
    });

    expect(await run('messages', 'release')).toMatchObject({ code: 2 });
    expect(
      await run('messages', 'release', '--older-than', '3d', '--as', 'ana@example.org', '--yes'),
    ).toMatchObject({
      code: 0,
      stdout: '1 message will be sent at the next run of communications.\n',
    });
    expect(await run('messages', 'cancel', '--older-than', '3d')).toMatchObject({
      stdout: 'Nothing was cancelled.\n',
    });
    const shown = await run('messages', 'show', String(held));
    expect(shown.stdout).toContain('State: queued');
    expect(shown.stdout).toMatch(/ana@example\.org +release +held/);
    // What a mail has besides its template: that it may be a repeat, and the head of the record.
    await visit(config, ({ db }) =>
      sql`update opsdeck_jobs.message set possible_repeat = true,
                 record_head = (select max(number) from opsdeck_jobs.record_head) where communication_id = ${held}`.execute(
        db,
      ),
    );
    const html = (await run('messages', 'show', String(held), '--html')).stdout;
    expect(html).toMatch(/received this message before[\s\S]*For <b>Ana<\/b>[\s\S]*[0-9a-f]{64}/);
    const rendered = (await run('messages', 'show', String(held), '--rendered')).stdout;
    expect(await run('run-job', 'communications')).toMatchObject({ code: 0 });
    const [mail, ...others] = peer.mails.map(({ parsed }) => parsed);
    expect(others).toEqual([]);
    expect(String(mail?.html).trim()).toBe(html.trim());
    expect(`Subject: ${mail?.subject}\n\n${mail?.text?.trim()}\n`).toBe(rendered);
    expect(await run('destinations', 'list')).toMatchObject({ stdout: 'No destination is failing.\n' });
    expect(await run('destinations', 'enable', 'webhook', '0123')).toMatchObject({ code: 2 });
    await visit(config, ({ db }) => sql`delete from opsdeck_jobs.message`.execute(db));
    expect(await run('messages', 'show', String(held))).toMatchObject({
      stdout: expect.stringContaining('State: sent'),
    });
  });
});

describe('messages test', () => {
  it('sends one mail, and needs no database', async () => {
    const peer = await mailPeer({});
    const run = commandLine({ ...mailEnvironment(peer.port), OPSDECK_JOBS_DATA_DIR: '/nonexistent/data' });
    expect(await run('messages', 'test', '--to', 'ana@example.org')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^localhost:\d+ took the mail to ana@example\.org/),
    });
    expect(peer.mails.map(({ to }) => to)).toEqual([['ana@example.org']]);
  });

  it('a server that is away is exit 6, one that refuses exit 1 with its words', async () => {
    const away = commandLine(mailEnvironment(await closedPort()));
    expect(await away('messages', 'test', '--to', 'ana@example.org')).toMatchObject({ code: 6 });
    const peer = await mailPeer({ onRcptTo: (_to, _session, done) => done(reply(550, 'no such user here')) });
    const refusing = commandLine(mailEnvironment(peer.port));
    expect(await refusing('messages', 'test', '--to', 'ana@example.org', '--json')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('550 no such user here'),
    });
  });

  it.runIf(hasOpenssl())(
    'TLS from the first byte under a private authority: both settings send; the next step names the one that lacks',
    async () => {
      const own = selfSigned('localhost');
      const peer = await mailPeer({ ...own, secure: true });
      const folder = await mkdtemp(join(tmpdir(), 'opsdeck-jobs-ca-'));
      onTestFinished(() => rm(folder, { recursive: true, force: true }));
      const authority = join(folder, 'ca.pem');
      await writeFile(authority, own.cert);
      const { OPSDECK_JOBS_SMTP_STARTTLS: _, ...env } = mailEnvironment(peer.port);
      const implicit = { ...env, OPSDECK_JOBS_MAIL_TLS: 'implicit' };
      const to = ['messages', 'test', '--to', 'ana@example.org'];
      expect(await commandLine(implicit)(...to)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('Next: Set mail.ca_file'),
      });
      const whole = { ...implicit, OPSDECK_JOBS_MAIL_CA_FILE: authority };
      expect(await commandLine(whole)(...to)).toMatchObject({ code: 0 });
      expect(peer.mails).toMatchObject([{ secure: true }]);
    },
  );

  it('writes to no address when delivery is off or redirected, and reports what is not configured', async () => {
    const peer = await mailPeer({});
    const env = mailEnvironment(peer.port);
    const to = ['messages', 'test', '--to', 'ana@example.org'];
    expect(await commandLine({ ...env, OPSDECK_JOBS_DELIVERY: 'off' })(...to)).toMatchObject({ code: 2 });
    const redirect = { ...env, OPSDECK_JOBS_DELIVERY: 'redirect:tester@example.org' };
    expect(await commandLine(redirect)(...to)).toMatchObject({ code: 0 });
    expect(peer.mails.map((mail) => mail.to)).toEqual([['tester@example.org']]);
    expect(await commandLine({})(...to)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('OPSDECK_JOBS_MAIL_FROM'),
    });
    expect(await commandLine(env)('messages', 'test', '--to', 'nobody')).toMatchObject({ code: 2 });
  });
});
