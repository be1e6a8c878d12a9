import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { forecastControls } from '../../../../jobs/compliance-drift/commands/controls-forecast.action.ts';
import { listControls } from '../../../../jobs/compliance-drift/commands/controls-list.action.ts';
import { showControl } from '../../../../jobs/compliance-drift/commands/controls-show.action.ts';
import { forecast } from '../../../../jobs/compliance-drift/controls/forecast.ts';
import { readControls } from '../../../../jobs/compliance-drift/controls/read-controls.ts';
import { readSnapshotControls } from '../../../../jobs/compliance-drift/controls/read-snapshot.ts';
import { byWords } from '../../../../jobs/compliance-drift/rules/evidence-words.sql.ts';
import { evidenceWords } from '../../../../jobs/compliance-drift/rules/evidence-words.ts';
import type { OpenDatabase } from '../../../../src/db/database.ts';
import { addDays, type Day } from '../../../../src/time/calendar-day.ts';
import { onEachDatabase } from '../../../support/databases.ts';
import { newWorld, succeeded } from '../world.ts';
import { ioOn } from './drift-history.ts';

const list = { format: 'json', output: '-' } as const;

const stateOn = (database: OpenDatabase, day: Day) =>
  readControls(database.db, {
    now: new Date(`${day}T12:00:00Z`),
    zones: { stored: 'UTC', business: 'Europe/Madrid' },
    frameworkId: null,
    policy: byWords(evidenceWords, true),
  });

const listed = z.looseObject({
  evaluated: z.int(),
  controls: z.array(z.looseObject({ control_id: z.string(), status: z.string(), remedy: z.string() })),
});

