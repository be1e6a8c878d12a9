import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { z } from 'zod';
import type { DatabaseConfig } from '../../src/config/config.ts';
import { unpacked } from '../jobs/audit-file/archive.ts';
import { mailPeer } from '../notify/channels/mail-peer.ts';
import { onOpsdeck } from '../support/databases.ts';
import { worsen } from '../support/many-controls.ts';
import { runProgram, startProgram } from '../support/program.ts';
import { environmentFor, fillCompany, visit } from '../support/program-database.ts';
import { logged } from '../support/program-log.ts';

/** The role of the manual, as the manual calls it: the search path of a role leads to the schema of its name first. */
const role = 'opsdeck_jobs';
const retentionRole = 'opsdeck_retention';

/** The manual's file, whole: `do` blocks have semicolons of their own, so the server takes it apart. */
const manualGrants = () => readFile(new URL('../../docs/grants.sql', import.meta.url), 'utf8');

/** Who may do what with which table, sequence and column, and with the tables to come. */
async function rightsIn(config: DatabaseConfig): Promise<unknown> {
  const { rows } = await visit(config, ({ db }) =>
    sql`
      select oid::regclass::text as name, relacl::text as rights from pg_class where relacl is not null
       union all
      select attrelid::regclass || '.' || attname, attacl::text from pg_attribute where attacl is not null
       union all
      select 'schema ' || nspname, nspacl::text from pg_namespace
       union all
      select 'default', defaclacl::text from pg_default_acl order by 1`.execute(db),
  );
  return rows;
}

/** One person, who has no account in B. */
const comparison = `
  insert into uar_comparison (name, source_a_type, source_b_type, source_b_config, key_field_a, key_field_b, schedule_type,
                              is_enabled, is_archived, auto_create_incidents)
  values ('HR', 'Active Users', 'JSON', '{"json_data":[{"email":"ana@example.org"}]}', 'email', 'email', 'manual', true, false, true)`;

/** Two rows that are due for each built-in policy of data-retention, and what goes along with a review. */
const old = [
  `insert into audit_log (timestamp, action, entity_type, event_processed)
   select '2020-01-01', 'update', 'Asset', true from generate_series(1, 2)`,
  `insert into scheduled_communication (status, scheduled_date, target_type, target_id, channel, created_at)
   select 'sent', '2020-01-01', 'Asset', 1, 'email', '2020-01-01' from generate_series(1, 2)`,
  `insert into exchange_rate (currency_code, rate, fetched_at) select 'USD', 1, '2020-01-01' from generate_series(1, 2)`,
  `insert into uar_comparison (id, name, source_a_type, source_b_type, key_field_a, key_field_b)
   values (99, 'old', 'x', 'y', 'k', 'k')`,
  `insert into uar_execution (id, comparison_id, status, started_at)
   select 90 + n, 99, 'completed', '2020-01-01' from generate_series(1, 3) n`,
  `insert into uar_finding (id, execution_id, finding_type, key_value, status, last_seen_at)
   values (990, 91, 'Mismatch', 'k', 'resolved', '2020-01-01')`,
  `insert into opsdeck_jobs.uar_execution_record (execution_id, comparison_id, outcome, config, program_version, finished_at)
   values (91, 99, 'completed', '{}', '1', '2020-01-01')`,
  `insert into opsdeck_jobs.uar_identity (identity, comparison_id, finding_type, key_text, finding_id, first_seen_at)
   values (sha256('k'), 99, 'Mismatch', 'k', 990, '2020-01-01')`,
  `insert into opsdeck_jobs.uar_observation
     (execution_id, identity, finding_id, finding_type, severity, key_text, novelty, status)
   values (91, sha256('k'), 990, 'Mismatch', 'low', 'k', 'new', 'resolved')`,
  `insert into compliance_audit (id, status, audit_type, created_at, snapshot_data)
   select 900 + n, 'Planned', 'drift_snapshot', '2020-01-01', '{}' from generate_series(1, 3) n`,
  `insert into opsdeck_jobs.drift_snapshot
     (audit_id, run_id, taken_at, evaluator_version, content_hash, previous_hash, chain_hash)
   select id, gen_random_uuid(), '2020-01-01', 1, sha256('{}'), sha256(id::text::bytea), sha256(('c' || id)::bytea)
     from compliance_audit where id > 900`,
  // As where the rows had their numbers of it.
  ...['uar_comparison', 'uar_execution', 'uar_finding', 'compliance_audit'].map(
    (table) => `select setval('${table}_id_seq', 1000)`,
  ),
];

