import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { z } from 'zod';
import { type DoctorOptions, doctor } from '../../src/cli/actions/doctor.ts';
import { mailPeer } from '../notify/channels/mail-peer.ts';
import { onEmbedded, onOpsdeck } from '../support/databases.ts';
import { memoryIo } from '../support/memory-io.ts';
import { visit } from '../support/program-database.ts';
import { startStatementCounter } from '../support/statement-counter.ts';

const documentSchema = z.looseObject({
  problems: z.int(),
  values: z.array(z.object({ name: z.string(), value: z.json(), origin: z.string() })),
  checks: z.array(
    z.object({
      subject: z.string(),
      skipped: z.string().nullable(),
      findings: z.array(z.object({ severity: z.string(), what: z.string(), fix: z.string().nullable() })),
    }),
  ),
});

async function examine(env: Record<string, string>, options: DoctorOptions = {}) {
  const memory = memoryIo({ env: { TIMEZONE: 'Europe/Madrid', ...env } });
  const code = await doctor(memory.io, {}, { json: true, ...options });
  const document = documentSchema.parse(JSON.parse(memory.stdout()));
  const lines = document.checks.flatMap(({ subject, findings }) =>
    findings.map(({ severity, what, fix }) => `${severity}: ${subject}: ${what} ${fix ?? ''}`),
  );
  return { code, document, text: lines.join('\n'), raw: memory.stdout() };
}

/** One fault of each kind that OpsDeck's pages let people make. */
const faults = [
  `insert into compliance_rule (framework_control_id, name, target_model, criteria, frequency_days, grace_period_days, enabled)
   select min(c.id), 'Broken rule', 'BCDRTestLog', '{"method":"plan_match"}', 30, 7, true
     from framework_control c join framework f on f.id = c.framework_id where f.is_active and c.is_applicable`,
  `insert into compliance_rule (framework_control_id, name, target_model, criteria, frequency_days, grace_period_days, enabled)
   select min(c.id), 'Misspelt rule', 'MaintenanceLog', '{"event_type":"Pathcing"}', 30, 7, true
     from framework_control c join framework f on f.id = c.framework_id where f.is_active and c.is_applicable`,
  `insert into uar_comparison (name, source_a_type, source_b_type, source_b_config, key_field_a, key_field_b, is_enabled, is_archived)
   values ('No source', 'Active Users', 'Enterprise Report', '{}', 'email', 'email', true, false)`,
  `update email_template set body_html = '{% if %}' where id = (select template_id from notification_event where event_code = 'LICENSE_EXPIRING')`,
  `update email_template set body_html = '{{ license_nmae }} ends on {{ expiry_date }}' where name = 'Subscription Renewal Notification'`,
  `update notification_event set webhook_url = 'https://10.1.2.3/token-of-the-hook' where event_code = 'CREDENTIAL_EXPIRING'`,
  `update license set user_id = null`,
  `update opsdeck_jobs.sending set stopped_at = now(), stopped_by = 'ana@harbourlane.example', stop_reason = 'setup'`,
  `update "user" set role = 'user'`,
  `insert into audit_log (timestamp, action, entity_type, event_processed) values (now() at time zone 'UTC' + interval '2 hours', 'update', 'Asset', true)`,
];

onOpsdeck((harness) => {
  it('names each fault with what fixes it, in few statements, and changes nothing', async () => {
    const config = await harness.config({ company: true });
    if (config.kind !== 'postgres') throw new Error('OpsDeck has PostgreSQL');
    await visit(config, async (_database, runSql) => {
      for (const fault of faults) {
        const statement =
          harness.revision === '009' ? fault.replace(', event_processed', '').replace(', true)', ')') : fault;
        await runSql(fault.startsWith('insert into audit_log') ? statement : fault);
      }
    });
    const counter = await startStatementCounter(config.url);
    const peer = await mailPeer({});
    try {
      const mail = {
        SMTP_SERVER: 'localhost',
        SMTP_PORT: String(peer.port),
        OPSDECK_JOBS_SMTP_STARTTLS: 'off',
        OPSDECK_JOBS_MAIL_FROM: 'opsdeck@example.org',
      };
      counter.take();
      const { code, text, document, raw } = await examine({ DATABASE_URL: counter.url, ...mail });
      expect(code).toBe(4);
      expect(counter.take()).toBeLessThanOrEqual(12);
      expect(peer.mails).toHaveLength(0);
      for (const part of [
        /problem: compliance-drift: Rule Broken rule \(\d+\) cannot be evaluated: criterion "plan_id" is missing\./,
        /warning: compliance-drift: .*1 enabled rule has no evidence: Misspelt rule/,
        /problem: uar: Comparison No source \(\d+\) cannot be executed: source B: Enterprise reports need/,
        /problem: templates: The template .* cannot be rendered/,
        /warning: templates: The template Subscription Renewal Notification prints what no message of SUBSCRIPTION_RENEWAL has: license_nmae, expiry_date\./,
        /problem: event CREDENTIAL_EXPIRING: The host of the webhook address of event CREDENTIAL_EXPIRING is refused/,
        /warning: subscription-renewals: No active owner with an e-mail address for \d+ subscriptions and licences/,
        /problem: messages: No alert can be sent/,
        /note: messages: Sending is stopped by ana@harbourlane\.example: setup\. Run `opsdeck-jobs setup --go-live`\./,
        /problem: OpsDeck: The newest row of OpsDeck's journal .* is 120 minutes in the future|is 2 hours in the future/,
        /warning: database: The role \w+ is a superuser/,
        new RegExp(`note: OpsDeck: OpsDeck's revision is ${harness.revision}\\.`),
      ]) {
        expect(text).toMatch(part);
      }
      expect(text).not.toContain('could not be checked');
      expect(raw).not.toContain('token-of-the-hook');
      expect(document.values).toContainEqual({
        name: 'SMTP_SERVER',
        value: 'localhost',
        origin: 'environment',
      });
      expect(document.checks.find(({ subject }) => subject === 'email')).toMatchObject({ findings: [] });
    } finally {
      await counter.close();
    }
  });

  it('prints every missing right at once as SQL, for a role that may nothing', async () => {
    const config = await harness.config({ company: true });
    if (config.kind !== 'postgres') throw new Error('OpsDeck has PostgreSQL');
    const role = `doctor_${process.pid}`;
    const url = new URL(config.url);
    url.username = role;
    await visit(config, async (_database, runSql) => {
      await runSql(`create role ${role} login`);
      try {
        const before = await examine({ DATABASE_URL: url.href }, { offline: true });
        expect(before.code).toBe(4);
        const rights = before.document.checks.find(({ subject }) => subject === 'rights')?.findings[0];
        expect(rights?.fix).toContain(`grant usage on schema opsdeck_jobs to ${role};`);
        await runSql((rights?.fix ?? '').replace(/^.*\n/, ''));
        const after = await examine({ DATABASE_URL: url.href }, { offline: true });
        expect(after.document.checks.find(({ subject }) => subject === 'rights')?.findings).toEqual([]);
        expect(after.document.problems).toBe(0);
      } finally {
        await runSql(`drop owned by ${role}; drop role ${role}`);
      }
    });
  });
});

