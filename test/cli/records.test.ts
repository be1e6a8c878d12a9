import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { runCommandLine } from '../../bin/command-line.ts';
import { recordKinds } from '../../jobs/records.ts';
import type { OpenDatabase } from '../../src/db/database.ts';
import { inputFiles } from '../import/input-files.ts';
import { catalogJson, control } from '../jobs/compliance-drift/import/oscal/catalogs.ts';
import { type DatabaseHarness, onEachDatabase, onPostgres } from '../support/databases.ts';
import { memoryIo } from '../support/memory-io.ts';

const write = inputFiles();

/** Types commands on a database that is open; the embedded one is that of the process that holds it. */
function typing(
  harness: DatabaseHarness,
  database: OpenDatabase,
  env: Readonly<Record<string, string>> = {},
) {
  const where = harness.configOf(database);
  const io =
    where.kind === 'postgres'
      ? { env: { DATABASE_URL: where.url, TIMEZONE: 'UTC', ...env }, cwd: '/' }
      : { env: { OPSDECK_JOBS_DATA_DIR: where.dataDir, TIMEZONE: 'UTC', ...env }, cwd: '/', held: database };
  return async (...args: readonly string[]) => {
    const memory = memoryIo(io);
    const code = await runCommandLine(args, memory.io);
    return { code, stdout: memory.stdout(), stderr: memory.stderr() };
  };
}

const rows = `
  insert into "user" (name, email, role, is_archived, hide_from_org_chart)
  values ('Ana', 'ana@example.org', 'admin', false, false), ('Ben', 'ben@example.org', 'user', false, false),
         ('Ben', 'ben2@example.org', 'user', false, false), ('Eva', 'eva@example.org', 'user', false, false);
  insert into "group" (name) values ('IT');
  insert into user_groups (user_id, group_id) values (2, 1);
  update "user" set manager_id = 2 where id = 4;
  insert into framework (name, is_custom, is_active) values ('House', true, true), ('Other', true, true);
  insert into framework_control (framework_id, control_id, name, is_applicable)
  values (1, 'A-1', 'One', true), (1, 'A-2', 'Two', true), (2, 'A-1', 'One of the other', true);
  insert into compliance_rule (framework_control_id, name, target_model, criteria, frequency_days, grace_period_days, enabled)
  values (1, 'By name', 'ActivityExecution', '{"activity_name":"Drill"}', 30, 0, true),
         (2, 'By number', 'ActivityExecution', '{"value":1}', 30, 0, true),
         (3, 'Of the other', 'RiskAssessment', '{}', 30, 0, true);
  insert into compliance_link (framework_control_id, linkable_type, linkable_id, description)
  values (1, 'Policy', 1, 'It says so'), (3, 'License', 1, 'The licence');
  insert into security_activity (name) values ('Drill'), ('Idle');
  insert into activity_execution (activity_id, executor_id, execution_date, status) values (1, 4, '2026-01-02', 'success');
  insert into supplier (name, is_archived) values ('ACME', false);
  insert into subscription (name, subscription_type, renewal_date, renewal_period_type, cost, is_archived, supplier_id)
  values ('Cloud', 'SaaS', '2027-01-01', 'yearly', 1, false, 1);
  insert into subscription_users (subscription_id, user_id) values (1, 2);
  insert into license (name, expiry_date, is_archived, subscription_id) values ('IDE', '2027-02-01', false, 1), ('Other', null, false, null);
  insert into credentials (name, type, break_glass, owner_id, owner_type, license_id, created_at, updated_at)
  values ('Root', 'password', true, 1, 'User', 1, now(), now());
  insert into credential_secrets (credential_id, masked_value, created_at, expires_at, is_active) values (1, '***', now(), '2027-03-01', true);
  insert into risk_assessment (name, status, created_at) values ('Yearly', 'Locked', '2026-01-02');
  insert into campaign (title, subject, body_html, status, processed_at) values ('Phishing', 's', '', 'finished', '2026-01-02');
  insert into tag (name, is_archived) values ('awareness', false);
  insert into campaign_tags (campaign_id, tag_id) values (1, 1);
  insert into bcdr_plan (name) values ('Payroll');
  insert into bcdr_test_log (plan_id, test_date, status) values (1, '2026-01-02', 'Passed');
  insert into certificates (name) values ('www');
  insert into certificate_versions (certificate_id, expires_at, is_active) values (1, '2027-04-01', true);
  insert into opsdeck_jobs.alert_hold (item_kind, item_id, expiry_key, until, actor, at) values ('license', 1, '*', '2027-01-01', 'x', now())`;

