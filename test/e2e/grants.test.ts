import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { mailPeer } from '../notify/channels/mail-peer.ts';
import { onPostgres } from '../support/databases.ts';
import { worsen } from '../support/many-controls.ts';
import { runProgram, startProgram } from '../support/program.ts';
import { environmentFor, fillCompany, visit } from '../support/program-database.ts';
import { logged } from '../support/program-log.ts';

/** The role of the README, as the README calls it: the search path of a role leads to the schema of its name first. */
const role = 'opsdeck_jobs';

/** The SQL block of the README that begins with the role, word by word. */
async function readmeGrants(): Promise<string> {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  return /```sql\n(create role opsdeck_jobs login;[^`]*)```/.exec(readme)?.[1] ?? '';
}

/** One person, who has no account in B. */
const comparison = `
  insert into uar_comparison (name, source_a_type, source_b_type, source_b_config, key_field_a, key_field_b, schedule_type,
                              is_enabled, is_archived, auto_create_incidents)
  values ('HR', 'Active Users', 'JSON', '{"json_data":[{"email":"ana@example.org"}]}', 'email', 'email', 'manual', true, false, true)`;

onPostgres((harness) => {
  it('the grants of the README are enough for a run with alerts, and let nobody read a password hash', async () => {
    const config = await harness.config('attached');
    const folder = await mkdtemp(join(tmpdir(), 'grants-'));
    await fillCompany(config, 50);
    const statements = (await readmeGrants()).split(';').map((statement) => statement.trim());
    expect(statements.length).toBeGreaterThan(5);
    await visit(config, async (_database, runSql) => {
      for (const statement of statements.filter((one) => one !== '')) await runSql(statement);
    });
    try {
      const env = environmentFor(config);
      const url = new URL(env['DATABASE_URL'] ?? '');
      url.username = role;
      const options = { cwd: tmpdir(), env: { ...env, DATABASE_URL: url.href } };
      expect(await runProgram(['run-job', 'compliance-drift'], options)).toMatchObject({ code: 0 });
      await visit(config, (_database, runSql) => worsen(runSql, 1));
      const worse = await runProgram(['run-job', 'compliance-drift', '--json'], options);
      expect(worse).toMatchObject({ code: 0 });
      expect(JSON.parse(worse.stdout)).toMatchObject({ result: { messages_queued: 1 } });
      await visit(config, (_database, runSql) => runSql(comparison));
      const rates = join(folder, 'rates.csv');
      await writeFile(rates, `Date,USD\n${new Date().toISOString().slice(0, 10)},1.1\n`);
      for (const command of [
        ['list'],
        ['history'],
        ['report', 'drift'],
        ['verify', 'drift'],
        ['pause', 'compliance-drift'],
        ['messages', 'list'],
        ['metrics'],
        ['run-job', 'subscription-renewals', '--allow-empty'],
        ['run-job', 'credential-expiry', '--allow-empty'],
        ['run-job', 'certificate-expiry', '--allow-empty'],
        ['report', 'expiry'],
        ['run-job', 'uar', '--param', 'comparison=1'],
        ['uar', 'resolve', '1', '--note', 'gone'],
        ['uar', 'exception', 'add', '--key', 'x', '--until', '2099-12-31', '--reason', 'service account'],
        ['uar', 'list'],
        ['run-job', 'exchange-rates', '--param', `file=${rates}`],
        ['rates', 'show'],
      ]) {
        expect(await runProgram(command, options)).toMatchObject({ code: 0 });
      }
      const peer = await mailPeer({});
      const mail = {
        SMTP_SERVER: 'localhost',
        SMTP_PORT: String(peer.port),
        OPSDECK_JOBS_SMTP_STARTTLS: 'off',
      };
      const sent = await runProgram(['run-job', 'communications', '--json'], {
        ...options,
        env: { ...options.env, ...mail, OPSDECK_JOBS_MAIL_FROM: 'opsdeck@example.org' },
      });
      expect(sent).toMatchObject({ code: 0 });
      expect(peer.mails).toHaveLength(1);
      const daemon = startProgram(['daemon'], options);
      await logged(daemon, 'daemon.started');
      daemon.child.kill('SIGTERM');
      const stopped = await daemon.ended;
      expect(stopped.code).toBe(0);
      expect(stopped.stdout).not.toMatch(/permission denied|could not/);
      const { rows } = await visit(config, ({ db }) =>
        sql<{ readable: boolean }>`
          select has_column_privilege(${role}, 'public.user', 'password_hash', 'select') as readable`.execute(
          db,
        ),
      );
      expect(rows).toEqual([{ readable: false }]);
    } finally {
      await rm(folder, { recursive: true });
      await visit(config, async (_database, runSql) => {
        await runSql(`drop owned by ${role}`);
        await runSql(`drop role ${role}`);
      });
    }
  });
});
