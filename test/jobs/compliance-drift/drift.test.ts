import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { verifyDriftChain } from '../../../jobs/compliance-drift/verify-chain.ts';
import type { OpenDatabase } from '../../../src/db/database.ts';
import { onEachDatabase, onPostgres } from '../../support/databases.ts';
import { newWorld, runDrift, storedControls, succeeded } from './world.ts';

/** Everything that a run writes. */
async function written(database: OpenDatabase) {
  const { rows } = await sql`
    select (select count(*)::int from compliance_audit) as audits,
           (select count(*)::int from opsdeck_jobs.drift_snapshot) as snapshots,
           (select count(*)::int from opsdeck_jobs.drift_snapshot_framework) as frameworks,
           (select count(*)::int from opsdeck_jobs.drift_event) as events,
           (select count(*)::int from opsdeck_jobs.message) as messages,
           (select count(*)::int from scheduled_communication) as communications`.execute(database.db);
  return z.record(z.string(), z.int()).parse(rows[0]);
}

/** A result's changes as `control: from > to class severity cause`. */
function told(result: Awaited<ReturnType<typeof succeeded>>): string[] {
  return result.changes.map(
    (one) =>
      `${one.control_id}: ${one.from} > ${one.to} ${one.class} ${one.severity} ${one.cause}${one.flapping === true ? ' flapping' : ''}`,
  );
}

