import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { reportControl } from '../../../../jobs/compliance-drift/commands/report-control.action.ts';
import { reportSoa } from '../../../../jobs/compliance-drift/commands/report-soa.action.ts';
import { findControl } from '../../../../jobs/compliance-drift/controls/find-control.ts';
import { readControls } from '../../../../jobs/compliance-drift/controls/read-controls.ts';
import { type ControlPeriod, readControlPeriods } from '../../../../jobs/compliance-drift/period/read.ts';
import { byWords } from '../../../../jobs/compliance-drift/rules/evidence-words.sql.ts';
import { evidenceWords } from '../../../../jobs/compliance-drift/rules/evidence-words.ts';
import { hasHidden } from '../../../../src/html/visible-text.ts';
import { onEachDatabase } from '../../../support/databases.ts';
import { ioOn } from '../commands/drift-history.ts';
import { newWorld, succeeded, type World } from '../world.ts';

const zones = { stored: 'UTC', business: 'Europe/Madrid' };
const policy = byWords(evidenceWords, false);

async function testOf({ database }: World, control: string): Promise<ControlPeriod> {
  const found = await findControl(database.db, control, null);
  const [tested] = await readControlPeriods(database.db, [found], {
    first: '2026-01-01',
    last: '2026-03-12',
    today: '2026-03-12',
    from: new Date('2025-12-31T23:00:00Z'),
    to: new Date('2026-03-12T22:59:59Z'),
    zones,
    policy,
  });
  if (tested === undefined) throw new TypeError('The control was not tested.');
  return tested;
}

const shown = ({ rules }: ControlPeriod) =>
  rules.flatMap(({ occurrences }) =>
    occurrences.map(({ due, outcome, evidence }) => `${due} ${outcome} ${evidence?.day ?? '-'}`),
  );

const hostile = '<script>alert(1)</script>\u202e"\'&|`=1+1\n\u0007';