it('without a database answers 6 after all that needs none, and its bundle holds no secret', async () => {
  const folder = await mkdtemp(join(inject('scratch'), 'doctor-'));
  const bundle = join(folder, 'bundle.json');
  const { code, text, document } = await examine(
    {
      DATABASE_URL: 'postgresql://somebody:Hidden-Password@127.0.0.1:1/nothing',
      OPSDECK_JOBS_MAIL_FROM: 'opsdeck@example.org',
      SMTP_SERVER: '127.0.0.1',
      SMTP_PORT: '1',
      EMAIL_PASSWORD: 'Another-Secret',
    },
    { bundle },
  );
  expect(code).toBe(6);
  expect(text).toMatch(/problem: database: .*127\.0\.0\.1:1 is not available/);
  expect(text).toMatch(/problem: email: e-mail does not work: /);
  expect(document.checks.map(({ subject }) => subject)).toContain('configuration');
  const written = await readFile(bundle, 'utf8');
  expect(written).toContain('DATABASE_URL');
  expect(written).not.toMatch(/Hidden-Password|Another-Secret/);
});

it('a wrong configuration is all that is looked at', async () => {
  const { code, text, document } = await examine({ SMTP_PORT: 'abc', TIMEZONE: 'Nowhere/Else' });
  expect(code).toBe(4);
  expect(text).toMatch(/SMTP_PORT.*not a port/);
  expect(text).toMatch(/TIMEZONE/);
  expect(document.checks.map(({ subject }) => subject)).toEqual(['configuration']);
});

onEmbedded((harness) => {
  it('looks at an embedded database', async () => {
    const config = await harness.config();
    if (config.kind !== 'embedded') throw new Error('not embedded');
    const { document, text } = await examine({ OPSDECK_JOBS_DATA_DIR: config.dataDir }, { offline: true });
    expect(document.checks.map(({ subject }) => subject)).toContain('exchange-rates');
    expect(text).not.toContain('could not be checked');
    expect(text).not.toContain('rights:');
    expect(text).toMatch(
      /note: data folder: .*: the database has \d+ MB, \d+ MB are free; every row can be read\./,
    );
  });

  it('names what is damaged in the folder, makes nothing in its place, and prints no stack', async () => {
    const config = await harness.config();
    if (config.kind !== 'embedded') throw new Error('not embedded');
    const { dataDir: whole } = config;
    const wal = async (folder: string) => {
      const pgWal = join(folder, 'pgdata/pg_wal');
      const [segment = ''] = (await readdir(pgWal)).filter((name) => /^[\dA-F]{24}$/.test(name));
      await writeFile(join(pgWal, segment), Buffer.alloc(16 * 1024 * 1024));
    };
    const damages: readonly (readonly [(folder: string) => Promise<void>, RegExp])[] = [
      [(folder) => rm(join(folder, 'pgdata/PG_VERSION')), /pgdata\/PG_VERSION is missing\. Restore/],
      [
        (folder) => writeFile(join(folder, 'pgdata/PG_VERSION'), ''),
        /PG_VERSION" does not contain valid data\./,
      ],
      [(folder) => truncate(join(folder, 'pgdata/global/pg_control'), 100), /pg_control": read 100 of 296\./],
      [wal, /could not locate a valid checkpoint record/],
      [(folder) => writeFile(join(folder, 'claim-900.json'), '{'), /claim-900\.json, .*is damaged\. .*rm \//],
    ];
    for (const [damage, expected] of damages) {
      const folder = join(await mkdtemp(join(inject('scratch'), 'doctor-')), 'data');
      await cp(whole, folder, { recursive: true });
      await damage(folder);
      const bundle = join(folder, '../bundle.json');
      const { code, text, raw } = await examine({ OPSDECK_JOBS_DATA_DIR: folder }, { offline: true, bundle });
      expect(code).toBe(6);
      expect(text).toMatch(/^problem: database: The /m);
      expect(text).toMatch(expected);
      expect(`${raw}${await readFile(bundle, 'utf8')}`).not.toMatch(/ at \w+ \(|Aborted|PGlite/);
    }
  });
});