onEachDatabase((harness) => {
  it('takes the first snapshot as the baseline, in the form that OpsDeck reads, with nothing more and nothing less', async () => {
    const world = await newWorld(harness, { attached: true });
    const framework = await world.framework('ISO "27001"\n\\');
    const empty = await world.framework('Empty');
    await world.framework('Inactive', false);
    const control = await world.control(framework, 'A.5.1');
    await world.activityRule(control, '2026-03-01');
    await world.activityRule(control, '2026-02-28', { enabled: false });
    const unknown = await world.control(framework, 'A.5.2');
    await world.rule(unknown, { criteria: '{' });
    await world.control(framework, 'A.5.3', false);

    const result = await succeeded(world.run({ settings: { unknown_share: 1 } }));
    expect(result).toMatchObject({
      previous_snapshot_id: null,
      baseline: true,
      frameworks: 2,
      controls: 3,
      messages_queued: 0,
      changes: [],
    });

    const row = await world.database.db
      .selectFrom('compliance_audit')
      .selectAll()
      .select(sql<string>`(created_at::timestamptz at time zone 'UTC')::text`.as('created'))
      .where('id', '=', result.snapshot_id ?? 0)
      .executeTakeFirstOrThrow();
    expect(row).toMatchObject({
      name: null,
      status: 'Closed',
      audit_type: 'drift_snapshot',
      framework_id: null,
      created: '2026-03-10 08:00:00',
    });
    const { opsdeck_jobs: ours, ...theirs } = z
      .looseObject({ opsdeck_jobs: z.looseObject({}) })
      .parse(row.snapshot_data);
    const stats = {
      total: 3,
      compliant: 1,
      warning: 0,
      non_compliant: 1,
      manual: 0,
      uncovered: 0,
      not_applicable: 1,
    };
    const none = { total: 0, compliant: 0, non_compliant: 0, not_applicable: 0 };
    expect(theirs).toEqual({
      timestamp: '2026-03-10T09:00:00.000000+01:00',
      frameworks: {
        [framework]: {
          name: 'ISO "27001"\n\\',
          stats,
          controls: {
            [control]: {
              control_id: 'A.5.1',
              name: 'Name of A.5.1',
              status: 'compliant',
              rules_count: 2,
              oldest_evidence_date: '2026-03-01T00:00:00+01:00',
            },
            [unknown]: {
              control_id: 'A.5.2',
              name: 'Name of A.5.2',
              // What its own evaluation makes of criteria that are no JSON; for us it is unknown.
              status: 'non_compliant',
              rules_count: 1,
              oldest_evidence_date: null,
            },
            [unknown + 1]: {
              control_id: 'A.5.3',
              name: 'Name of A.5.3',
              status: 'not_applicable',
              rules_count: 0,
              oldest_evidence_date: null,
            },
          },
        },
        [empty]: { name: 'Empty', stats: { ...stats, ...none }, controls: {} },
      },
    });
    expect(Object.keys(ours)).toEqual(['evaluator_version', 'run_id', 'taken_at', 'controls']);
    const stored = await storedControls(world.database, result.snapshot_id);
    expect([...stored.values()].map((one) => one.status)).toEqual(['compliant', 'unknown', 'not_applicable']);
  });

  it('reports every class of change with its cause, once, worst first', async () => {
    const world = await newWorld(harness);
    const { db } = world.database;
    const f = await world.framework('F');
    const old = '2026-02-20';
    const control = (id: string, applicable = true) => world.control(f, id, applicable);

    const activities: Record<string, number> = {};
    const rules: Record<string, number> = {};
    const ruled = async (id: string, date?: string, options = {}) => {
      const key = await control(id);
      const made = await world.activityRule(key, date, options);
      activities[id] = made.activity;
      rules[id] = made.rule;
      return key;
    };
    await ruled('C-10', old);
    await ruled('C-2', old);
    const warned = await ruled('C-3', old, { grace: 60 });
    await ruled('C-4', '2025-01-01');
    const removed = await ruled('C-5', '2025-01-01');
    await world.link(removed);
    await ruled('C-6', '2026-03-10', { frequency: 90 });
    await world.link(await control('C-7'));
    const added = await control('C-8');
    const na = await control('C-9');
    const gone = await control('C-11');
    const lost = await ruled('C-12', '2026-03-10', { frequency: 90 });
    const demoted = await ruled('C-13', '2026-03-10', { frequency: 90 });
    await world.link(demoted);
    const applicable = await control('C-14', false);
    await ruled('C-15', '2026-03-10', { frequency: 90 });
    const first = await succeeded(world.run());

    world.clock.set('2026-04-13T07:00:00Z');
    await world.execution(activities['C-4'] ?? 0, '2026-04-10');
    await sql`delete from compliance_rule where id = ${rules['C-5'] ?? 0}`.execute(db);
    await sql`update compliance_rule set enabled = false where id in (${rules['C-6'] ?? 0}, ${rules['C-13'] ?? 0})`.execute(
      db,
    );
    await sql`delete from compliance_link where framework_control_id in (select id from framework_control where control_id = 'C-7')`.execute(
      db,
    );
    await world.activityRule(added);
    await sql`update framework_control set is_applicable = not is_applicable where id in (${na}, ${applicable})`.execute(
      db,
    );
    await sql`delete from framework_control where id = ${gone}`.execute(db);
    await control('C-16');
    await sql`update compliance_rule set criteria = 'oops' where framework_control_id = ${lost}`.execute(db);
    await sql`delete from activity_execution where activity_id = ${activities['C-15'] ?? 0}`.execute(db);
    const { outcome, environment } = await world.run();
    expect(outcome.fault).toBeNull();
    const second = await succeeded(Promise.resolve({ outcome, environment }));

    expect(told(second)).toEqual([
      'C-2: compliant > non_compliant regression critical evidence_aged',
      'C-10: compliant > non_compliant regression critical evidence_aged',
      'C-15: compliant > non_compliant regression critical evidence_gone',
      'C-3: compliant > warning regression high evidence_aged',
      'C-5: non_compliant > manual coverage_lost medium rule_removed',
      'C-6: compliant > uncovered coverage_lost medium rule_disabled',
      'C-7: manual > uncovered coverage_lost medium link_removed',
      'C-13: compliant > manual regression medium rule_disabled',
      'C-4: non_compliant > compliant improvement null new_evidence',
      'C-8: uncovered > non_compliant first_measurement null rule_added',
      'C-9: uncovered > not_applicable became_not_applicable null applicability_changed',
      'C-11: uncovered > null control_removed null control_removed',
      'C-12: compliant > unknown evaluation_lost null evaluation_error',
      'C-14: not_applicable > uncovered became_applicable null applicability_changed',
      'C-16: null > uncovered control_added null control_added',
    ]);
    expect(second).toMatchObject({
      previous_snapshot_id: first.snapshot_id,
      baseline: false,
      regressions: { critical: 3, high: 1, medium: 4 },
      improvements: 1,
      first_measurements: 1,
      scope: {
        added: 1,
        removed: 1,
        became_not_applicable: 1,
        became_applicable: 1,
        renumbered: 0,
        requirements_replaced: 0,
      },
      evaluation: { lost: 1, restored: 0 },
      flapping: 0,
      messages_queued: 1,
    });
    expect(environment.logged('drift.regression').map((line) => line['labels.control_id'])).toEqual([
      'C-2',
      'C-10',
      'C-15',
    ]);
    expect(environment.logged('drift.not_evaluated')).toMatchObject([
      { msg: expect.stringContaining('C-12 could not be evaluated: rule ') },
    ]);

    const events = await db
      .selectFrom('opsdeck_jobs.drift_event')
      .selectAll()
      .where('audit_id', '=', second.snapshot_id ?? 0)
      .execute();
    expect(events).toHaveLength(second.changes.length);
    const aged = events.find((event) => event.framework_control_id === warned);
    expect(aged).toMatchObject({
      framework_name: 'F',
      control_id: 'C-3',
      control_name: 'Name of C-3',
      detail: {
        rules: [expect.any(String)],
        before: [{ status: 'compliant', days_since: 18 }],
        after: [{ status: 'warning', days_since: 52, evidence: { date: old } }],
      },
    });
    expect(events.find((event) => event.control_id === 'C-11')).toMatchObject({
      control_name: 'Name of C-11',
      to_status: null,
    });

    // What was reported is not reported again; what was lost comes back and is compared with the last known status.
    const third = await succeeded(world.run());
    expect(told(third)).toEqual([]);
    await sql`update compliance_rule set criteria = '{"value": 424242}' where framework_control_id = ${lost}`.execute(
      db,
    );
    const fourth = await succeeded(world.run());
    expect(told(fourth)).toEqual([
      'C-12: compliant > non_compliant regression critical rule_changed',
      'C-12: unknown > non_compliant evaluation_restored null rule_changed',
    ]);
    const regression = await db
      .selectFrom('opsdeck_jobs.drift_event')
      .select(['from_status', 'detail'])
      .where('audit_id', '=', fourth.snapshot_id ?? 0)
      .where('class', '=', 'regression')
      .executeTakeFirstOrThrow();
    expect(regression).toMatchObject({
      from_status: 'compliant',
      detail: { before: [{ status: 'compliant', evidence: { date: '2026-03-10' } }] },
    });
    expect(await verifyDriftChain(db)).toEqual({
      snapshots: 4,
      removed: 0,
      changesRemoved: 0,
      textOnly: 0,
      findings: [],
      firstBroken: null,
    });
  });

  it('labels a control that changes again and again, within the last eight snapshots', async () => {
    const world = await newWorld(harness);
    const f = await world.framework('F');
    const c = await world.control(f, 'C');
    const { activity } = await world.activityRule(c, '2026-03-01');
    const labels: string[] = [];
    const flip = async (good: boolean) => {
      await sql`delete from activity_execution`.execute(world.database.db);
      if (good) await world.execution(activity, '2026-03-01');
      const result = await succeeded(world.run());
      labels.push(
        `${result.changes.map((one) => one.to)}${result.changes.some((one) => one.flapping) ? '!' : ''} ${result.flapping}`,
      );
    };
    for (const good of [true, false, true, false, false, false, false, false, false, false, true]) {
      await flip(good);
    }
    expect(labels).toEqual([
      ' 0',
      'non_compliant 0',
      'compliant 0',
      'non_compliant! 1',
      ' 0',
      ' 0',
      ' 0',
      ' 0',
      ' 0',
      ' 0',
      // Of the last eight snapshots only the first and this one changed it.
      'compliant 0',
    ]);
  });

  it('passes over a snapshot that was altered, damaged or deleted, and reports it: never a crash, never a silent baseline', async () => {
    const world = await newWorld(harness);
    const { db } = world.database;
    const f = await world.framework('F');
    const other = await world.framework('Other');
    await world.control(other, 'O');
    const { activity } = await world.activityRule(await world.control(f, 'C'), '2026-03-01');
    const good = await succeeded(world.run());
    const ids: number[] = [];
    for (let round = 0; round < 3; round += 1) ids.push((await succeeded(world.run())).snapshot_id ?? 0);
    await sql`update compliance_audit set snapshot_data = '{"frameworks": [1, {"opsdeck_jobs": "\\u0000"}]}' where id = ${ids[0]}`.execute(
      db,
    );
    await sql`update compliance_audit set snapshot_data = null where id = ${ids[1]}`.execute(db);
    await sql`delete from compliance_audit where id = ${ids[2]}`.execute(db);
    await sql`delete from activity_execution where activity_id = ${activity}`.execute(db);

    const { outcome, environment } = await world.run();
    const result = await succeeded(Promise.resolve({ outcome, environment }));
    expect(result).toMatchObject({ previous_snapshot_id: good.snapshot_id, baseline: false });
    expect(told(result)).toEqual(['C: compliant > non_compliant regression critical evidence_gone']);
    expect(environment.logged('drift.snapshot_passed_over')).toMatchObject([
      { 'labels.framework': 'F', 'labels.skipped': 3, level: 40 },
      { 'labels.framework': 'Other', 'labels.skipped': 3 },
    ]);

    await sql`update compliance_audit set snapshot_data = '[]' where snapshot_data is not null`.execute(db);
    const again = await world.run();
    expect(await succeeded(Promise.resolve(again))).toMatchObject({
      baseline: true,
      previous_snapshot_id: null,
    });
    expect(again.environment.logged('drift.snapshot_passed_over')[0]).toMatchObject({
      msg: expect.stringContaining('this run is the baseline'),
    });
    const verification = await verifyDriftChain(db);
    expect(verification.findings.map(({ auditId, problem }) => `${auditId} ${problem}`)).toEqual([
      `${good.snapshot_id} altered`,
      `${ids[0]} altered`,
      `${ids[1]} altered`,
      `${ids[2]} deleted`,
      `${result.snapshot_id} altered`,
    ]);
  });

  it('limits a run to one framework and compares each framework with the snapshot that has it', async () => {
    const world = await newWorld(harness);
    const a = await world.framework('A');
    const b = await world.framework('B');
    const inactive = await world.framework('Old', false);
    await world.activityRule(await world.control(a, 'A-1'), '2026-03-01');
    await world.activityRule(await world.control(b, 'B-1'), '2026-03-01');
    const both = await succeeded(world.run());
    const onlyA = await succeeded(world.run({ framework: a }));
    expect(onlyA).toMatchObject({ frameworks: 1, controls: 1, previous_snapshot_id: both.snapshot_id });
    const c = await world.framework('C');
    await world.control(c, 'C-1');

    world.clock.set('2026-05-01T08:00:00Z');
    const all = await succeeded(world.run());
    expect(all).toMatchObject({ frameworks: 3, previous_snapshot_id: onlyA.snapshot_id, baseline: false });
    expect(told(all)).toEqual([
      'A-1: compliant > non_compliant regression critical evidence_aged',
      'B-1: compliant > non_compliant regression critical evidence_aged',
    ]);
    const compared = await world.database.db
      .selectFrom('opsdeck_jobs.drift_snapshot_framework')
      .select(['framework_id', 'previous_audit_id'])
      .where('audit_id', '=', all.snapshot_id ?? 0)
      .orderBy('framework_id')
      .execute();
    expect(compared).toEqual([
      { framework_id: a, previous_audit_id: onlyA.snapshot_id },
      { framework_id: b, previous_audit_id: both.snapshot_id },
      { framework_id: c, previous_audit_id: null },
    ]);

    const before = await written(world.database);
    await expect(world.run({ framework: 4711 })).rejects.toMatchObject({
      code: 'unknown_framework',
      exitCode: 2,
      next: `The active frameworks are: ${a} (A), ${b} (B), ${c} (C).`,
    });
    await expect(world.run({ framework: inactive })).rejects.toMatchObject({
      code: 'framework_inactive',
      exitCode: 2,
    });
    expect(await written(world.database)).toEqual(before);
  });

  it('fails when there is nothing to evaluate, and stores nothing', async () => {
    const world = await newWorld(harness);
    const none = await world.run();
    expect(none.outcome).toMatchObject({
      status: 'failed',
      fault: { code: 'nothing_to_evaluate', next: expect.stringContaining('import oscal') },
    });
    await world.framework('Empty');
    const empty = await world.run();
    expect(empty.outcome.fault?.code).toBe('nothing_to_evaluate');
    expect(empty.outcome.fault?.next).toContain('has no controls');
    const allowed = await succeeded(world.run({ allowEmpty: true }));
    expect(allowed).toMatchObject({ snapshot_id: null, frameworks: 1, controls: 0, baseline: true });
    expect(await written(world.database)).toEqual({
      audits: 0,
      snapshots: 0,
      frameworks: 0,
      events: 0,
      messages: 0,
      communications: 0,
    });
  });

  it('writes nothing at all in a dry run, and reports what it would', async () => {
    const world = await newWorld(harness);
    const f = await world.framework('F');
    const { activity } = await world.activityRule(await world.control(f, 'C'), '2026-03-01');
    const first = await succeeded(world.run());
    await sql`delete from activity_execution where activity_id = ${activity}`.execute(world.database.db);
    const before = await written(world.database);
    const dry = await succeeded(world.run({ dryRun: true }));
    expect(await written(world.database)).toEqual(before);
    const run = await world.run();
    const wet = await succeeded(Promise.resolve(run));
    expect(dry).toEqual({ ...wet, snapshot_id: null, snapshot_hash: null });
    expect(wet.previous_snapshot_id).toBe(first.snapshot_id);
    expect(run.outcome.messages).toMatchObject([{ channel: 'email', destination: 'ada@example.org' }]);
  });

  it('alerts by level, and once about an evaluation that knows too little', async () => {
    const world = await newWorld(harness);
    const f = await world.framework('F');
    for (let n = 1; n <= 3; n += 1) {
      await world.activityRule(await world.control(f, `C-${n}`), '2026-02-20', { grace: 60 });
    }
    await world.control(f, 'NA', false);
    const broken = await world.rule(await world.control(f, 'C-4'), { criteria: '{' });
    // One of four applicable controls is unknown.
    expect(await succeeded(world.run({ settings: { unknown_share: 0.25 } }))).toMatchObject({
      messages_queued: 0,
    });
    const { outcome } = await world.run();
    expect(outcome.messages.map((one) => one.template)).toEqual([expect.stringContaining('Incomplete')]);

    await sql`delete from compliance_rule where id = ${broken}`.execute(world.database.db);
    world.clock.set('2026-04-13T07:00:00Z');
    const quiet = await succeeded(world.run({ dryRun: true }));
    expect(quiet).toMatchObject({ regressions: { critical: 0, high: 3, medium: 0 }, messages_queued: 0 });
    const asked = await world.run({ settings: { alert_levels: ['critical', 'high'] } });
    expect(asked.outcome.messages).toHaveLength(1);
    const message = await world.database.db
      .selectFrom('opsdeck_jobs.message')
      .select('context')
      .where('run_id', '=', asked.outcome.runId)
      .executeTakeFirstOrThrow();
    expect(message.context).toMatchObject({ total: 3, critical: 0, high: 3 });
  });

  it('leaves nothing behind when it fails after the snapshot was written', async () => {
    const world = await newWorld(harness);
    const { db } = world.database;
    const { activity } = await world.activityRule(
      await world.control(await world.framework('F'), 'C'),
      '2026-03-01',
    );
    await succeeded(world.run());
    await sql`delete from activity_execution where activity_id = ${activity}`.execute(db);
    const before = await written(world.database);
    // The last thing written is the message: where it cannot be, the snapshot and the events must not be either.
    await sql`alter table scheduled_communication add constraint none check (channel <> 'email')`.execute(db);
    const failed = await world.run();
    expect(failed.outcome.status).toBe('failed');
    expect(await written(world.database)).toEqual(before);
    expect(failed.environment.logged('drift.regression')).toEqual([]);
    await sql`alter table scheduled_communication drop constraint none`.execute(db);

    // A run that was declared dead meanwhile.
    await sql`create function declare_dead() returns trigger language plpgsql as $$
      begin update opsdeck_jobs.job_run set status = 'interrupted', finished_at = now() where status = 'running'; return new; end $$`.execute(
      db,
    );
    await sql`create trigger dead after insert on compliance_audit for each row execute function declare_dead()`.execute(
      db,
    );
    const lost = await world.run();
    expect(lost.outcome.status).not.toBe('succeeded');
    expect(await written(world.database)).toEqual(before);
    await sql`drop trigger dead on compliance_audit`.execute(db);
    const result = await succeeded(world.run());
    expect(told(result)).toEqual(['C: compliant > non_compliant regression critical evidence_gone']);
    expect(await written(world.database)).toMatchObject({ snapshots: 2, events: 1, messages: 1 });
  });
});

onPostgres((harness) => {
  describe('two at once', () => {
    it('store one snapshot', async () => {
      const world = await newWorld(harness);
      await world.control(await world.framework('F'), 'C');
      const second = await harness.second(world.database, { clock: world.clock });
      const holder = await harness.second(world.database);
      // Neither can be done before the other has begun: the one that runs waits for a table, the other one is told so.
      const outcomes = await holder.db
        .transaction()
        .execute(async (trx) => {
          await sql`lock table framework_control in access exclusive mode`.execute(trx);
          const both = [world.run(), runDrift(second)];
          await Promise.race(both);
          return both;
        })
        .then((both) => Promise.all(both));
      expect(outcomes.map(({ outcome }) => outcome.status).toSorted()).toEqual(['skipped', 'succeeded']);
      expect(await written(world.database)).toMatchObject({ audits: 1, snapshots: 1, frameworks: 1 });
    });
  });
});