onEachDatabase((harness) => {
  describe('report control', () => {
    it('counts what the evaluation counts, for every kind of evidence, and lists what does not count', async () => {
      const world = await newWorld(harness);
      const { db } = world.database;
      const control = await world.control(await world.framework('ISO'), 'A-1');
      const day = '2026-02-02';
      await world.rule(control, { criteria: { value: await world.activity('Backup') } });
      for (const status of ['success', 'planned']) await world.execution(1, day, status);
      await world.execution(1, '2026-03-13', 'success');
      for (const model of [
        'Campaign',
        'MaintenanceLog',
        'BCDRTestLog',
        'OnboardingProcess',
        'OffboardingProcess',
        'SecurityAssessment',
        'RiskAssessment',
        'UARExecution',
      ]) {
        const criteria =
          model === 'Campaign'
            ? { method: 'title_match', title_pattern: 'phish' }
            : model === 'MaintenanceLog'
              ? { method: 'any_completed' }
              : {};
        await world.rule(control, { model, criteria });
      }
      await sql`insert into bcdr_plan (name) values ('Plan')`.execute(db);
      await sql`insert into supplier (name, is_archived) values ('Supplier', false)`.execute(db);
      await sql`insert into uar_comparison (name, source_a_type, source_b_type, key_field_a, key_field_b) values ('Review', 'JSON', 'JSON', 'id', 'id')`.execute(
        db,
      );
      const at = `${day} 12:00`;
      for (const [done, word] of [
        [true, 'completed'],
        [false, 'aborted'],
      ] as const) {
        await sql`insert into campaign (title, subject, body_html, status, created_at, processed_at) values ('Phishing', '', '', ${word}, ${at}, ${at})`.execute(
          db,
        );
        await sql`insert into maintenance_log (event_type, description, status, event_date, created_at, updated_at) values ('Repair', '', ${word}, '2025-12-24', ${at}, ${at})`.execute(
          db,
        );
        await sql`insert into bcdr_test_log (plan_id, test_date, status) values (1, ${day}, ${word})`.execute(
          db,
        );
        await sql`insert into onboarding_process (new_hire_name, start_date, status, created_at) values ('Nina', ${day}, ${word}, ${at})`.execute(
          db,
        );
        await sql`insert into offboarding_process (user_id, departure_date, status, created_at) values (1, ${day}, ${word}, ${at})`.execute(
          db,
        );
        await sql`insert into security_assessment (assessment_date, status, supplier_id) values (${day}, ${done ? 'Approved' : 'Rejected'}, 1)`.execute(
          db,
        );
        await sql`insert into risk_assessment (name, status, created_at) values ('Risks', ${word}, ${at})`.execute(
          db,
        );
        await sql`insert into uar_execution (comparison_id, status, started_at) values (1, ${done ? 'completed' : 'failed'}, ${at})`.execute(
          db,
        );
      }
      const { rules } = await testOf(world, 'A-1');
      expect(
        rules.map(({ rule, occurrences, notCounted }) => [
          rule.model,
          occurrences.flatMap(({ evidence }) => evidence?.day ?? []),
          notCounted.map(({ standing }) => standing),
        ]),
      ).toEqual(rules.map(({ rule }) => [rule.model, [day], ['not_done']]));
      expect(rules).toHaveLength(9);
      const [repair] =
        rules
          .find(({ rule }) => rule.model === 'MaintenanceLog')
          ?.occurrences.flatMap(({ evidence }) => evidence ?? []) ?? [];
      expect([repair?.detail?.performed, repair?.recordedLater]).toEqual(['2025-12-24', true]);
      const [recovery] =
        rules
          .find(({ rule }) => rule.model === 'BCDRTestLog')
          ?.occurrences.flatMap(({ evidence }) => evidence ?? []) ?? [];
      expect(recovery?.recordedLater).toBe(null);
      const [state] = await readControls(db, {
        now: new Date('2026-03-12T12:00:00Z'),
        zones,
        frameworkId: null,
        policy,
      });
      expect(state?.rule?.evidence?.day).toBe(day);
    });

    it('expects what the limit of each day asks for, and never counts a day without a snapshot', async () => {
      const world = await newWorld(harness);
      const { db } = world.database;
      const control = await world.control(await world.framework('ISO'), 'A-1');
      const { rule, activity } = await world.activityRule(control, '2026-01-20', {
        name: 'Backup',
        frequency: 90,
      });
      await succeeded(world.run());
      await sql`update compliance_rule set frequency_days = 30 where id = ${rule}`.execute(db);
      world.clock.advance(24 * 3600 * 1000);
      await succeeded(world.run());
      const tested = await testOf(world, 'A-1');
      expect(shown(tested)).toEqual(['2026-01-01 late 2026-01-20', '2026-03-10 missing -']);
      expect(tested.rules[0]?.limitChanges).toMatchObject([
        { on: '2026-03-11', before: { frequencyDays: 90 }, after: { frequencyDays: 30 }, after_day: null },
      ]);
      expect([...tested.recorded.days]).toEqual([
        ['compliant', 1],
        ['non_compliant', 1],
      ]);
      expect(tested.recorded.without).toEqual([{ from: '2026-01-01', to: '2026-03-09', days: 68 }]);
      await sql`update compliance_rule set created_at = '2026-02-01 10:00' where id = ${rule}`.execute(db);
      await world.execution(activity, '2026-03-12');
      expect(shown(await testOf(world, 'A-1'))).toEqual([
        'null additional 2026-01-20',
        '2026-03-10 late 2026-03-12',
      ]);
    });

    it('writes every format, and a hostile name changes none of them', async () => {
      const world = await newWorld(harness);
      const { db } = world.database;
      const control = await world.control(await world.framework(hostile), `A-1${hostile}`);
      await sql`update framework_control set soa_justification = ${hostile}`.execute(db);
      await sql`update "user" set name = ${hostile}`.execute(db);
      await world.activityRule(control, '2026-02-01', { name: hostile });
      await world.execution(1, '2026-02-02', hostile.slice(0, 50));
      await world.control(1, 'A-2', false);
      await sql`insert into audit_log (timestamp, user_email, action, entity_type, entity_id, changes) values ('2026-02-03 08:00', ${hostile}, 'update', 'FrameworkControl', 2, '{"is_applicable": {"old": true, "new": false}}')`.execute(
        db,
      );
      await succeeded(world.run());
      for (const format of ['text', 'json', 'csv', 'md', 'html'] as const) {
        const one = await ioOn(harness, world.database);
        const period = { days: '30', from: '2026-01-01', to: '2026-03-10' };
        expect(await reportControl(one.io, {}, String(control), { format, output: '-', ...period })).toBe(0);
        const all = await ioOn(harness, world.database);
        expect(await reportSoa(all.io, {}, { format, output: '-' })).toBe(0);
        for (const text of [one.stdout(), all.stdout()]) {
          expect(text.length).toBeGreaterThan(200);
          if (format === 'json') JSON.parse(text);
          if (format === 'text' || format === 'html')
            expect(['\u202e', '\u0007'].some((one) => text.includes(one))).toBe(false);
          if (format === 'html') {
            expect(text).not.toContain('<script>alert');
            expect([...new Set(text)].filter((each) => each !== '\n' && hasHidden(each))).toEqual([]);
          }
        }
      }
    });
  });

  it('report soa lists a missing justification first, and who changed the applicability', async () => {
    const world = await newWorld(harness);
    const { db } = world.database;
    const framework = await world.framework('ISO');
    const [first] = [await world.control(framework, 'A-1'), await world.control(framework, 'A-2', false)];
    await sql`update framework_control set soa_justification = 'Law' where id = ${first}`.execute(db);
    await sql`insert into audit_log (timestamp, user_email, action, entity_type, entity_id, changes) values ('2026-02-03 08:00', 'ada@example.org', 'update', 'FrameworkControl', ${first}, '{"is_applicable": {"old": false, "new": true}}')`.execute(
      db,
    );
    await succeeded(world.run());
    await succeeded(world.run());
    const { rows } = await sql<{ hash: string }>`
      select encode(chain_hash, 'hex') as hash from opsdeck_jobs.drift_snapshot order by audit_id desc limit 1`.execute(
      db,
    );
    const { io, stdout } = await ioOn(harness, world.database);
    expect(await reportSoa(io, {}, { format: 'csv', output: '-', framework: 'ISO' })).toBe(0);
    expect(stdout().trim().split(/\r?\n/).slice(1)).toEqual([
      'ISO,A-2,Name of A-2,false,,not_applicable,,,,',
      'ISO,A-1,Name of A-1,true,Law,uncovered,,2026-02-03T08:00:00.000Z,ada@example.org,journal',
    ]);
    const page = await ioOn(harness, world.database);
    expect(await reportSoa(page.io, {}, { format: 'html', output: '-', framework: 'ISO' })).toBe(0);
    for (const text of [
      rows[0]?.hash ?? '-',
      'version not recorded',
      'as many as in the snapshot of',
      'Applicability by theme',
    ])
      expect(page.stdout()).toContain(text);
    const one = await ioOn(harness, world.database);
    const period = { days: '30', from: '2026-01-01', to: '2026-03-10' };
    expect(await reportControl(one.io, {}, 'A-1', { ...period, format: 'html', output: '-' })).toBe(0);
    expect(one.stdout()).toContain(rows[0]?.hash ?? '-');
  });
});