const builtIn = ['audit_log', 'scheduled_communication', 'exchange_rate', 'uar_execution', 'drift_snapshots'];

/** data-retention by the role that may delete, and by the one that may not. */
async function retainAsItsRole(
  config: DatabaseConfig,
  options: { readonly cwd: string; readonly env: Record<string, string> },
  folder: string,
): Promise<void> {
  await visit(config, async (_database, runSql) => {
    for (const statement of old) await runSql(statement);
  });
  const file = join(folder, 'config.json');
  const archives = join(folder, 'archives');
  await mkdir(archives);
  const policy = { enabled: true, max_share: 1 };
  const settings = {
    archive_dir: archives,
    built_in: Object.fromEntries(builtIn.map((name) => [name, policy])),
  };
  await writeFile(file, JSON.stringify({ jobs: { 'data-retention': { settings } } }));
  const url = new URL(options.env['DATABASE_URL'] ?? '');
  url.username = retentionRole;
  const env = { ...options.env, OPSDECK_JOBS_CONFIG: file };
  const its = { ...options, env: { ...env, OPSDECK_JOBS_RETENTION_DATABASE_URL: url.href } };
  const told = await runProgram(['run-job', 'data-retention', '--json'], its);
  expect(told).toMatchObject({ code: 1, stdout: expect.stringContaining('acceptance_needed') });
  const accept = builtIn.map((name) => `${name}:2`).join(',');
  const run = ['run-job', 'data-retention', '--param', `accept=${accept}`, '--json'];
  const forbidden = await runProgram(run, { ...options, env });
  expect(forbidden).toMatchObject({ code: 2, stdout: expect.stringContaining('permission_denied') });
  const done = await runProgram(run, its);
  expect(done).toMatchObject({ code: 0 });
  const document = z.looseObject({ run_id: z.string() }).parse(JSON.parse(done.stdout));
  expect(document).toMatchObject({
    result: { policies: builtIn.map(() => ({ taken: 2, failed: null })) },
  });
  for (const command of [
    ['verify', 'archives'],
    ['report', 'retention'],
    ['retention', 'restore', document.run_id, '--yes'],
  ])
    expect(await runProgram(command, { ...options, env }), command.join(' ')).toMatchObject({
      code: 0,
      stderr: expect.not.stringContaining('rror'),
    });
}

onOpsdeck((harness) => {
  it('the grants of the manual, which `generate grants` prints for a database, are enough for a run with alerts, and let no role read a password hash', async () => {
    const config = await harness.config();
    const folder = await mkdtemp(join(tmpdir(), 'grants-'));
    await fillCompany(config, 50);
    const env = environmentFor(config);
    const printed = await runProgram(['generate', 'grants'], { cwd: tmpdir(), env });
    expect(printed.code).toBe(0);
    await visit(config, (_database, runSql) => runSql(printed.stdout));
    try {
      // The manual's file gives no right that `generate grants` did not print for this database, and takes none.
      const rights = await rightsIn(config);
      const grants = await manualGrants();
      for (let time = 0; time < 2; time += 1) await visit(config, (_database, runSql) => runSql(grants));
      expect(await rightsIn(config)).toEqual(rights);
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
        ['runs', 'list'],
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
        ['uar', 'resolve', '1', '--reason', 'gone', '--yes'],
        [
          'uar',
          'exception',
          'add',
          '--key',
          'x',
          '--until',
          new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10),
          '--reason',
          'service account',
          '--requester',
          'admin@bench.example',
          '--compensating-control',
          'monitored',
          '--yes',
        ],
        ['uar', 'list'],
        ['run-job', 'exchange-rates', '--param', `file=${rates}`],
        ['rates', 'show'],
      ]) {
        expect(await runProgram(command, options), command.join(' ')).toMatchObject({
          code: 0,
          stderr: expect.not.stringContaining('rror'),
        });
      }
      const archive = join(folder, 'audit.zip');
      const day = new Date().toISOString().slice(0, 10);
      expect(
        await runProgram(
          ['report', 'audit-file', '--framework', '1', '--from', day, '--output', archive],
          options,
        ),
      ).toMatchObject({ code: 0 });
      const cover = (await unpacked(archive)).get('01-cover.json');
      expect(cover).toContain('"06-policies"');
      expect(cover).not.toContain('may not read');
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
      // Its policy of the journal needs a column that 0.6.10 does not have.
      if (harness.revision === '026') await retainAsItsRole(config, options, folder);
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
        for (const one of [retentionRole, role]) {
          await runSql(`drop owned by ${one}`);
          await runSql(`drop role ${one}`);
        }
      });
    }
  });
});
