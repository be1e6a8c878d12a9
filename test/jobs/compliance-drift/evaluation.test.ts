import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { onEachDatabase } from '../../support/databases.ts';
import {
  newWorld,
  type RuleOptions,
  type RunOptions,
  type StoredControl,
  storedControls,
  succeeded,
  type World,
} from './world.ts';

/** What one rule comes to: `status`, with the days and the evidence's date, or with the reason. */
function verdict(control: StoredControl | undefined): string {
  const rule = control?.rules[0];
  if (rule === undefined) return 'no rule';
  const day = rule.evidence === undefined ? '' : ` ${rule.days_since} ${rule.evidence.date}`;
  return `${rule.status}${day}${rule.reason === undefined ? '' : `: ${rule.reason}`}`;
}

interface Expected {
  readonly name: string;
  readonly rule: RuleOptions;
  readonly expected: string;
}

/** Runs once with a control for each case and compares what each rule came to. */
async function expectVerdicts(
  world: World,
  cases: readonly Expected[],
  settings: RunOptions['settings'] = {},
): Promise<void> {
  const framework = await world.framework('Cases');
  for (const one of cases) await world.rule(await world.control(framework, one.name), one.rule);
  const { snapshot_id } = await succeeded(world.run({ settings }));
  const stored = await storedControls(world.database, snapshot_id);
  const got = Object.fromEntries(cases.map(({ name }) => [name, verdict(stored.get(name))]));
  expect(got).toEqual(Object.fromEntries(cases.map(({ name, expected }) => [name, expected])));
}

