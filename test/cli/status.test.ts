import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { runCommandLine } from '../../bin/command-line.ts';
import type { OpenDatabase } from '../../src/db/database.ts';
import { queueRows } from '../jobs/communications/outbox.ts';
import { onEachDatabase, onPostgres } from '../support/databases.ts';
import { memoryIo } from '../support/memory-io.ts';
import { environmentFor } from '../support/program-database.ts';
import { startStatementCounter } from '../support/statement-counter.ts';

const today = new Date().toISOString().slice(0, 10);

/** Something of every kind that a person must look at. */
async function fillTroubles(database: OpenDatabase): Promise<void> {
  const { db } = database;
  const run = '6f1c0c1e-0000-4000-8000-000000000001';
  await sql`insert into framework (id, name, is_active, is_custom) values (1, 'ISO 27001', true, false)`.execute(
    db,
  );
  await sql`
    insert into opsdeck_jobs.job_run (id, job, status, trigger, started_at, finished_at, runner, program_version, params, result, error_code)
    values (${run}, 'data-retention', 'failed', 'manual', '2026-11-20T10:00:00Z', '2026-11-20T10:00:01Z', 'ops1:1', '1', '{}',
            '{"policies": [{"policy": "audit_log", "due": 120, "accept": "audit_log:120"}, {"policy": "old", "due": 0, "accept": null}]}',
            'acceptance_needed')`.execute(db);
  await sql`
    insert into opsdeck_jobs.drift_snapshot (audit_id, run_id, taken_at, evaluator_version, content_hash, previous_hash, chain_hash)
    values (7, ${run}, '2026-11-21T10:00:00Z', 1, sha256('a'), sha256('b'), sha256('c'))`.execute(db);
  await sql`
    insert into opsdeck_jobs.drift_snapshot_framework (audit_id, framework_id, framework_name, controls, status)
    values (7, 1, 'ISO 27001', 9, '{"compliant": 6, "non_compliant": 2, "warning": 1}')`.execute(db);
  await sql`
    insert into opsdeck_jobs.fx_held (provider, rate_date, base, quote, rate, compared_rate, compared_date, fetched_at, run_id)
    values ('ecb', '2026-11-20', 'EUR', 'TRY', '90', '45', '2026-11-19', '2026-11-20T15:00:00Z', ${run})`.execute(
    db,
  );
  await sql`
    insert into subscription (id, name, subscription_type, renewal_date, renewal_period_type, cost, currency, is_archived)
    values (12, 'Wiki', 'SaaS', '2027-01-01', 'yearly', 10, 'EUR', false), (13, 'Chat', 'SaaS', '2027-01-01', 'yearly', 10, 'EUR', false)`.execute(
    db,
  );
  await sql`
    insert into uar_comparison (id, name, source_a_type, source_b_type, key_field_a, key_field_b, is_enabled, schedule_type, next_run_at)
    values (3, 'Payroll', 'Active Users', 'Active Users', 'email', 'email', true, 'daily', '2026-01-01')`.execute(
    db,
  );
  await sql`insert into uar_execution (id, comparison_id, status, started_at) values (5, 3, 'completed', '2026-11-19')`.execute(
    db,
  );
  await sql`
    insert into uar_finding (execution_id, finding_type, severity, status, first_seen_at)
    values (5, 'Left Only (A)', 'critical', 'open', '2026-11-19 09:00'), (5, 'Left Only (A)', 'low', 'open', '2026-11-18 09:00'),
           (5, 'Left Only (A)', 'high', 'resolved', '2026-11-17 09:00')`.execute(db);
  const [failed] = await queueRows(database, [{ subject: 'News', body: 'News' }], today);
  await sql`update scheduled_communication set status = 'failed' where id = ${failed}`.execute(db);
  await sql`update opsdeck_jobs.sending set stopped_at = now(), stopped_by = 'ana@example.org', stop_reason = 'wrong list'`.execute(
    db,
  );
}

onEachDatabase((harness) => {
  it('status shows what needs a person, worst first, and --check exits 4; with nothing it names what was checked', async () => {
    const database = await harness.fresh();
    const where = environmentFor(harness.configOf(database));
    const io = harness.kind === 'postgres' ? { env: where } : { env: where, held: database };
    const run = async (...args: string[]) => {
      const memory = memoryIo({ ...io, cwd: '/' });
      return {
        code: await runCommandLine(args, memory.io),
        stdout: memory.stdout(),
        stderr: memory.stderr(),
      };
    };
    await sql`
      insert into opsdeck_jobs.runner (id, kind, host, pid, program_version, config_hashes)
      values ('daemon:test', 'daemon', 'ops1', 1, '1', '{}')`.execute(database.db);
    expect(await run('status', '--check')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(
        'Nothing needs a person: 11 jobs, messages, runners and the data of 7 jobs checked.',
      ),
    });

    await fillTroubles(database);
    const found = await run('status', '--check', '--format', 'json');
    expect(found).toMatchObject({ code: 4, stderr: '' });
    const { matters } = JSON.parse(found.stdout);
    expect(
      matters.map((one: Record<string, string>) => [one['severity'], one['about'], one['what'], one['next']]),
    ).toEqual([
      ['critical', 'uar', '2 open findings without a decision', 'uar findings'],
      ['high', 'uar', '1 comparison overdue: Payroll', 'run-job uar'],
      ['high', 'data-retention', 'failing ×1', 'runs show 6f1c0c1e'],
      [
        'high',
        'compliance-drift',
        '3 failing controls in ISO 27001: 2 non-compliant, 1 in warning',
        'controls list --failing',
      ],
      ['high', 'messages', '1 message failed in the last 7 days', 'messages list --state failed'],
      ['high', 'messages', 'sending is stopped by ana@example.org: wrong list', 'messages resume'],
      [
        'medium',
        'data-retention',
        'policy audit_log waits for an acceptance of 120 rows',
        'run-job data-retention --param accept=audit_log:120',
      ],
      ['medium', 'exchange-rates', '1 quarantined rate: TRY', 'rates list --quarantined'],
      [
        'low',
        'subscription-renewals',
        '2 subscriptions without an owner, such as subscription:12',
        'expiry show subscription:12',
      ],
    ]);
    expect(matters[0].since).toBe('2026-11-18T09:00:00.000Z');
    expect(matters[2].since).toBe('2026-11-20T10:00:00.000Z');

    const text = await run('status');
    expect(text.code).toBe(0);
    expect(text.stdout).toContain('9 matters need a person: 11 jobs, ');
    expect(text.stdout).toMatch(/^SEVERITY +ABOUT +WHAT +SINCE +NEXT$/m);
  });
});

onPostgres((harness) => {
  it('status sends at most 7 statements, whatever it finds', async () => {
    const database = await harness.fresh();
    await fillTroubles(database);
    const env = environmentFor(harness.configOf(database));
    const counter = await startStatementCounter(env['DATABASE_URL'] ?? '');
    try {
      const run = async (...args: string[]) => {
        const memory = memoryIo({ env: { ...env, DATABASE_URL: counter.url }, cwd: '/' });
        await runCommandLine(args, memory.io);
        return counter.take();
      };
      await run('list');
      // One statement, and those with which every command opens the database.
      const opening = (await run('destinations', 'list')) - 1;
      expect((await run('status')) - opening).toBeLessThanOrEqual(7);
    } finally {
      await counter.close();
    }
  });
});