async function fill(database: OpenDatabase): Promise<void> {
  for (const one of rows.split(';')) await sql.raw(one).execute(database.db);
}

const countOf = async ({ db }: OpenDatabase, query: string) =>
  (await sql<{ n: number }>`select count(*)::int as n from ${sql.raw(query)}`.execute(db)).rows[0]?.n;

onEachDatabase((harness) => {
  it('each kind lists, shows, renames, switches and removes its records, and writes each change to the action log', async () => {
    const database = await harness.fresh();
    await fill(database);
    const type = typing(harness, database);

    const kinds = await type('records', 'list');
    expect(recordKinds.filter(({ plural }) => !kinds.stdout.includes(plural))).toEqual([]);
    const shown = async (kind: string, name: string) => {
      const { stdout } = await type('records', 'show', kind, name, '--json');
      return JSON.parse(stdout);
    };
    const fates = async (kind: string, name: string) =>
      Object.fromEntries(
        (await shown(kind, name)).dependents.map((one: { what: string; rows: number; fate: string }) => [
          one.what,
          `${one.rows} ${one.fate}`,
        ]),
      );
    expect(await fates('framework', 'house')).toEqual({
      rules: '2 removed',
      links: '1 removed',
      controls: '2 removed',
    });
    expect(await fates('activities', 'Drill')).toEqual({
      executions: '1 removed',
      'rules without evidence': '2 stays',
    });
    expect(await fates('license', 'IDE')).toEqual({
      links: '1 removed',
      'snoozes and acknowledgements': '1 removed',
      credentials: '1 loosened',
    });
    expect(await fates('subscription', '1')).toEqual({ users: '1 removed', licences: '1 loosened' });
    expect(await fates('certificate', 'www')).toEqual({ versions: '1 removed' });
    expect(await fates('credential', 'Root')).toEqual({ secrets: '1 removed' });
    expect(await fates('supplier', 'ACME')).toEqual({ subscriptions: '1 loosened' });
    expect(await fates('campaign', 'Phishing')).toEqual({ tags: '1 removed' });
    expect(await fates('person', 'eva@example.org')).toEqual({ executions: '1 evidence' });

    const listed = await type('records', 'list', 'controls', 'a-1', '--framework', 'House', '--json');
    expect(JSON.parse(listed.stdout)).toMatchObject({
      total: 1,
      records: [{ id: 1, name: 'A-1', enabled: true }],
    });
    expect((await type('records', 'list', 'people', 'ben', '--limit', '1')).stdout).toContain(
      '1 of 2 people',
    );

    for (const [args, code] of [
      [['show', 'person', 'Ben'], 'unknown_person'],
      [['show', 'control', 'A-1'], 'ambiguous_control'],
      [['show', 'frameworkz', '1'], 'unknown_kind'],
      [['list', 'people', '--framework', 'House'], 'usage'],
      [['rename', 'framework', 'House', 'OTHER'], 'name_taken'],
      [['rename', 'control', 'A-1', 'a-2', '--framework', 'House'], 'name_taken'],
      [['rename', 'rule', 'By name', ' '], 'invalid_name'],
      [['rename', 'link', '1', 'x'], 'not_renamed'],
      [['disable', 'activity', 'Drill'], 'no_state'],
      [['disable', 'control', '2'], 'reason_missing'],
      [['remove', 'framework', 'House'], 'confirmation_needed'],
      [['remove', 'person', '4', '--yes'], 'record_is_evidence'],
      [['remove', 'framework', '9', '--yes'], 'unknown_framework'],
      [['remove', 'framework', 'House', '--yes', '--as', 'x@example.org'], 'unknown_actor'],
    ] as const) {
      const refused = await type('records', ...args);
      expect({ args, code: refused.code, stderr: refused.stderr }).toEqual({
        ...{ args, code: 2 },
        stderr: expect.stringContaining(`[${code}]`),
      });
    }

    expect((await type('records', 'rename', 'activity', 'Drill', 'Fire drill')).stdout).toBe(
      "Activity 'Drill' (number 1) is named 'Fire drill' now.\n1 rule names it by its new name now.\n",
    );
    expect(await countOf(database, `compliance_rule where criteria like '%Fire drill%'`)).toBe(1);
    await type('records', 'rename', 'control', 'A-2', 'A-9');
    expect(
      await countOf(database, `opsdeck_jobs.catalog_change where from_id = 'A-2' and to_id = 'A-9'`),
    ).toBe(1);
    for (const [kind, name] of [
      ['framework', 'Other'],
      ['rule', 'By name'],
      ['person', 'ben2@example.org'],
      ['subscription', 'Cloud'],
      ['license', 'IDE'],
      ['supplier', 'ACME'],
      ['control', 'A-9'],
    ] as const) {
      const disabled = await type('records', 'disable', kind, name, '--reason', 'not ours');
      expect(disabled.stdout).toContain('is disabled: ');
    }
    expect(
      await countOf(database, `framework_control where soa_justification = 'not ours' and not is_applicable`),
    ).toBe(1);
    expect((await shown('supplier', 'ACME')).record.enabled).toBe(false);
    expect((await type('records', 'disable', 'supplier', 'ACME')).stdout).toContain('is disabled already');
    expect((await type('records', 'enable', 'control', 'A-9')).stdout).toContain(
      'is enabled: it is applicable.',
    );
    expect((await type('records', 'disable', 'person', 'ana@example.org')).stdout).toContain(
      'No active administrator is left',
    );
    await type('records', 'enable', 'person', 'ana@example.org');

    const dry = await type('records', 'remove', 'framework', 'House', '--dry-run');
    expect(dry.stdout).toBe(
      "This would remove the framework 'House' (number 1) with 2 rules, 1 link and 2 controls. Nothing was changed.\n",
    );
    const by = ['--yes', '--reason', 'wrong import', '--as', 'ana@example.org'];
    const gone = await type('records', 'remove', 'framework', 'House', ...by);
    expect(gone.stdout).toBe(
      "Removed the framework 'House' (number 1) with 2 rules, 1 link and 2 controls.\n" +
        'A mail to ana@example.org reports what was recorded in their name.\n',
    );
    expect(await countOf(database, 'framework_control')).toBe(1);
    for (const [kind, name] of [
      ['link', '2'],
      ['rule', 'Of the other'],
      ['control', 'A-1'],
      ['activity', 'Fire drill'],
      ['campaign', 'Phishing'],
      ['recovery-test', 'Payroll'],
      ['risk-assessment', 'Yearly'],
      ['license', 'IDE'],
      ['credential', 'Root'],
      ['certificate', 'www'],
      ['subscription', 'Cloud'],
      ['supplier', 'ACME'],
      ['person', 'ben@example.org'],
    ] as const) {
      const removed = await type('records', 'remove', kind, name, '--yes', '--json');
      expect({ kind, ...removed }).toMatchObject({ code: 0 });
    }
    expect(
      await countOf(
        database,
        `(select from compliance_rule union all select from compliance_link union all select from activity_execution
           union all select from subscription_users union all select from opsdeck_jobs.alert_hold union all select from user_groups
           union all select from "user" where manager_id is not null) gone`,
      ),
    ).toBe(0);
    const { rows: log } = await sql<{ n: number; actions: string; removed: object }>`
      select count(*) filter (where action = 'record.remove')::int as n, string_agg(distinct action, ' ' order by action) as actions,
             max((after -> 'removed')::text) filter (where subject = 'framework:1')::jsonb as removed
        from opsdeck_jobs.action_log`.execute(database.db);
    expect(log[0]).toEqual({
      n: 14,
      actions: 'record.disable record.enable record.remove record.rename',
      removed: { rules: 2, links: 1, controls: 2 },
    });

    // Who decided is never removed.
    const refused = await type('records', 'remove', 'person', 'ana@example.org', '--yes');
    expect(refused.stderr).toContain(
      "The person 'ana@example.org' (number 1) cannot be removed: it is named by 1 decision and 1 message. [record_is_evidence]\n" +
        'Next: Disable it instead: `records disable person 1`.',
    );
  });

  it('a wrong catalog goes whole, drift reports a change of scope, and evidence and rows under a legal hold stay', async () => {
    const database = await harness.fresh();
    const type = typing(harness, database);
    const catalog = await write(catalogJson({ controls: [control('a-1'), control('a-2')] }));
    const people = await write('email,name,role\nana@example.org,Ana,admin\n');
    const done = await write(
      'activity,executor_email,execution_date,status\nDrill,ana@example.org,2026-01-02,success\nTalk,ana@example.org,2026-01-03,success\n',
    );
    const rules = await write(
      'control_id,name,target_model,criteria,frequency_days\nA-1,Drilled,ActivityExecution,"{""activity_name"":""Drill""}",3000\n',
    );
    for (const args of [
      ['oscal', catalog, '--framework', 'House'],
      ['users', people],
      ['activities', done],
      ['rules', rules, '--framework', 'House'],
    ])
      expect((await type('import', ...args)).code).toBe(0);
    const drift = async () => JSON.parse((await type('run-job', 'compliance-drift', '--json')).stdout).result;
    await drift();
    expect(
      await countOf(database, `opsdeck_jobs.drift_snapshot_framework where status ->> 'compliant' = '1'`),
    ).toBe(1);

    const evidence = await type('records', 'remove', 'activity', 'Drill', '--yes');
    expect(evidence.stderr).toContain(
      'it is named by 1 execution that a snapshot names as evidence. [record_is_evidence]',
    );
    const hold = ['legal-hold', 'add', '--table', 'activity_execution', '--case', 'Case 1'];
    await type('retention', ...hold, '--where', 'execution_date=2026-01-03');
    const held = await type('records', 'remove', 'activity', 'Talk', '--yes');
    expect(held).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('legal hold 1 protects rows of activity_execution'),
    });
    await type('retention', 'legal-hold', 'release', '1', '--yes');
    expect((await type('records', 'remove', 'activity', 'Talk', '--yes')).code).toBe(0);

    await type(
      'controls',
      'action',
      'A-2',
      '--cause',
      'x',
      '--action',
      'y',
      '--due',
      '2999-01-01',
      '--as',
      'ana@example.org',
    );
    expect((await type('records', 'remove', 'framework', 'House', '--yes')).stdout).toBe(
      "Removed the framework 'House' (number 1) with 1 rule and 2 controls (kept: 1 snapshot, 1 action and 1 recorded import).\n" +
        'Open actions of removed controls: 1. End each with `controls action-done NUMBER`.\n',
    );
    const ended = await type(
      'controls',
      'action-done',
      '1',
      '--reason',
      'wrong catalog',
      '--as',
      'ana@example.org',
    );
    expect(ended.code).toBe(0);
    expect((await type('import', 'oscal', catalog, '--framework', 'House')).code).toBe(0);
    const after = await drift();
    expect(JSON.stringify(after)).toContain('framework_recreated');
    expect(await countOf(database, `opsdeck_jobs.drift_event where to_status = 'compliant'`)).toBe(0);
    expect(
      await countOf(
        database,
        `opsdeck_jobs.drift_event where control_id = 'A-1' and class = 'coverage_lost'`,
      ),
    ).toBe(1);
    expect((await type('verify', 'drift')).code).toBe(0);
  });
});