onEachDatabase((harness) => {
  describe('criteria that cannot be understood make only their own rule unknown', () => {
    it('whatever is wrong with them', async () => {
      const world = await newWorld(harness);
      const activity = await world.activity('Backup test');
      await world.execution(activity, '2026-03-01');
      const good = 'compliant 9 2026-03-01';
      const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
      const activityCase = (name: string, criteria: string | object, expected: string): Expected => ({
        name,
        rule: { criteria },
        expected,
      });
      await expectVerdicts(world, [
        activityCase('good', { method: 'parent_match', value: activity }, good),
        activityCase('default method', { value: activity }, good),
        activityCase('method null', { method: null, value: activity }, good),
        activityCase('id as text', { value: ` ${activity} ` }, good),
        activityCase('id with a fraction of nothing', `{"value": ${activity}.0}`, good),
        activityCase('by name', { activity_name: 'Backup test' }, good),
        activityCase('empty value, so by name', { value: '', activity_name: 'Backup test' }, good),
        activityCase('name of nothing', { activity_name: 'backup test' }, 'non_compliant: no such activity'),
        activityCase('an id of nothing', { value: 999_999 }, 'non_compliant: no such activity'),
        activityCase('not JSON', '{"value": ', 'unknown: criteria is not valid JSON'),
        activityCase('text', 'hello', 'unknown: criteria is not valid JSON'),
        activityCase('single quotes', "{'value': 1}", 'unknown: criteria is not valid JSON'),
        activityCase('NaN', '{"value": NaN}', 'unknown: criteria is not valid JSON'),
        activityCase('a NUL in it', '{"activity_name": "\\u0000"}', 'unknown: criteria is not valid JSON'),
        activityCase(
          'half a surrogate',
          '{"activity_name": "\\ud800"}',
          'unknown: criteria is not valid JSON',
        ),
        activityCase('a number without end', '{"value": 1e999999}', 'unknown: criteria is not valid JSON'),
        activityCase('deep', deep, 'unknown: criteria is not valid JSON'),
        activityCase(
          'huge',
          `{"activity_name": "${'x'.repeat(100_000)}"}`,
          'unknown: criteria is not valid JSON',
        ),
        activityCase('a list', '[1, 2]', 'unknown: criteria is not a JSON object'),
        activityCase('a number', '7', 'unknown: criteria is not a JSON object'),
        activityCase('null', 'null', 'unknown: criteria is not a JSON object'),
        activityCase('a string', '"{}"', 'unknown: criteria is not a JSON object'),
        activityCase(
          'empty',
          '',
          'unknown: criteria name no activity: "value" or "activity_name" is missing',
        ),
        activityCase(
          'blank',
          ' \n\t',
          'unknown: criteria name no activity: "value" or "activity_name" is missing',
        ),
        activityCase(
          'id beyond int4',
          { value: 99_999_999_999 },
          'unknown: criterion "value" is not an id: 99999999999',
        ),
        activityCase('the largest ten digits', { value: 9_999_999_999 }, 'non_compliant: no such activity'),
        activityCase('negative id', { value: -1 }, 'unknown: criterion "value" is not an id: -1'),
        activityCase('half an id', { value: 1.5 }, 'unknown: criterion "value" is not an id: 1.5'),
        activityCase('words for an id', { value: 'seven' }, 'unknown: criterion "value" is not an id: seven'),
        activityCase(
          'SQL for an id',
          { value: '1; drop table framework' },
          'unknown: criterion "value" is not an id: 1; drop table framework',
        ),
        activityCase('true for an id', { value: true }, 'unknown: criterion "value" is not an id: true'),
        activityCase('a list for an id', { value: [1] }, 'unknown: criterion "value" is not an id: [1]'),
        activityCase(
          'number for a name',
          { activity_name: 5 },
          'unknown: criterion "activity_name" is not a text',
        ),
        activityCase(
          'unknown method',
          { method: 'guess', value: activity },
          'unknown: method is not known: guess',
        ),
        activityCase('method of no kind', { method: 5 }, 'unknown: method is not known: 5'),
        {
          name: 'unknown model',
          rule: { model: 'activityexecution', criteria: { value: activity } },
          expected: 'unknown: target model is not known: activityexecution',
        },
        {
          name: 'onboarding by tag',
          rule: { model: 'OnboardingProcess', criteria: { tag: 'IT' } },
          expected: 'unknown: criterion "tag" cannot be evaluated: people have no tags',
        },
        {
          name: 'offboarding by tag',
          rule: { model: 'OffboardingProcess', criteria: { tag: 'IT' } },
          expected: 'unknown: criterion "tag" cannot be evaluated: people have no tags',
        },
        {
          name: 'onboarding, tag empty',
          rule: { model: 'OnboardingProcess', criteria: { tag: '' } },
          expected: 'non_compliant',
        },
        {
          name: 'campaign without tags',
          rule: { model: 'Campaign' },
          expected: 'unknown: criterion "tags" is missing',
        },
        {
          name: 'campaign with no tag',
          rule: { model: 'Campaign', criteria: { tags: [] } },
          expected: 'unknown: criterion "tags" is missing',
        },
        {
          name: 'campaign with a tag for a list',
          rule: { model: 'Campaign', criteria: { tags: 'phishing' } },
          expected: 'unknown: criterion "tags" is not a list of names',
        },
        {
          name: 'campaign with a number for a tag',
          rule: { model: 'Campaign', criteria: { tags: ['a', 3] } },
          expected: 'unknown: criterion "tags" is not a list of names',
        },
        {
          name: 'campaign with a list in the list',
          rule: { model: 'Campaign', criteria: { tags: [['a']] } },
          expected: 'unknown: criterion "tags" is not a list of names',
        },
        {
          name: 'campaign title missing',
          rule: { model: 'Campaign', criteria: { method: 'title_match' } },
          expected: 'unknown: criterion "title_pattern" is missing',
        },
        {
          name: 'maintenance without a type',
          rule: { model: 'MaintenanceLog' },
          expected: 'unknown: criterion "event_type" is missing',
        },
        {
          name: 'plan missing',
          rule: { model: 'BCDRTestLog', criteria: { method: 'plan_match' } },
          expected: 'unknown: criterion "plan_id" is missing',
        },
        {
          name: 'supplier of no kind',
          rule: { model: 'SecurityAssessment', criteria: { supplier_id: 'ACME' } },
          expected: 'unknown: criterion "supplier_id" is not an id: ACME',
        },
        {
          name: 'comparison missing',
          rule: { model: 'UARExecution', criteria: { method: 'comparison_match' } },
          expected: 'unknown: criterion "comparison_id" is missing',
        },
        {
          name: 'comparison name missing',
          rule: { model: 'UARExecution', criteria: { method: 'comparison_name_match' } },
          expected: 'unknown: criterion "comparison_name" is missing',
        },
        {
          name: 'risk ignores its criteria',
          rule: { model: 'RiskAssessment', criteria: { method: 'whatever', supplier_id: 'x' } },
          expected: 'non_compliant',
        },
      ]);
    });
  });

  describe('days are calendar days of the business zone', () => {
    it('up to the frequency compliant, up to the grace period more warning, then non-compliant; numbers may be absurd', async () => {
      const world = await newWorld(harness);
      const cases: Expected[] = [];
      const on = async (name: string, date: string, expected: string, rule: RuleOptions = {}) => {
        const activity = await world.activity();
        await world.execution(activity, date);
        cases.push({ name, rule: { criteria: { value: activity }, ...rule }, expected });
      };
      await on('today', '2026-03-10', 'compliant 0 2026-03-10');
      await on('day 30', '2026-02-08', 'compliant 30 2026-02-08');
      await on('day 31', '2026-02-07', 'warning 31 2026-02-07');
      await on('day 37', '2026-02-01', 'warning 37 2026-02-01');
      await on('day 38', '2026-01-31', 'non_compliant 38 2026-01-31');
      await on('tomorrow does not count', '2026-03-11', 'non_compliant');
      await on('negative frequency', '2026-03-10', 'warning 0 2026-03-10', { frequency: -1 });
      await on('negative grace', '2026-02-07', 'non_compliant 31 2026-02-07', { grace: -40 });
      const largest = 2_147_483_647;
      await on('largest numbers', '1000-01-01', 'compliant 374807 1000-01-01', {
        frequency: largest,
        grace: largest,
      });
      await on('smallest numbers', '2026-03-10', 'non_compliant 0 2026-03-10', {
        frequency: -largest,
        grace: -largest,
      });
      await on('infinitely old', '-infinity', 'non_compliant');
      await on('infinitely late', 'infinity', 'non_compliant');
      await on('before Christ', '0044-03-15 BC', 'non_compliant');
      await expectVerdicts(world, cases);
    });

    const instants = [
      // Just after midnight in Madrid it is still yesterday in UTC, in winter and in summer.
      { now: '2026-01-15T23:30:00Z', at: '2026-01-15 22:59:59', expected: 'compliant 1 2026-01-15' },
      { now: '2026-01-15T23:30:00Z', at: '2026-01-15 23:00:00', expected: 'compliant 0 2026-01-16' },
      { now: '2026-07-15T22:30:00Z', at: '2026-07-15 21:59:59', expected: 'compliant 1 2026-07-15' },
      { now: '2026-07-15T22:30:00Z', at: '2026-07-15 22:00:00', expected: 'compliant 0 2026-07-16' },
      // The short and the long day of the year count as one day each.
      { now: '2026-03-30T06:00:00Z', at: '2026-02-27 23:00:00', expected: 'compliant 30 2026-02-28' },
      { now: '2026-10-26T06:00:00Z', at: '2026-09-25 21:30:00', expected: 'warning 31 2026-09-25' },
      // A leap day.
      { now: '2028-03-30T06:00:00Z', at: '2028-02-29 12:00:00', expected: 'compliant 30 2028-02-29' },
      // Later today counts already, tomorrow does not.
      { now: '2026-03-10T08:00:00Z', at: '2026-03-10 22:59:59', expected: 'compliant 0 2026-03-10' },
      { now: '2026-03-10T08:00:00Z', at: '2026-03-10 23:00:00', expected: 'non_compliant' },
      { now: '2026-03-10T08:00:00Z', at: '-infinity', expected: 'non_compliant' },
      { now: '2026-03-10T08:00:00Z', at: '294276-12-31 23:59:59', expected: 'non_compliant' },
    ];
    it('through changes of the clocks, leap days and midnight', async () => {
      const world = await newWorld(harness);
      const framework = await world.framework('F');
      for (const { at } of instants) {
        const control = await world.control(framework, at);
        await world.rule(control, { model: 'MaintenanceLog', criteria: { event_type: at } });
        const row = { event_type: at, description: '', status: 'Completed', event_date: '2020-01-01' };
        await world.database.db
          .insertInto('maintenance_log')
          .values({ ...row, created_at: at, updated_at: at })
          .execute();
      }
      const got: Record<string, string> = {};
      for (const now of new Set(instants.map((one) => one.now))) {
        world.clock.set(now);
        const { snapshot_id } = await succeeded(world.run());
        const stored = await storedControls(world.database, snapshot_id);
        for (const one of instants) {
          if (one.now === now) got[`${one.at} at ${now}`] = verdict(stored.get(one.at));
        }
      }
      expect(got).toEqual(
        Object.fromEntries(instants.map(({ at, now, expected }) => [`${at} at ${now}`, expected])),
      );
    });

    it('reads stored timestamps in the stored zone, whatever the business zone', async () => {
      const world = await newWorld(harness);
      world.clock.set('2026-01-15T12:00:00Z');
      await sql`insert into risk_assessment (name, status, created_at) values ('R', 'Final', '2026-01-14 23:30:00')`.execute(
        world.database.db,
      );
      await world.rule(await world.control(await world.framework('F'), 'C'), { model: 'RiskAssessment' });
      const dates: Record<string, string | undefined> = {};
      for (const [stored, business] of [
        ['UTC', 'Europe/Madrid'],
        ['Europe/Madrid', 'Europe/Madrid'],
        ['Asia/Tokyo', 'Europe/Madrid'],
        ['UTC', 'Pacific/Kiritimati'],
        ['America/New_York', 'Pacific/Pago_Pago'],
      ] as const) {
        const zones = { stored, business };
        const { snapshot_id } = await succeeded(world.run({ environment: { zones } }));
        const control = (await storedControls(world.database, snapshot_id)).get('C');
        dates[`${stored} in ${business}`] = control?.rules[0]?.evidence?.date;
      }
      expect(dates).toEqual({
        'UTC in Europe/Madrid': '2026-01-15',
        'Europe/Madrid in Europe/Madrid': '2026-01-14',
        'Asia/Tokyo in Europe/Madrid': '2026-01-14',
        'UTC in Pacific/Kiritimati': '2026-01-15',
        'America/New_York in Pacific/Pago_Pago': '2026-01-14',
      });
    });
  });

  it('does not count an execution that failed, was cancelled or is in progress, however that is written', async () => {
    const world = await newWorld(harness);
    const cases: Expected[] = [];
    for (const [status, counts] of [
      ['Completed', true],
      ['Success', true],
      ['Failed', false],
      ['FAILED', false],
      ['failure', false],
      ['Cancelled', false],
      ['canceled', false],
      ['In Progress', false],
      ['in_progress', false],
      ['IN-PROGRESS', false],
      [' inprogress ', false],
    ] as const) {
      const activity = await world.activity();
      await world.execution(activity, '2026-02-20');
      await world.execution(activity, '2026-03-09', status);
      cases.push({
        name: status,
        rule: { criteria: { value: activity } },
        expected: counts ? 'compliant 1 2026-03-09' : 'compliant 18 2026-02-20',
      });
    }
    await expectVerdicts(world, cases);
  });

  it('finds the evidence of every target model and method, passing over what does not count', async () => {
    const world = await newWorld(harness);
    const { db } = world.database;
    for (const statement of [
      `insert into tag (id, name, is_archived) values (1, 'phishing', false), (2, 'Phishing', false), (3, 'other', false)`,
      // Campaign 1 has no processed_at: OpsDeck would sort it before all others.
      `insert into campaign (id, title, subject, body_html, status, created_at, processed_at) values
        (1, 'Old Phishing drill', '', '', 'finished', '2025-01-01', null),
        (2, 'Spring PHISHING 100%', '', '', 'finished', '2026-01-01', '2026-03-01'),
        (3, 'Draft phishing', '', '', 'draft', '2026-03-09', '2026-03-09'),
        (4, 'Other', '', '', 'ongoing', '2026-03-05', null),
        (5, 'Future phishing', '', '', 'ongoing', '2026-03-05', '2026-04-01')`,
      'insert into campaign_tags (campaign_id, tag_id) values (1, 1), (2, 1), (3, 1), (4, 3), (5, 1)',
      `insert into maintenance_log (event_type, description, status, event_date, created_at, updated_at) values
        ('Patch', '', 'Completed', '2026-03-09', '2026-03-02', '2026-03-09'), ('Patch', '', 'Open', '2026-03-09', '2026-03-09', '2026-03-09'),
        ('Clean', '', 'Completed', '2026-01-01', '2026-03-04', '2026-03-04')`,
      `insert into bcdr_plan (id, name) values (1, 'P1'), (2, 'P2')`,
      `insert into bcdr_test_log (plan_id, test_date, status) values
        (1, '2026-03-01', 'Passed'), (1, '2026-03-08', 'Failed'), (2, '2026-03-03', 'Passed'), (2, '2026-04-03', 'Passed')`,
      `insert into onboarding_process (new_hire_name, start_date, status, created_at) values
        ('N', '2026-01-01', 'Pending', '2026-03-06'), ('L', '2026-01-01', 'whatever', '2026-03-08'), ('M', '2026-01-01', 'x', null)`,
      `insert into offboarding_process (user_id, departure_date, created_at) values (1, '2026-01-01', '2026-03-07')`,
      `insert into supplier (id, name, is_archived) values (1, 'S1', false), (2, 'S2', false)`,
      `insert into security_assessment (supplier_id, assessment_date, status) values
        (1, '2026-03-01', 'Approved'), (1, '2026-03-09', 'Rejected'), (1, '2026-03-09', 'pending review'), (1, '2026-03-09', 'PENDING'),
        (1, '2026-03-09', null), (2, '2026-03-02', 'Completed')`,
      `insert into risk_assessment (name, status, created_at) values
        ('A', 'Final', '2026-02-20'), ('B', 'Draft', '2026-03-09'), ('C', 'DRAFT', '2026-03-09'), ('D', null, '2026-03-09')`,
      `insert into uar_comparison (id, name, source_a_type, source_b_type, key_field_a, key_field_b) values
        (1, 'AD', 'a', 'b', 'k', 'k'), (2, 'HR', 'a', 'b', 'k', 'k'), (3, 'HR', 'a', 'b', 'k', 'k')`,
      `insert into uar_execution (comparison_id, status, started_at) values
        (1, 'completed', '2026-03-01'), (1, 'failed', '2026-03-09'), (2, 'completed', '2026-03-04'), (3, 'completed', '2026-03-05'),
        (3, 'completed', null), (3, 'completed', '2026-05-01')`,
    ]) {
      await sql.raw(statement).execute(db);
    }
    const twins = [await world.activity('Twin'), await world.activity('Twin')];
    await world.execution(twins[0] ?? 0, '2026-02-11');
    await world.execution(twins[1] ?? 0, '2026-03-09');
    const of = (name: string, model: string, criteria: object, expected: string): Expected => ({
      name,
      rule: { model, criteria },
      expected,
    });
    await expectVerdicts(
      world,
      [
        of('first of that name', 'ActivityExecution', { activity_name: 'Twin' }, 'compliant 27 2026-02-11'),
        of('tag', 'Campaign', { tags: ['phishing'] }, 'compliant 9 2026-03-01'),
        of('tag in another case', 'Campaign', { tags: ['Phishing'] }, 'non_compliant'),
        of('any of the tags', 'Campaign', { tags: ['none', 'other', 'other'] }, 'compliant 5 2026-03-05'),
        of(
          'processed goes before created',
          'Campaign',
          { tags: ['phishing', 'other'] },
          'compliant 9 2026-03-01',
        ),
        of(
          'title',
          'Campaign',
          { method: 'title_match', title_pattern: 'phishing' },
          'compliant 9 2026-03-01',
        ),
        of(
          'title with wildcards',
          'Campaign',
          { method: 'title_match', title_pattern: 'old%dr_ll' },
          'non_compliant 433 2025-01-01',
        ),
        of(
          'title ending in a backslash',
          'Campaign',
          { method: 'title_match', title_pattern: '100\\' },
          'compliant 9 2026-03-01',
        ),
        of(
          'title of nothing',
          'Campaign',
          { method: 'title_match', title_pattern: 'draft' },
          'non_compliant',
        ),
        of('type', 'MaintenanceLog', { event_type: 'Patch' }, 'compliant 8 2026-03-02'),
        of('any maintenance', 'MaintenanceLog', { method: 'any_completed' }, 'compliant 6 2026-03-04'),
        of('any test', 'BCDRTestLog', {}, 'compliant 7 2026-03-03'),
        of('plan', 'BCDRTestLog', { method: 'plan_match', plan_id: 1 }, 'compliant 9 2026-03-01'),
        of('onboarding', 'OnboardingProcess', {}, 'compliant 4 2026-03-06'),
        of('offboarding', 'OffboardingProcess', {}, 'compliant 3 2026-03-07'),
        of('any assessment', 'SecurityAssessment', {}, 'compliant 8 2026-03-02'),
        of('supplier', 'SecurityAssessment', { supplier_id: 1 }, 'compliant 9 2026-03-01'),
        of('risk', 'RiskAssessment', {}, 'compliant 18 2026-02-20'),
        of('any review', 'UARExecution', {}, 'compliant 5 2026-03-05'),
        of(
          'comparison',
          'UARExecution',
          { method: 'comparison_match', comparison_id: 1 },
          'compliant 9 2026-03-01',
        ),
        of(
          'comparisons of one name',
          'UARExecution',
          { method: 'comparison_name_match', comparison_name: 'HR' },
          'compliant 5 2026-03-05',
        ),
      ],
      { signed_off_evidence_only: false },
    );

    // On an own database a review counts from the day of its execution, once somebody has signed it.
    await sql`
      insert into opsdeck_jobs.uar_sign_off (execution_id, user_id, email, note, at, evidence_hash)
      values (3, 1, 'ana@example.org', 'looked at', '2026-03-08', sha256('x'))`.execute(db);
    const attached = world.database.mode === 'attached';
    const strict = await succeeded(
      world.run(attached ? { settings: { signed_off_evidence_only: true } } : {}),
    );
    const stored = await storedControls(world.database, strict.snapshot_id);
    const reviews = ['any review', 'comparison', 'comparisons of one name'].map((name) =>
      verdict(stored.get(name)),
    );
    expect(reviews).toEqual([
      'compliant 6 2026-03-04',
      'non_compliant: not signed off',
      'compliant 6 2026-03-04',
    ]);
  });

  it('takes the worst of the enabled rules; a link helps only where there is none', async () => {
    const world = await newWorld(harness);
    const framework = await world.framework('F');
    const good = '2026-03-09';
    const late = '2026-02-05';
    const broken = { criteria: '{' };
    const make = async (name: string, applicable = true) => world.control(framework, name, applicable);

    const not = await make('not applicable', false);
    await world.activityRule(not, undefined);
    await world.link(not);
    await make('nothing');
    await world.link(await make('link'));
    const disabled = await make('disabled rule, link');
    await world.activityRule(disabled, good, { enabled: false });
    await world.link(disabled);
    await world.activityRule(await make('rule neither on nor off'), good, { enabled: null });
    const failing = await make('failing rule, link');
    await world.activityRule(failing);
    await world.link(failing);
    const mixed = await make('good and late');
    await world.activityRule(mixed, good);
    await world.activityRule(mixed, late);
    const worst = await make('all four');
    for (const date of [good, late, undefined]) await world.activityRule(worst, date);
    await world.rule(worst, broken);
    const unknown = await make('good and broken, link');
    await world.activityRule(unknown, good);
    await world.rule(unknown, broken);
    await world.link(unknown);
    const lateAndBroken = await make('late and broken');
    await world.activityRule(lateAndBroken, late);
    await world.rule(lateAndBroken, broken);
    await world.activityRule(await make('good'), good);

    const result = await succeeded(world.run());
    const stored = await storedControls(world.database, result.snapshot_id);
    expect(Object.fromEntries([...stored].map(([name, control]) => [name, control.status]))).toEqual({
      'not applicable': 'not_applicable',
      nothing: 'uncovered',
      link: 'manual',
      'disabled rule, link': 'manual',
      'rule neither on nor off': 'uncovered',
      'failing rule, link': 'non_compliant',
      'good and late': 'warning',
      'all four': 'non_compliant',
      'good and broken, link': 'unknown',
      'late and broken': 'warning',
      good: 'compliant',
    });
    expect(result.status).toEqual({
      compliant: 1,
      warning: 2,
      non_compliant: 2,
      manual: 2,
      uncovered: 2,
      not_applicable: 1,
      unknown: 1,
    });
  });
});
