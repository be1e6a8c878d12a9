import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { onEachDatabase } from '../../support/databases.ts';
import { newWorld, resultOf, type World } from './world.ts';

onEachDatabase((harness) => {
  it('executes what is due and nothing else, each once, and shows when the next one is', async () => {
    const world = await newWorld(harness);
    const own = await world.comparison('own');
    // OpsDeck's form sets a time of its own, which its sweep must not find.
    await world.comparison('later', { next_run_at: '2026-11-24 05:00:00' });
    await world.comparison('manual', { schedule_type: 'manual' });
    await world.comparison('disabled', { is_enabled: false });
    await world.comparison('archived', { is_archived: true });
    const opsdeck = {
      source_a_type: 'Active Users',
      source_b_type: 'Active Users',
      source_a_config: null,
      source_b_config: null,
    };
    await world.user('ann@x.org');
    const theirs = await world.comparison('theirs', { ...opsdeck, next_run_at: '2026-11-24 06:30:00' });
    await world.comparison('never', { ...opsdeck, next_run_at: null });
    await world.comparison('tomorrow', { ...opsdeck, next_run_at: '2026-11-25 07:00:00' });
    await sql`update opsdeck_jobs.uar_comparison_state set next_run_at = '2026-11-24T08:00:00Z' where comparison_id = ${own + 1}`.execute(
      world.database.db,
    );

    const first = await resultOf(world.run());
    expect(first.reviews.map((one) => [one.comparison_id, one.outcome])).toEqual([
      [theirs, 'completed'],
      [own, 'completed'],
    ]);
    expect(first).toMatchObject({ enabled: 6, next_due_at: '2026-11-24T08:00:00.000Z' });
    const again = await world.run();
    expect(again.outcome).toMatchObject({ status: 'succeeded', exitCode: 0, result: { reviews: [] } });
    expect(await times(world)).toEqual({
      own: [null, '2026-11-25T07:00:00+00:00'],
      later: [null, '2026-11-24T08:00:00+00:00'],
      manual: [null, expect.anything()],
      disabled: [null, expect.anything()],
      archived: [null, expect.anything()],
      theirs: ['2026-11-25T07:00:00', null],
      never: [null, expect.anything()],
      tomorrow: ['2026-11-25T07:00:00', expect.anything()],
    });
  });

  it('a comparison of ours without a time gets its first one, and is not executed before it', async () => {
    const world = await newWorld(harness);
    await world.comparison('hr', {
      schedule_type: 'monthly',
      schedule_config: '{"day_of_month": 31, "hour": 9}',
    });
    await sql`update opsdeck_jobs.uar_comparison_state set next_run_at = null`.execute(world.database.db);
    expect(await resultOf(world.run())).toMatchObject({
      reviews: [],
      next_due_at: '2026-11-30T08:00:00.000Z',
    });
  });

  it('the first execution with an empty side accuses no person and opens no incident, unless it is accepted', async () => {
    const world = await newWorld(harness);
    const accounts = ['ann@x.org:dev', 'bob@x.org:dev'];
    const id = await world.comparison('hr', { auto_create_incidents: true });
    for (const [a, b, side] of [
      [[], accounts, 'A'],
      [accounts, [], 'B'],
    ] as const) {
      await world.sides('hr', a, b);
      expect(await world.now(id)).toMatchObject({
        outcome: 'inconclusive',
        reason: `Source ${side} is empty at the first execution.`,
      });
    }
    expect(await world.findings()).toEqual([]);
    expect(await world.now(id, { 'accept-change': true })).toMatchObject({
      outcome: 'completed',
      new: { high: 2 },
    });
  });

  it('one that fails is recorded and moved to its next time, touches no other, and fails the run', async () => {
    const world = await newWorld(harness);
    const broken = await world.comparison('broken');
    await world.sides('broken', ['ann@x.org:dev,surplus'], []);
    const badly = await world.comparison('badly', { schedule_config: '{"hour": "noon"}' });
    const without = await world.comparison('without', { key_field_a: 'login' });
    const list = await world.comparison('list', { field_mappings: '{"role": "role"}' });
    const query = await world.comparison('query', {
      source_a_type: 'Database Query',
      source_a_config: '{"query": "select 1 / 0 as email"}',
    });
    const fine = await world.comparison('fine');
    await world.sides('fine', ['ann@x.org:dev', 'bob@x.org:dev'], ['bob@x.org:dev']);

    const { outcome, environment } = await world.run();
    expect(outcome).toMatchObject({ status: 'failed', exitCode: 1, fault: { code: 'review_failed' } });
    const result = await resultOf(Promise.resolve({ outcome, environment }));
    expect(result.reviews.map(({ comparison_id: id, outcome: word, reason }) => [id, word, reason])).toEqual([
      [broken, 'inconclusive', expect.stringContaining('line 2')],
      [badly, 'failed', expect.stringContaining('hour is "noon"')],
      [without, 'inconclusive', expect.stringContaining("'login'")],
      [list, 'failed', expect.stringContaining('field_mappings')],
      // On a database of OpsDeck only a role of its own runs queries.
      [
        query,
        'inconclusive',
        expect.stringContaining(world.database.mode === 'attached' ? 'query_role' : 'division by zero'),
      ],
      [fine, 'completed', undefined],
    ]);
    expect(result).toMatchObject({ completed: 1, inconclusive: 3, failed: 2, new: { high: 1 } });
    const { rows } = await sql`
      select e.comparison_id, e.status, left(e.error_message, 12) as message, o.outcome from public.uar_execution e
        join opsdeck_jobs.uar_execution_record o on o.execution_id = e.id where e.comparison_id in (${broken}, ${badly}) order by 1`.execute(
      world.database.db,
    );
    expect(rows).toEqual([
      { comparison_id: broken, status: 'failed', message: 'Inconclusive', outcome: 'inconclusive' },
      { comparison_id: badly, status: 'failed', message: 'The comparis', outcome: 'failed' },
    ]);
    // The next sweep has nothing to do with any of them before tomorrow.
    expect(await resultOf(world.run())).toMatchObject({
      reviews: [],
      next_due_at: '2026-11-25T07:00:00.000Z',
    });
    expect(environment.logged('uar.failed')).toHaveLength(2);
  });

  it('implausible data resolve nothing and accuse no person, until somebody accepts them, who is recorded', async () => {
    const world = await newWorld(harness);
    const id = await world.comparison('hr');
    const many = Array.from({ length: 100 }, (_, n) => `p${n}@x.org:dev`);
    await world.sides('hr', [...many, 'ann@x.org:dev'], many);
    await world.now(id);
    const before = await world.told();
    const tried = async (a: readonly string[], b: readonly string[], params = {}) => {
      await world.sides('hr', a, b);
      const review = await world.now(id, params);
      return [review.outcome, review.reason];
    };
    expect(await tried([], many)).toEqual(['inconclusive', 'Source A is empty, and had 101 rows last time.']);
    expect(await tried(many.slice(0, 40), many)).toEqual([
      'inconclusive',
      expect.stringContaining('Source A has 40 rows'),
    ]);
    const more = [...many, ...Array.from({ length: 60 }, (_, n) => `q${n}@x.org:dev`)];
    expect(await tried(many, more)).toEqual([
      'inconclusive',
      '60 findings are new, more than the 50 that are accepted at once.',
    ]);
    expect(await world.told()).toEqual(before);

    expect(await tried(many, more, { 'accept-change': true })).toEqual(['completed', undefined]);
    const { rows } = await sql`
      select change_accepted_by, new_findings, summary -> 'accepted_changes' as changes from opsdeck_jobs.uar_execution_record
       order by execution_id desc limit 1`.execute(world.database.db);
    expect(rows).toEqual([
      {
        change_accepted_by: 'os:ana@desk',
        new_findings: 60,
        changes: ['60 findings are new, more than the 50 that are accepted at once.'],
      },
    ]);
    // Nothing had to be accepted the next time.
    expect(await tried(many, more, { 'accept-change': true })).toEqual(['completed', undefined]);
    const last =
      await sql`select change_accepted_by from opsdeck_jobs.uar_execution_record order by execution_id desc limit 1`.execute(
        world.database.db,
      );
    expect(last.rows).toEqual([{ change_accepted_by: null }]);
  });

  it('a dry run reports what would be found, and writes nothing, not even a number', async () => {
    const world = await newWorld(harness);
    const id = await world.comparison('hr', {
      auto_create_incidents: true,
      notification_channels: '["email"]',
      notification_recipients: '[{"type": "email", "value": "sec@x.org"}]',
    });
    await world.sides('hr', ['ann@x.org:dev'], ['eve@x.org:dev']);
    const rows = () =>
      sql`select (select count(*)::int from public.uar_execution) as executions, (select count(*)::int from public.uar_finding) as findings,
                 (select count(*)::int from opsdeck_jobs.message) as messages, (select count(*)::int from security_incident) as incidents,
                 (select last_value::int from public.uar_finding_id_seq) as number,
                 (select count(*)::int from opsdeck_jobs.uar_comparison_state where claimed_by is not null) as claims`.execute(
        world.database.db,
      );
    const before = (await rows()).rows;
    const result = await resultOf(world.run({ dryRun: true }));
    expect(result.reviews[0]).toMatchObject({
      comparison_id: id,
      outcome: 'completed',
      execution_id: null,
      incidents: 1,
      messages: 1,
      new: { critical: 1, high: 1 },
      new_findings: [
        { finding_id: null, type: 'Right Only (B)', key: 'eve@x.org' },
        { finding_id: null, type: 'Left Only (A)', key: 'ann@x.org' },
      ],
    });
    expect((await rows()).rows).toEqual(before);
    await world.sides('hr', ['ann@x.org:dev,surplus'], []);
    expect((await world.run({ dryRun: true })).outcome).toMatchObject({
      exitCode: 1,
      fault: { code: 'review_inconclusive' },
    });
    expect((await rows()).rows).toEqual(before);
  });

  it('refuses a comparison that is not there or archived, and an accepted change of none', async () => {
    const world = await newWorld(harness);
    const archived = await world.comparison('old', { is_archived: true });
    const refused = (params: Readonly<Record<string, unknown>>) => world.run({ params });
    await expect(refused({ comparison: 99 })).rejects.toMatchObject({
      code: 'unknown_comparison',
      exitCode: 2,
    });
    await expect(refused({ comparison: archived })).rejects.toMatchObject({
      code: 'archived_comparison',
      exitCode: 2,
    });
    await expect(refused({ 'accept-change': true })).rejects.toMatchObject({
      code: 'comparison_missing',
      exitCode: 2,
    });
  });

  describe('what OpsDeck left', () => {
    it('is taken over once, a false positive with the same data before the newest row, with one summary and one incident', async () => {
      const world = await newWorld(harness, { attached: true });
      const id = await world.comparison('hr', {
        auto_create_incidents: true,
        notification_channels: '["email"]',
        notification_recipients: '[{"type": "email", "value": "sec@x.org"}]',
      });
      await world.sides(
        'hr',
        ['ann@x.org:dev', 'bob@x.org:dev'],
        ['bob@x.org:root', 'eve@x.org:dev', 'sam@x.org:dev', 'zoe@x.org:dev'],
      );
      const [old, failed] = [await execution(world, id, 'completed'), await execution(world, id, 'failed')];
      const theirs = async (
        on: number,
        type: string,
        key: string,
        status: string,
        seen: string,
        role: string | null,
      ) =>
        (
          await world.database.db
            .insertInto('uar_finding')
            .values({
              execution_id: on,
              finding_type: type,
              key_value: key,
              status,
              last_seen_at: seen,
              first_seen_at: '2026-01-01 00:00:00',
              raw_data_a: 'null',
              raw_data_b: role === null ? null : JSON.stringify({ email: key, role }),
            })
            .returning('id')
            .executeTakeFirstOrThrow()
        ).id;
      const right = 'Right Only (B)';
      const falsePositive = await theirs(old, right, 'eve@x.org', 'false_positive', '2026-05-01', 'dev');
      await theirs(old, right, 'eve@x.org', 'open', '2026-06-01', 'dev');
      await theirs(old, right, 'sam@x.org', 'open', '2026-05-01', 'dev');
      const newest = await theirs(old, right, 'sam@x.org', 'acknowledged', '2026-06-01', 'dev');
      await theirs(old, right, 'zoe@x.org', 'false_positive', '2026-05-01', 'root');
      const left = await theirs(failed, right, 'gone@x.org', 'acknowledged', '2026-05-01', null);

      const review = await world.now(id);
      expect(review).toMatchObject({
        outcome: 'completed',
        adopted: true,
        incidents: 1,
        messages: 1,
        false_positives: 1,
        reopened: 1,
      });
      expect(await world.told()).toEqual([
        'Left Only (A) ann@x.org: open',
        'Mismatch bob@x.org: open',
        'Right Only (B) eve@x.org: false_positive',
        'Right Only (B) eve@x.org: resolved',
        'Right Only (B) gone@x.org: resolved',
        'Right Only (B) sam@x.org: resolved',
        'Right Only (B) sam@x.org: acknowledged',
        'Right Only (B) zoe@x.org: open',
      ]);
      const findings = await world.findings();
      expect(findings[3]?.resolution_notes).toContain(`the same as finding ${falsePositive}`);
      expect(findings[4]).toMatchObject({
        id: left,
        resolution_notes: expect.stringContaining('No longer detected'),
      });
      expect(findings[6]?.id).toBe(newest);
      const identities = await sql`
        select first_seen_at::date::text as day from opsdeck_jobs.uar_identity where finding_id = ${newest}`.execute(
        world.database.db,
      );
      expect(identities.rows).toEqual([{ day: '2026-01-01' }]);

      // The next one is like any other.
      await world.sides(
        'hr',
        ['bob@x.org:dev'],
        ['bob@x.org:root', 'eve@x.org:dev', 'new@x.org:dev', 'sam@x.org:dev', 'zoe@x.org:dev'],
      );
      expect(await world.now(id)).toMatchObject({
        adopted: false,
        incidents: 1,
        messages: 1,
        resolved: 1,
        new: { critical: 1 },
      });
    });
  });

  describe('alerts', () => {
    const toSecurity = {
      notification_channels: '["email", "slack", "pigeon"]',
      notification_recipients: JSON.stringify([
        { type: 'email', value: 'sec@x.org' },
        { type: 'role', value: 'admin' },
        { type: 'slack', value: '#access' },
        { type: 'fax', value: '1' },
      ]),
    };

    it('report what is new, once a destination, and nothing when nothing is', async () => {
      const world = await newWorld(harness);
      await world.user('admin@x.org', { role: 'admin' });
      const id = await world.comparison('hr', toSecurity);
      await world.sides('hr', ['ann@x.org:dev'], ['eve@x.org:dev']);
      const first = await world.now(id);
      expect(first).toMatchObject({ messages: 3 });
      const queued = await sql<{
        channel: string;
        destination: string;
        context: { rows: { key: string }[] };
      }>`
        select channel, destination, context from opsdeck_jobs.message order by channel, destination`.execute(
        world.database.db,
      );
      expect(queued.rows.map(({ channel, destination }) => `${channel} ${destination}`)).toEqual([
        'email admin@x.org',
        'email sec@x.org',
        'slack slack:#access',
      ]);
      expect(queued.rows[0]?.context).toMatchObject({
        comparison_name: 'hr',
        findings_count: 2,
        new_count: 2,
        left_only_count: 1,
        right_only_count: 1,
        execution_date: 'Tue 24 Nov 2026 08:00',
        rows: [
          { key: 'eve@x.org', severity: 'critical' },
          { key: 'ann@x.org', severity: 'high' },
        ],
      });
      const sent =
        await sql`select alerts_sent, alerts_sent_at::text as at from public.uar_execution`.execute(
          world.database.db,
        );
      expect(sent.rows).toEqual([{ alerts_sent: true, at: '2026-11-24 07:00:00' }]);
      expect(await world.now(id)).toMatchObject({ messages: 0 });
    });

    it('are sent or not as the comparison has it', async () => {
      const world = await newWorld(harness);
      const cases = {
        'a type that is switched off': [{ alert_on_right_only: false }, 0],
        'fewer findings than the threshold': [{ min_findings_threshold: 2 }, 0],
        'as many as the threshold': [{ min_findings_threshold: 1 }, 1],
        'no recipient': [{ notification_recipients: '[]' }, 0],
        'channels that are JSON null': [{ notification_channels: 'null' }, 0],
      } as const;
      for (const [name, [values]] of Object.entries(cases)) {
        await world.comparison(name, { ...toSecurity, notification_channels: '["email"]', ...values });
        await world.sides(name, ['ann@x.org:dev'], ['ann@x.org:dev', 'eve@x.org:dev']);
      }
      const { reviews } = await resultOf(world.run());
      expect(Object.fromEntries(reviews.map((one) => [one['name'], one['messages']]))).toEqual(
        Object.fromEntries(Object.entries(cases).map(([name, [, messages]]) => [name, messages])),
      );
    });
  });

  it('incidents are for urgent findings that are new: one each as far as the limit, one for the rest, never a second while one is open', async () => {
    const world = await newWorld(harness);
    const id = await world.comparison(
      'hr',
      { auto_create_incidents: true, auto_incident_severity: 'SEV-1' },
      { max_incidents: 2 },
    );
    const four = ['a@x.org:dev', 'b@x.org:dev', 'c@x.org:dev', 'd@x.org:dev'];
    // In the first execution everything is new: one incident for all of them.
    await world.sides('hr', ['m@x.org:dev'], ['m@x.org:dev', 'n@x.org:dev', 'o@x.org:dev']);
    expect(await world.now(id)).toMatchObject({ new: { critical: 2 }, incidents: 1 });
    expect(
      await world.database.db.selectFrom('security_incident').selectAll().executeTakeFirst(),
    ).toMatchObject({
      title: 'Access Violation: 2 findings in hr',
      description: expect.stringContaining('2 findings (2 critical):\n- Right Only (B): n@x.org'),
    });
    await world.database.db.deleteFrom('security_incident').execute();
    await world.sides('hr', ['m@x.org:dev'], [...four, 'm@x.org:root']);
    expect(await world.now(id)).toMatchObject({ new: { critical: 4, medium: 1 }, incidents: 3 });
    const incidents = () =>
      world.database.db.selectFrom('security_incident').selectAll().orderBy('id').execute();
    const [first, second, rest] = await incidents();
    expect(first).toMatchObject({
      title: 'Access Violation: a@x.org',
      status: 'Investigating',
      severity: 'SEV-1',
      impact: 'Moderate',
      data_breach: false,
      external_ref: expect.stringMatching(/^uar-execution-\d+-finding-\d+$/),
      description: expect.stringContaining('Only in B'),
    });
    expect(rest).toMatchObject({
      title: 'Access Violation: 2 findings in hr',
      description: expect.stringContaining('c@x.org'),
    });
    const linked = (await world.findings()).map((one) => one.incident_id).slice(0, 5);
    expect(linked).toEqual([first?.id, second?.id, rest?.id, rest?.id, null]);
    // With a link there, OpsDeck's page of the execution fails.
    expect((await world.findings()).map((one) => one.security_incident_id)).toEqual(Array(7).fill(null));

    // Gone and back while the incident is open, then after it was closed.
    await world.sides('hr', ['m@x.org:dev'], [...four.slice(1), 'm@x.org:root']);
    await world.now(id);
    await world.sides('hr', ['m@x.org:dev'], [...four, 'm@x.org:root']);
    expect(await world.now(id)).toMatchObject({ recurred: 1, incidents: 0 });
    await world.database.db
      .updateTable('security_incident')
      .set({ status: 'Resolved' })
      .where('id', '=', first?.id ?? 0)
      .execute();
    await world.sides('hr', ['m@x.org:dev'], [...four.slice(1), 'm@x.org:root']);
    await world.now(id);
    await world.sides('hr', ['m@x.org:dev'], [...four, 'm@x.org:root']);
    expect(await world.now(id)).toMatchObject({ recurred: 1, incidents: 1 });
    expect((await world.findings())[0]?.incident_id).toBe((await incidents()).at(-1)?.id);
  });
});

async function times(world: World) {
  const { rows } = await sql<{ name: string; theirs: string | null; ours: string | null }>`
    select c.name, to_json(c.next_run_at) as theirs, to_json(o.next_run_at at time zone 'UTC') #>> '{}' || '+00:00' as ours
      from public.uar_comparison c left join opsdeck_jobs.uar_comparison_state o on o.comparison_id = c.id order by c.id`.execute(
    world.database.db,
  );
  return Object.fromEntries(rows.map(({ name, theirs, ours }) => [name, [theirs, ours]]));
}

async function execution(world: World, comparison: number, status: string): Promise<number> {
  const row = { comparison_id: comparison, status, started_at: '2026-06-01 06:00:00' };
  return (
    await world.database.db.insertInto('uar_execution').values(row).returning('id').executeTakeFirstOrThrow()
  ).id;
}
