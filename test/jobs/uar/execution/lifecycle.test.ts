import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { listFindings } from '../../../../jobs/uar/desk/findings.sql.ts';
import { findingGauges } from '../../../../jobs/uar/gauges.ts';
import { onEachDatabase } from '../../../support/databases.ts';
import { newWorld, type World } from '../world.ts';

onEachDatabase((harness) => {
  describe('a finding', () => {
    it('keeps its row, its number and the decision of a person, is resolved when it disappears, and reopened when it comes back', async () => {
      const world = await newWorld(harness);
      const ann = await world.user('ann@x.org');
      const id = await world.comparison('hr');
      await world.sides(
        'hr',
        ['ann@x.org:dev', 'bob@x.org:dev', 'cy@x.org:dev'],
        ['bob@x.org:dev', 'cy@x.org:admin', 'eve@x.org:dev'],
      );
      expect(await world.now(id)).toMatchObject({
        outcome: 'completed',
        rows: { a: 3, b: 3 },
        findings: {
          'Left Only (A)': 1,
          'Right Only (B)': 1,
          Mismatch: 1,
          'Duplicate Key (A)': 0,
          'Duplicate Key (B)': 0,
        },
        new: { critical: 1, high: 1, medium: 1, low: 0 },
        resolved: 0,
      });
      const first = await world.findings();
      expect(
        first.map((one) => [one.finding_type, one.key_value, one.status, one.affected_entity_id]),
      ).toEqual([
        ['Left Only (A)', 'ann@x.org', 'open', ann],
        ['Mismatch', 'cy@x.org', 'open', null],
        ['Right Only (B)', 'eve@x.org', 'open', null],
      ]);

      await decide(world, 'cy@x.org', 'acknowledged');
      await decide(world, 'eve@x.org', 'acknowledged');
      await world.sides(
        'hr',
        ['ann@x.org:dev', 'bob@x.org:dev', 'cy@x.org:dev'],
        ['bob@x.org:dev', 'cy@x.org:root'],
      );
      world.clock.set('2026-11-25T07:00:00Z');
      expect(await world.now(id)).toMatchObject({
        outcome: 'completed',
        new: { critical: 0, high: 0, medium: 0 },
        resolved: 1,
      });
      const second = await world.findings();
      expect(second.map(({ id: number, status }) => [number, status])).toEqual(
        first.map(({ id: number }, index) => [number, ['open', 'acknowledged', 'resolved'][index]]),
      );
      expect(second[2]?.resolution_notes).toMatch(
        /^Auto-resolved: No longer detected in execution \d+ on 2026-11-25 07:00 UTC$/,
      );
      expect(second[2]?.resolved_at).toBe('2026-11-25 07:00:00');
      // What is still there moved to the newest execution; what is gone stays where it was seen last.
      expect(second.map((one) => one.execution_id - (first[0]?.execution_id ?? 0))).toEqual([1, 1, 0]);

      await world.sides(
        'hr',
        ['ann@x.org:dev', 'bob@x.org:dev', 'cy@x.org:dev'],
        ['bob@x.org:dev', 'cy@x.org:root', 'eve@x.org:dev'],
      );
      expect(await world.now(id)).toMatchObject({ new: { critical: 1, high: 0 }, recurred: 1, resolved: 0 });
      const third = await world.findings();
      expect(third[2]).toMatchObject({ id: first[2]?.id, status: 'open', resolved_at: null, recurrences: 1 });
      expect(third[2]?.resolution_notes).toMatch(/\nReopened: detected again in execution \d+$/);

      // Resolved by hand while the difference is still there.
      await decide(world, 'eve@x.org', 'resolved');
      await world.now(id);
      expect((await world.findings())[2]).toMatchObject({ status: 'open', recurrences: 2 });
      expect((await world.findings())[2]?.resolution_notes).toMatch(
        /still detected in execution \d+ after it was resolved$/,
      );
    });

    it('that is a false positive stays one, also while it is absent, until the data of its rows change', async () => {
      const world = await newWorld(harness);
      const id = await world.comparison('hr');
      const run = async (role: string | null) => {
        await world.sides(
          'hr',
          ['bob@x.org:dev'],
          ['bob@x.org:dev', ...(role === null ? [] : [`eve@x.org:${role}`])],
        );
        await world.now(id);
        return (await world.told())[0];
      };
      await run('dev');
      await decide(world, 'eve@x.org', 'false_positive');
      expect(await run('dev')).toBe('Right Only (B) eve@x.org: false_positive');
      expect(await run(null)).toBe('Right Only (B) eve@x.org: false_positive');
      expect(await run('dev')).toBe('Right Only (B) eve@x.org: false_positive');
      expect(await run('admin')).toBe('Right Only (B) eve@x.org: open');
      expect((await world.findings())[0]?.resolution_notes).toMatch(
        /Reopened: its data changed since it was marked/,
      );
    });

    it('that is a false positive stays one while only what it shows changes; keys may be inside of objects', async () => {
      const world = await newWorld(harness);
      const list = (...rows: readonly unknown[]) => JSON.stringify({ json_data: rows });
      const account = (at: string, role: string) =>
        list(
          { id: 1, profile: { 'e.mail': 'ann@x.org' }, role: 'dev', login: { at } },
          { id: 2, profile: { 'e.mail': 'eve@x.org' }, role, login: { at } },
          { id: 3, profile: null, role: 'dev', login: { at } },
        );
      const id = await world.comparison(
        'json',
        {
          source_a_type: 'JSON',
          source_a_config: list({ person: { email: 'ann@x.org' }, role: 'dev' }),
          source_b_type: 'JSON',
          source_b_config: account('Monday', 'dev'),
          key_field_a: 'person.email',
          key_field_b: '["profile","e.mail"]',
        },
        { show: ['login.at'] },
      );
      expect(await world.now(id)).toMatchObject({ outcome: 'completed', findings: { Mismatch: 0 } });
      await decide(world, 'eve@x.org', 'false_positive');
      await decide(world, '3', 'false_positive');
      const next = async (at: string, role: string) => {
        await world.database.db
          .updateTable('uar_comparison')
          .set({ source_b_config: account(at, role) })
          .where('id', '=', id)
          .execute();
        await world.now(id);
        return world.told();
      };
      const [label, eve] = ['No Key (B) 3: false_positive', 'Right Only (B) eve@x.org:'];
      expect(await next('Tuesday', 'dev')).toEqual([label, `${eve} false_positive`]);
      const { rows } = await sql<{ description: string; data: string }>`
        select description, raw_data_b::text as data from public.uar_finding where key_value = 'eve@x.org'`.execute(
        world.database.db,
      );
      expect(rows).toEqual([
        {
          description: "Only in B: no row of A has this key. (login.at 'Tuesday')",
          data: expect.stringMatching(/"eve@x.org".*"login.at" : "Tuesday"/),
        },
      ]);
      expect(await next('Tuesday', 'admin')).toEqual([label, `${eve} open`]);
    });

    it('that is excepted is acknowledged by the exception until its last day, and open again on the day after', async () => {
      const world = await newWorld(harness);
      const id = await world.comparison('hr');
      await world.sides(
        'hr',
        ['ann@x.org:dev'],
        ['ann@x.org:dev', 'svc@x.org:root', 'eve@x.org:dev', 'sam@x.org:dev'],
      );
      await except(world, { key: 'svc@x.org', until: '2026-11-25' });
      await except(world, { key: 'eve@x.org', until: '2026-11-23' });
      await except(world, { key: 'sam@x.org', until: '2026-11-25', type: 'Mismatch' });
      await except(world, { key: 'sam@x.org', until: '2026-11-25', comparison: id + 1 });
      expect(await world.now(id)).toMatchObject({ new: { critical: 2 }, excepted: 1 });
      expect(await world.told()).toEqual([
        'Right Only (B) eve@x.org: open',
        'Right Only (B) sam@x.org: open',
        'Right Only (B) svc@x.org: acknowledged',
      ]);
      expect((await world.findings())[2]?.resolution_notes).toMatch(
        /^Excepted until 2026-11-25 \(exception \d+\): break glass$/,
      );
      // 23:30 in Madrid is still the last day.
      world.clock.set('2026-11-25T22:30:00Z');
      expect(await world.now(id)).toMatchObject({ new: { critical: 0 }, excepted: 1 });
      world.clock.set('2026-11-25T23:00:00Z');
      expect(await world.now(id)).toMatchObject({ new: { critical: 1 }, reopened: 1, excepted: 0 });
      expect((await world.told())[2]).toBe('Right Only (B) svc@x.org: open');
      // Acknowledged by a person, it stays so whatever the exceptions.
      await decide(world, 'svc@x.org', 'acknowledged');
      await world.now(id);
      expect((await world.told())[2]).toBe('Right Only (B) svc@x.org: acknowledged');
    });

    it('with an exception has its end announced 14 days and 1 day before, once, to who asked and who approved', async () => {
      const world = await newWorld(harness);
      await world.comparison('hr');
      await world.user('root@x.org', { role: 'admin' });
      const [, ana] = [await world.user('ben@x.org'), await world.user('ana@x.org')];
      await except(world, { key: 'svc@x.org', until: '2026-12-20', requester: 'Ben@x.org' });
      await except(world, { key: 'old@x.org', until: '2026-12-20', requester: 'Ben@x.org' });
      await except(world, { key: 'far@x.org', until: '2027-06-30', requester: 'ben@x.org' });
      const { db } = world.database;
      const mails = async () => {
        const { rows } = await sql<{ line: string }>`
          select destination || ': ' || (context ->> 'what') as line from opsdeck_jobs.message
           where event_code = 'UAR_EXCEPTION_ENDS' order by destination, communication_id`.execute(db);
        return rows.map(({ line }) => line);
      };
      const at = async (instant: string) => {
        world.clock.set(instant);
        await Promise.all([world.run(), world.run()]);
        await world.run();
        return mails();
      };
      expect(await at('2026-12-05T22:59:00Z')).toEqual([]);
      const first = ['ana@x.org', 'ben@x.org'].map(
        (address) => `${address}: 2 exceptions end soon, the first after 2026-12-20`,
      );
      expect(await at('2026-12-05T23:00:00Z')).toEqual(first);
      await sql`update opsdeck_jobs.uar_exception set revoked_by = 'ana@x.org', revoked_at = now() where key_text = 'old@x.org'`.execute(
        db,
      );
      expect(await at('2026-12-18T12:00:00Z')).toEqual(first);
      // Who approved it has left: the other one is alerted. Late, and once.
      await db.updateTable('user').set({ is_archived: true }).where('id', '=', ana).execute();
      const second = [...first, 'ben@x.org: Exception for svc@x.org ends after 2026-12-20'];
      expect(await at('2026-12-20T12:00:00Z')).toEqual(second);
      expect(await at('2026-12-21T12:00:00Z')).toEqual(second);
      // Both have left, and no run was there 14 days before: administrators, once.
      await db.updateTable('user').set({ is_archived: true }).where('email', '=', 'ben@x.org').execute();
      expect(await at('2027-06-30T12:00:00Z')).toEqual([
        ...second,
        'root@x.org: Exception for far@x.org ends after 2027-06-30',
      ]);
    });

    it('open after its due date is announced after 1, 7 and 14 days, once each, in one digest a person', async () => {
      const world = await newWorld(harness);
      const { db } = world.database;
      await world.user('root@x.org', { role: 'admin' });
      const ben = await world.user('ben@x.org');
      const settings = { due: { critical: 7, high: '30 days' }, escalate_to: 'boss@x.org' };
      const id = await world.comparison('hr', {}, settings);
      await db.updateTable('uar_comparison').set({ schedule_type: 'manual' }).where('id', '=', id).execute();
      await world.sides(
        'hr',
        ['base@x.org:dev', 'late@x.org:dev'],
        ['base@x.org:dev', ...['svc', 'ours', 'free', 'gone'].map((name) => `${name}@x.org:dev`)],
      );
      // 23:30 in Madrid: the day counts, not 24 hours.
      world.clock.set('2026-11-24T22:30:00Z');
      await world.now(id);
      const found = await world.findings();
      const numberOf = (key: string) => found.find((one) => one.key_value === key)?.id ?? 0;
      await db
        .updateTable('uar_finding')
        .set({ assigned_to_id: ben })
        .where('id', '=', numberOf('svc@x.org'))
        .execute();
      await db
        .updateTable('uar_finding')
        .set({ status: 'resolved' })
        .where('id', '=', numberOf('gone@x.org'))
        .execute();
      await except(world, { key: 'free@x.org', until: '2027-06-30' });
      const mails = async () => {
        const { rows } = await sql<{ line: string }>`
          select destination || ': ' || (context ->> 'what') as line from opsdeck_jobs.message
           where event_code = 'UAR_OVERDUE' order by communication_id`.execute(db);
        return rows.map(({ line }) => line);
      };
      const at = async (instant: string) => {
        const before = await mails();
        world.clock.set(instant);
        await Promise.all([world.run(), world.run()]);
        await world.run();
        const now = await mails();
        expect(now.slice(0, before.length)).toEqual(before);
        return now.slice(before.length).toSorted();
      };
      expect(await at('2026-12-01T22:59:00Z')).toEqual([]);
      const two = ['ben@x.org: svc@x.org was due 2026-12-01', 'root@x.org: ours@x.org was due 2026-12-01'];
      expect(await at('2026-12-01T23:00:00Z')).toEqual(two);
      // Nobody was there on day 7: what was skipped is announced once.
      expect(await at('2026-12-10T12:00:00Z')).toEqual(two);
      // The assignee has left, and nothing of day 14 goes to them.
      await db.updateTable('user').set({ is_archived: true }).where('id', '=', ben).execute();
      const both = 'ours@x.org was due 2026-12-01, and 1 more finding overdue';
      expect(await at('2026-12-15T12:00:00Z')).toEqual([`boss@x.org: ${both}`, `root@x.org: ${both}`]);
      const { rows: late } = await sql<{ count: number }>`
        select sum(1)::integer as count from opsdeck_jobs.uar_overdue_notice`.execute(db);
      expect(late).toEqual([{ count: 6 }]);
      // Opened again by an execution: it is due anew. Another policy makes other due dates.
      await db
        .updateTable('uar_finding')
        .set({ status: 'resolved' })
        .where('id', '=', numberOf('ours@x.org'))
        .execute();
      await world.now(id);
      const scope = {
        zones: { business: 'Europe/Madrid', stored: 'UTC' },
        now: new Date('2026-12-20T12:00:00Z'),
      };
      const listed = async () =>
        (await listFindings(db, scope, { status: ['open', 'acknowledged'], limit: 10 }))
          .map(({ key, age_days, due, overdue }) => `${key} ${age_days} ${due} ${overdue}`)
          .toSorted();
      expect(await listed()).toEqual([
        'free@x.org 26 2026-12-01 false',
        'gone@x.org 5 2026-12-22 false',
        'late@x.org 26 2026-12-24 false',
        'ours@x.org 5 2026-12-22 false',
        'svc@x.org 26 2026-12-01 true',
      ]);
      const metric = async () =>
        (await Promise.all(findingGauges.map((source) => source.read(db, { ...scope, off: [] }))))
          .flat()
          .find(({ name }) => name === 'overdue_findings')
          ?.values.map(([{ severity }, value]) => `${severity} ${value}`);
      expect(await metric()).toEqual(['critical 1', 'high 0', 'medium 0', 'low 0']);
      await sql`update opsdeck_jobs.uar_comparison_state set settings = '{"due": {"high": 1}}'`.execute(db);
      expect(await metric()).toEqual(['critical 0', 'high 1', 'medium 0', 'low 0']);
    });

    it('is known by its whole key, of which OpsDeck keeps 255 characters', async () => {
      const world = await newWorld(harness);
      const id = await world.comparison('hr');
      const long = 'k'.repeat(300);
      await world.sides('hr', ['ann@x.org:dev'], ['ann@x.org:dev', `${long}1:dev`, `${long}2:dev`]);
      await world.now(id);
      await world.sides('hr', ['ann@x.org:dev'], ['ann@x.org:dev', `${long}2:dev`]);
      expect(await world.now(id)).toMatchObject({ outcome: 'completed', resolved: 1, recurred: 0 });
      const findings = await world.findings();
      expect(findings.map((one) => [one.key_value.length, one.status])).toEqual([
        [255, 'resolved'],
        [255, 'open'],
      ]);
      expect(findings[0]?.resolution_notes).toContain('No longer detected');
    });
  });

  it('every execution keeps what it saw, as it was then', async () => {
    const world = await newWorld(harness);
    const id = await world.comparison('hr');
    await world.sides('hr', ['ann@x.org:dev', 'cy@x.org:dev'], ['cy@x.org:admin']);
    await world.now(id);
    await decide(world, 'cy@x.org', 'acknowledged');
    await world.sides('hr', ['cy@x.org:dev'], ['cy@x.org:root']);
    await world.now(id);
    const { rows } = await sql`
      select dense_rank() over (order by execution_id)::int as execution, key_text, novelty, status,
             raw_data_a ->> 'role' as a, raw_data_b ->> 'role' as b, differences #>> '{0,value_b}' as differs
        from opsdeck_jobs.uar_observation order by execution_id, key_text`.execute(world.database.db);
    expect(rows).toEqual([
      {
        execution: 1,
        key_text: 'ann@x.org',
        novelty: 'new',
        status: 'open',
        a: 'dev',
        b: null,
        differs: null,
      },
      {
        execution: 1,
        key_text: 'cy@x.org',
        novelty: 'new',
        status: 'open',
        a: 'dev',
        b: 'admin',
        differs: 'admin',
      },
      {
        execution: 2,
        key_text: 'cy@x.org',
        novelty: 'seen',
        status: 'acknowledged',
        a: 'dev',
        b: 'root',
        differs: 'root',
      },
    ]);
    const executions = await sql`
      select e.status, e.findings_count, e.left_only_count, e.mismatch_count, e.source_a_snapshot as snapshot, o.outcome,
             o.source_a ->> 'rows' as rows, length(o.source_a ->> 'sha256') as sha, o.config ->> 'key_field_a' as key
        from public.uar_execution e join opsdeck_jobs.uar_execution_record o on o.execution_id = e.id order by e.id limit 1`.execute(
      world.database.db,
    );
    expect(executions.rows).toEqual([
      {
        status: 'completed',
        findings_count: 2,
        left_only_count: 1,
        mismatch_count: 1,
        snapshot: {
          columns: ['email', 'role'],
          row_count: 2,
          sample: [
            { email: 'ann@x.org', role: 'dev' },
            { email: 'cy@x.org', role: 'dev' },
          ],
        },
        outcome: 'completed',
        rows: '2',
        sha: 64,
        key: 'email',
      },
    ]);
  });
});

/** As OpsDeck's page does it. */
async function decide(world: World, key: string, status: string): Promise<void> {
  await world.database.db.updateTable('uar_finding').set({ status }).where('key_value', '=', key).execute();
  if (status !== 'acknowledged') return;
  await sql`
    update opsdeck_jobs.uar_identity set exception_id = null where key_text = ${key}`.execute(
    world.database.db,
  );
}

interface Exception {
  readonly key: string;
  readonly until: string;
  readonly type?: string;
  readonly comparison?: number;
  readonly requester?: string;
}

async function except(world: World, { key, until, type, comparison, requester }: Exception): Promise<void> {
  await sql`
    insert into opsdeck_jobs.uar_exception (comparison_id, key_text, finding_type, reason, until, added_by, added_at, requested_by, compensating_control)
    values (${comparison ?? null}::int, ${key}, ${type ?? null}, 'break glass', ${until}::date, 'ana@x.org', now(), ${requester ?? null}::text, 'alerts')`.execute(
    world.database.db,
  );
}
