import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import pg from 'pg';
import { expect, it } from 'vitest';
import { waitingWords } from '../../src/cli/actions/setup-go-live.ts';
import { mailPeer } from '../notify/channels/mail-peer.ts';
import { onOpsdeck } from '../support/databases.ts';
import { visit } from '../support/program-database.ts';
import { quickFolder } from '../support/quick-folder.ts';
import { terminalOn } from '../support/served-database.ts';

onOpsdeck((harness) => {
  it('leads from the database of an OpsDeck to messages that leave, and asks before they do', async () => {
    const config = await harness.config({ company: true, migrated: false });
    const terminal = terminalOn(config, await quickFolder('setup-'));
    const peer = await mailPeer({});
    const env = {
      ...terminal.env,
      SMTP_SERVER: 'localhost',
      SMTP_PORT: String(peer.port),
      OPSDECK_JOBS_SMTP_STARTTLS: 'off',
      OPSDECK_JOBS_MAIL_FROM: 'opsdeck@example.org',
    };
    const first = await terminal.run(['setup', '--offline', '--to', 'ana@example.org'], { env });
    expect(first).toMatchObject({ code: 0 });
    for (const part of [
      new RegExp(`revision +${harness.revision}`),
      /Alerts reach \d+ administrators? with an address/,
      /OpsDeck's own jobs[\s\S]*drift +/,
      /The newest row of OpsDeck's journal|OpsDeck's journal is empty/,
      /create role opsdeck_jobs login/,
      /exchange-rates has nothing to look at: it reads from another host/,
      /OpsDeck beside credential-expiry: it mails 30, 14 and 7 days/,
      /Enabled, communications takes over OpsDeck's queue: \d+ due, \d+ older than 72 hours/,
      /compliance-drift: sent to ana@example\.org/,
      /Sending is stopped on every host/,
    ]) {
      expect(first.stdout).toMatch(part);
    }
    expect(peer.mails.length).toBeGreaterThanOrEqual(4);
    expect(first.stdout + first.stderr).not.toMatch(/ {4}at |unexpected/i);
    await visit(config, async (_database, runSql) => {
      await runSql(`
        insert into opsdeck_jobs.message (communication_id, job, event_code, channel, destination, dedupe_key, context, created_at, due_at)
        select 9000 + n, 'uar', 'UAR_FINDINGS', 'email', 'p' || n % 2 || '@example.org', n::text, '{}', now(), now() - interval '41 days'
          from generate_series(1, 3) n`);
    });
    const refused = await terminal.run(['setup', '--go-live']);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('[confirmation_needed]') });
    expect(refused.stdout).toContain('3 messages to 2 people, oldest 41 days.');
    const no = await terminal.run(['setup', '--go-live'], { ask: async () => 'n' });
    expect(no).toMatchObject({ code: 3, stdout: expect.stringContaining('Nothing was changed.') });
    const asked: string[] = [];
    const yes = await terminal.run(['setup', '--go-live'], {
      ask: async (question) => {
        asked.push(question);
        return 'y\n';
      },
    });
    expect(yes).toMatchObject({ code: 0, stdout: expect.stringContaining('Sending is resumed.') });
    expect(asked).toEqual(['Let every host send messages? [y/N] ']);
    const { rows } = await visit(config, ({ db }) =>
      sql<{ stopped: boolean }>`select stopped_at is not null as stopped from opsdeck_jobs.sending`.execute(
        db,
      ),
    );
    expect(rows).toEqual([{ stopped: false }]);
    const enabled = await terminal.run(['enable', 'communications']);
    expect(enabled.stdout).toMatch(/communications takes over OpsDeck's queue: \d+ due/);
  });

  it('uninstall prints SQL that hands the queue back and leaves nothing of ours but rows', async () => {
    const config = await harness.config();
    const folder = await quickFolder('uninstall-');
    const terminal = terminalOn(config, folder);
    const role = `uninstall_${process.pid}`;
    const settings = join(folder, 'settings.json');
    await writeFile(settings, JSON.stringify({ jobs: { uar: { settings: { query_role: role } } } }));
    const stateOf = (where: string) => `
      select count(*)::integer as count from scheduled_communication where ${where}`;
    await visit(config, async (_database, runSql) => {
      await runSql(`
        with c as (
          insert into scheduled_communication (status, scheduled_date, target_type, target_id, channel, retry_count, next_retry_at, created_at)
          select 'pending', current_date, 'asset', n, 'email', 0, '9999-01-01', now() from generate_series(1, 2) n returning id, target_id)
        insert into opsdeck_jobs.message (communication_id, job, event_code, channel, destination, dedupe_key, context, created_at, due_at, origin)
        select id, 'uar', 'X', 'email', 'a@example.org', id::text, '{}', now(), now(), case target_id when 1 then 'job' else 'opsdeck' end from c`);
    });
    await visit(config, async (_database, runSql) => {
      await runSql(`
        insert into opsdeck_jobs.job_run (id, job, trigger, status, started_at, finished_at, runner, params, program_version)
        values (gen_random_uuid(), 'exchange-rates', 'manual', 'succeeded', now() - interval '1 minute', now() + interval '1 minute', 'h:1', '{}', '0')`);
      await runSql(
        `insert into exchange_rate (currency_code, rate, fetched_at) values ('USD', 1, now()), ('GBP', 1, '2020-01-01')`,
      );
      await runSql(
        `insert into notification_event (event_code, name, enabled) values ('COMPLIANCE_DRIFT', 'Drift', true)`,
      );
    });
    const granted = `
      select from pg_class c, aclexplode(c.relacl) a where c.relnamespace = 'public'::regnamespace and a.grantee = '${role}'::regrole
      union all
      select from pg_attribute t, aclexplode(t.attacl) a where a.grantee = '${role}'::regrole
      union all
      select from pg_namespace n, aclexplode(n.nspacl) a where a.grantee = '${role}'::regrole`;
    const { code, stdout } = await terminal.run(['--config', settings, 'uninstall']);
    expect(code).toBe(0);
    expect(stdout).toContain('In exchange_rate 1 row stored while exchange-rates ran');
    expect(stdout).toContain('In notification_event 1 row of events that only opsdeck-jobs has');
    expect(stdout).toContain('In scheduled_communication 1 row by opsdeck-jobs');
    expect(stdout).toContain("Back to OpsDeck's queue: 1 message. Cancelled: 1 message of jobs.");
    if (config.kind !== 'postgres') throw new Error('OpsDeck has PostgreSQL');
    const owner = new pg.Client({ connectionString: config.url });
    await owner.connect();
    try {
      await owner.query(`create role ${role}; grant usage on schema public to ${role}; grant select on subscription to ${role};
        grant update (name), select (id) on "user" to ${role}; grant usage on sequence user_id_seq to ${role}`);
      expect((await owner.query(granted)).rows).toHaveLength(5);
      await owner.query(
        `insert into opsdeck_jobs.retention_hold (table_name, columns, "values", case_reference, added_by, added_at)
         values ('audit_log', '{}', '{}', 'C', 'a', now())`,
      );
      await expect(owner.query(stdout)).rejects.toThrow('legal holds are in force');
      await owner.query('rollback');
      await owner.query(`update opsdeck_jobs.retention_hold set released_by = 'a', released_at = now()`);
      await owner.query(stdout);
      const back = await owner.query(
        stateOf(`status = 'pending' and next_retry_at is null and target_id = 2`),
      );
      const cancelled = await owner.query(stateOf(`status = 'cancelled' and target_id = 1`));
      expect([back.rows, cancelled.rows]).toEqual([[{ count: 1 }], [{ count: 1 }]]);
      const schemas = await owner.query(`select from pg_namespace where nspname = 'opsdeck_jobs'`);
      expect(schemas.rows).toEqual([]);
      expect((await owner.query(granted)).rows).toEqual([]);
    } finally {
      await owner.query(`drop owned by ${role}; drop role ${role}`);
      await owner.end();
    }
  });

  it('a role that may not make a schema gets the SQL that lets it, and nothing is changed', async () => {
    const config = await harness.config({ migrated: false });
    if (config.kind !== 'postgres') throw new Error('OpsDeck has PostgreSQL');
    const role = `setup_${process.pid}`;
    const url = new URL(config.url);
    url.username = role;
    const owner = new pg.Client({ connectionString: config.url });
    await owner.connect();
    try {
      await owner.query(`create role ${role} login`);
      const terminal = terminalOn({ kind: 'postgres', url: url.href }, await quickFolder('setup-'));
      const { code, stdout } = await terminal.run(['setup']);
      expect(stdout).toMatch(new RegExp(`grant create on database \\S+ to ${role};`));
      expect(code).toBe(4);
    } finally {
      await owner.query(`drop role ${role}`);
      await owner.end();
    }
  });
});

const now = new Date('2026-03-12T12:00:00Z');
it.each([
  [{ messages: 0, people: 0, shared: 0, oldest: null, onHold: 2 }, '0 messages of opsdeck-jobs are due.'],
  [
    { messages: 1, people: 1, shared: 0, oldest: new Date('2026-03-12T11:00:00Z'), onHold: 0 },
    '1 message to 1 person, oldest 0 days.',
  ],
  [
    { messages: 22, people: 14, shared: 1, oldest: new Date('2026-01-30T12:00:00Z'), onHold: 0 },
    '22 messages to 14 people and 1 shared destination, oldest 41 days.',
  ],
])('%j is described as %j', (waiting, words) => {
  expect(waitingWords(waiting, now)).toBe(words);
});