onEachDatabase((harness) => {
  describe('controls list', () => {
    it('shows the worst first, with what decides and what fixes it, and chooses by framework and state', async () => {
      const world = await newWorld(harness);
      const f = await world.framework('ISO');
      const backup = await world.activity('Backup test');
      await world.execution(backup, '2026-01-01');
      await world.rule(await world.control(f, 'A-10'), { criteria: { value: backup }, frequency: 30 });
      await world.rule(await world.control(f, 'A-9'), { criteria: { activity_name: 'Backp' } });
      await world.control(f, 'A-1');
      const other = await world.framework('Other');
      await world.link(await world.control(other, 'O-1'));

      const { io, stdout } = await ioOn(harness, world.database);
      expect(await listControls(io, {}, { ...list, framework: 'iso' })).toBe(0);
      const document = listed.parse(JSON.parse(stdout()));
      expect(document.controls.map((one) => `${one.control_id} ${one.status}: ${one.remedy}`)).toEqual([
        "A-9 non_compliant: correct the rule: no such activity 'Backp'",
        expect.stringMatching(/^A-10 non_compliant: run the activity 'Backup test'; \d+ days overdue$/),
        'A-1 uncovered: add a rule, or a link to what fulfils it',
      ]);

      const failing = await ioOn(harness, world.database);
      expect(await listControls(failing.io, {}, { format: 'text', output: '-', failing: true })).toBe(0);
      expect(failing.stdout()).toContain('2 of 4 controls of the active frameworks:');
      const manual = await ioOn(harness, world.database);
      expect(await listControls(manual.io, {}, { format: 'csv', output: '-', status: 'manual' })).toBe(0);
      expect(manual.stdout()).toContain('Other,O-1,');
      const wrong = await ioOn(harness, world.database);
      await expect(listControls(wrong.io, {}, { ...list, status: 'compliand' })).rejects.toMatchObject({
        message: "There is no status 'compliand'; did you mean 'compliant'?",
        exitCode: 2,
      });
    });
  });

  it('ends a run with the first twenty failing controls and what fixes each, as `controls list` has them', async () => {
    const world = await newWorld(harness);
    const f = await world.framework('ISO');
    const backup = await world.activity('Backup test');
    await world.execution(backup, '2026-02-05');
    await world.rule(await world.control(f, 'W-1'), { criteria: { value: backup }, frequency: 30 });
    for (let n = 1; n <= 20; n += 1) {
      await world.rule(await world.control(f, `N-${n}`), { model: 'BCDRTestLog', name: `Test ${n}` });
    }
    const result = await succeeded(world.run());
    expect(result.status).toMatchObject({ non_compliant: 20, warning: 1 });
    expect(result.failing.map((one) => one.control_id)).toEqual(
      Array.from({ length: 20 }, (_, n) => `N-${n + 1}`),
    );
    expect(result.failing[1]).toEqual({
      framework: 'ISO',
      control_id: 'N-2',
      name: 'Name of N-2',
      status: 'non_compliant',
      rule: 'Test 2',
      remedy: 'pass a recovery test',
    });
    const own = await world.framework('Own');
    await world.rule(await world.control(own, 'W-1'), { criteria: { value: backup }, frequency: 30 });
    const { failing } = await succeeded(world.run({ framework: own, dryRun: true }));
    expect(failing).toMatchObject([
      { status: 'warning', remedy: "run the activity 'Backup test'; 3 days overdue" },
    ]);
  });

  describe('controls list --as-of', () => {
    it('reads the snapshot that was valid on that day, and nothing from one that was altered', async () => {
      const world = await newWorld(harness);
      const { db } = world.database;
      const f = await world.framework('ISO');
      await world.activityRule(await world.control(f, 'A.5.1'), '2026-03-01', {
        name: 'Backups',
        frequency: 10,
      });
      const dropped = await world.framework('Dropped');
      await world.control(dropped, 'D-1');
      await succeeded(world.run());
      world.clock.set('2026-03-17T08:00:00Z');
      await db.updateTable('framework').set({ is_active: false }).where('id', '=', dropped).execute();
      const later = await succeeded(world.run());
      const altered = later.snapshot_id ?? 0;

      const onDay = (day: Day) => readSnapshotControls(db, new Date(`${day}T22:59:59Z`), null);
      expect((await onDay('2026-03-17')).controls).toMatchObject([{ controlId: 'A.5.1', status: 'warning' }]);
      expect(await onDay('2026-03-09')).toEqual({ controls: [], unread: [] });
      await sql`update compliance_audit set snapshot_data = '{"opsdeck_jobs":{"controls":{}}}' where id = ${altered}`.execute(
        db,
      );
      expect(await onDay('2026-03-17')).toEqual({
        controls: [],
        unread: [{ framework: 'ISO', snapshotId: altered }],
      });

      const { io, stdout } = await ioOn(harness, world.database);
      expect(await listControls(io, {}, { ...list, asOf: '2026-03-16' })).toBe(0);
      expect(JSON.parse(stdout())).toMatchObject({
        as_of: '2026-03-16',
        evaluated: 2,
        controls: [
          { control_id: 'D-1', status: 'uncovered', rule: null },
          {
            control_id: 'A.5.1',
            status: 'compliant',
            rule: { name: 'Backups', frequency_days: 10, evidence: { date: '2026-03-01', by: 'Ada Admin' } },
          },
        ],
      });
      const people = await ioOn(harness, world.database);
      expect(
        await listControls(
          people.io,
          {},
          { format: 'text', output: '-', asOf: '2026-03-17', framework: 'iso' },
        ),
      ).toBe(0);
      expect(people.stdout()).toContain('is not what was stored, so nothing is read from it.');
      const wrong = await ioOn(harness, world.database);
      await expect(listControls(wrong.io, {}, { ...list, asOf: 'June' })).rejects.toMatchObject({
        code: 'usage',
        exitCode: 2,
      });
    });
  });

  describe('controls show', () => {
    it('shows rules with their evidence, links, justification, and changes with old and new values', async () => {
      const world = await newWorld(harness);
      const { db } = world.database;
      const f = await world.framework('ISO');
      const control = await world.control(f, 'A.5.1');
      await db
        .updateTable('framework_control')
        .set({ soa_justification: 'Required by contract' })
        .where('id', '=', control)
        .execute();
      const backup = await world.activity('Backup test');
      await world.execution(backup, '2026-01-15');
      const rule = await world.rule(control, { name: 'Backups', criteria: { value: backup }, frequency: 90 });
      await world.link(control);
      await succeeded(world.run());
      await db.updateTable('compliance_rule').set({ frequency_days: 20 }).where('id', '=', rule).execute();
      await succeeded(world.run());
      await world.control(await world.framework('Other'), 'a.5.1');

      const options = { format: 'json', output: '-' } as const;
      const { io, stdout } = await ioOn(harness, world.database);
      expect(await showControl(io, {}, 'a.5.1', { ...options, framework: 'ISO' })).toBe(0);
      expect(JSON.parse(stdout())).toMatchObject({
        framework: 'ISO',
        control_id: 'A.5.1',
        status: 'non_compliant',
        justification: 'Required by contract',
        rules: [
          {
            name: 'Backups',
            about: 'Backup test',
            evidence: { date: '2026-01-15', what: 'Backup test', performed: '2026-01-15', by: 'Ada Admin' },
          },
        ],
        links: [{ type: 'Policy', id: 1, description: 'Policy' }],
        changes: [
          {
            from: 'compliant',
            to: 'non_compliant',
            cause: 'rule_changed',
            rules: ['Backups: limit 90 → 20 days, compliant → non-compliant'],
            alerts: [{ to: 'email to ada@example.org', state: 'queued' }],
          },
        ],
        opsdeck_differences: [],
      });
      const people = await ioOn(harness, world.database);
      expect(
        await showControl(people.io, {}, 'name of a.5.1', { format: 'text', output: '-', framework: 'iso' }),
      ).toBe(0);
      expect(people.stdout()).toContain('limit 90 → 20 days');
      const both = await ioOn(harness, world.database);
      await expect(showControl(both.io, {}, 'A.5.1', options)).rejects.toMatchObject({
        code: 'ambiguous_control',
        next: "Give the framework too: 'ISO:A.5.1', or --framework 'ISO'.",
      });
      for (const typed of ['ISO:A.5.1', 'iso a.5.1', `${f}:A.5.1`]) {
        const one = await ioOn(harness, world.database);
        expect(await showControl(one.io, {}, typed, options)).toBe(0);
        expect(JSON.parse(one.stdout())).toMatchObject({ framework: 'ISO', control_id: 'A.5.1' });
      }
      const wrong = await ioOn(harness, world.database);
      await expect(showControl(wrong.io, {}, 'A.5.11', options)).rejects.toMatchObject({
        code: 'unknown_control',
        exitCode: 2,
      });
    });
  });

  describe('controls forecast', () => {
    it('names each change on the day on which it comes, as a look at every day shows', async () => {
      const world = await newWorld(harness);
      const f = await world.framework('F');
      const grace = [0, 3, 7];
      for (const [n, frequency] of [5, 12, 20].entries()) {
        const control = await world.control(f, `C-${n}`);
        await world.activityRule(control, '2026-03-05', { frequency, grace: grace[n] ?? 0 });
        if (n === 1) await world.activityRule(control, '2026-03-09', { frequency: 30, grace: 0 });
      }
      await world.activityRule(await world.control(f, 'late'), '2026-02-05', { frequency: 30, grace: 7 });
      const today = '2026-03-10';
      const now = await stateOn(world.database, today);
      const expected = forecast(now, today, 35).map(
        ({ control, turn }) => `${turn.on} ${control.controlId} ${turn.to}`,
      );
      const seen: string[] = [];
      let before = new Map(now.map((one) => [one.controlId, one.status]));
      for (let day = 1; day <= 35; day += 1) {
        const date = addDays(today, day);
        const state = new Map(
          (await stateOn(world.database, date)).map((one) => [one.controlId, one.status]),
        );
        for (const [id, status] of state) if (before.get(id) !== status) seen.push(`${date} ${id} ${status}`);
        before = state;
      }
      expect(expected.length).toBeGreaterThan(5);
      expect([...expected].sort()).toEqual(seen.sort());
    });

    it('prints a list for people', async () => {
      const world = await newWorld(harness);
      const today = new Date().toISOString().slice(0, 10);
      await world.activityRule(await world.control(await world.framework('F'), 'C-1'), today, {
        frequency: 9,
        grace: 3,
      });
      const { io, stdout } = await ioOn(harness, world.database);
      expect(await forecastControls(io, {}, { days: '10', format: 'text', output: '-' })).toBe(0);
      expect(stdout()).toContain('1 of 1 control get worse in the next 10 days if no new evidence comes.');
    });
  });
});