onPostgres((harness) => {
  it('of two removals at once one is done and the other ends in a sentence, and what changed since it was shown stays', async () => {
    const database = await harness.fresh();
    await fill(database);
    const type = typing(harness, database);
    const both = await Promise.all(
      [1, 2].map(() => type('records', 'remove', 'framework', 'House', '--yes')),
    );
    expect(both.map(({ code }) => code).sort()).toEqual([0, 2]);
    expect(both.map(({ stderr }) => stderr).join('')).toMatch(/\[(?:removed_meanwhile|unknown_framework)\]/);

    const where = harness.configOf(database);
    const env = where.kind === 'postgres' ? { DATABASE_URL: where.url } : {};
    const memory = memoryIo({
      ...{ env, cwd: '/' },
      ask: async (question) => {
        expect(question).toBe(
          "Remove the framework 'Other' (number 2) with 1 rule, 1 link and 1 control? [y/N] ",
        );
        await sql`insert into framework_control (framework_id, control_id, name, is_applicable) values (2, 'new', 'New', true)`.execute(
          database.db,
        );
        return 'y';
      },
    });
    expect(await runCommandLine(['records', 'remove', 'framework', 'Other'], memory.io)).toBe(2);
    expect(memory.stderr()).toContain(
      'has changed since it was shown; nothing was removed. [changed_meanwhile]',
    );
    expect(await countOf(database, 'framework_control where framework_id = 2')).toBe(2);
  });

  it('on a database of OpsDeck every verb refers to its page', async () => {
    const database = await harness.fresh({ attached: true });
    const type = typing(harness, database, { APP_BASE_URL: 'https://opsdeck.example.org' });
    for (const args of [
      ['list'],
      ['list', 'people'],
      ['show', 'person', '1'],
      ['remove', 'framework', '1', '--yes'],
    ]) {
      const refused = await type('records', ...args);
      expect(refused).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringContaining('[own_database_only]'),
      });
      expect(refused.stderr).toMatch(/in OpsDeck: https:\/\/opsdeck\.example\.org\/(users|frameworks)\./);
    }
    const file = await write('kind,name,performed,status\nonboarding,Cai,2026-01-02,completed\n');
    expect(await type('import', 'evidence', file)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /\[own_database_only\]\nNext: Enter it on OpsDeck's pages: https:\/\/opsdeck\.example\.org\/campaigns, /,
      ),
    });
  });
});
