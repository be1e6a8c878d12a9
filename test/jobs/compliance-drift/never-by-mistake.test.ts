import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isDone, withWords } from '../../../jobs/compliance-drift/rules/evidence-words.ts';
import { asOwner } from '../../support/as-owner.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { newWorld, runDrift, storedControls, succeeded, type World } from './world.ts';

/** What happened, as `control: from > to class cause`. */
function told(result: Awaited<ReturnType<typeof succeeded>>): string[] {
  return result.changes.map(
    (one) => `${one.control_id}: ${one.from} > ${one.to} ${one.class} ${one.severity} ${one.cause}`,
  );
}

/** As the version before this one would have stored it. */
async function asFirstVersion(world: World, control: string, status: string): Promise<void> {
  const { db } = world.database;
  await sql`
    update compliance_audit set snapshot_data = replace(snapshot_data::text,
        ${`"name":"Name of ${control}","status":"non_compliant","links"`}::text,
        ${`"name":"Name of ${control}","status":"${status}","links"`}::text)::json`.execute(db);
  await asOwner(db, (trx) =>
    sql`
    update opsdeck_jobs.drift_snapshot s
       set evaluator_version = 1, content_hash = sha256(convert_to(a.snapshot_data::text, 'UTF8'))
      from compliance_audit a where a.id = s.audit_id`.execute(trx),
  );
}

onEachDatabase((harness) => {
  it('keeps the status of a rule without the row whose word is on no list, names the word, and is unknown only without another row', async () => {
    const world = await newWorld(harness);
    const f = await world.framework('F');
    const only = await world.activityRule(await world.control(f, 'only'));
    await world.execution(only.activity, '2026-03-09', 'geht so');
    const beside = await world.activityRule(await world.control(f, 'beside'), '2026-03-01');
    await world.execution(beside.activity, '2026-03-09', 'geht so');
    const failed = await world.activityRule(await world.control(f, 'failed'));
    await world.execution(failed.activity, '2026-03-01', 'Failed');
    await world.execution(failed.activity, '2026-03-09', 'geht so');
    const planned = await world.activityRule(await world.control(f, 'planned'));
    await world.execution(planned.activity, '2026-03-09', 'planned');

    const first = await succeeded(world.run({ settings: { unknown_share: 1 } }));
    const stored = await storedControls(world.database, first.snapshot_id);
    expect([...stored].map(([id, { status }]) => `${id} ${status}`)).toEqual([
      'only unknown',
      'beside compliant',
      'failed non_compliant',
      'planned non_compliant',
    ]);
    expect(stored.get('beside')?.rules[0]).toMatchObject({
      days_since: 9,
      unread: { model: 'ActivityExecution', word: 'geht so' },
    });
    expect(first.unread_words.map(({ model, word }) => `${model} ${word}`)).toEqual([
      'ActivityExecution geht so',
    ]);

    const words = { ActivityExecution: { done: ['Geht-so'] } };
    const second = await succeeded(world.run({ settings: { evidence_words: words } }));
    const counted = await storedControls(world.database, second.snapshot_id);
    expect([...counted].map(([id, { status }]) => `${id} ${status}`)).toEqual([
      'only compliant',
      'beside compliant',
      'failed compliant',
      'planned non_compliant',
    ]);
    expect(second.unread_words).toEqual([]);
  });

  describe('a framework that is no longer evaluated', () => {
    it('is a scope change with its failing controls counted, reported once', async () => {
      const world = await newWorld(harness);
      const { db } = world.database;
      const off = await world.framework('Off');
      const gone = await world.framework('Gone');
      const stays = await world.framework('Stays');
      await world.activityRule(await world.control(off, 'O-1'));
      await world.activityRule(await world.control(gone, 'G-1'), '2026-03-09');
      await world.control(stays, 'S-1');
      await succeeded(world.run());
      await sql`update framework set is_active = false where id = ${off}`.execute(db);
      await sql`delete from compliance_rule`.execute(db);
      await sql`delete from framework_control where framework_id = ${gone}`.execute(db);
      await sql`delete from framework where id = ${gone}`.execute(db);

      // A check of one framework says nothing about the others.
      expect((await succeeded(world.run({ framework: stays }))).scope.frameworks_removed).toEqual([]);
      const lost = await succeeded(world.run());
      expect(lost.scope.frameworks_removed).toEqual([
        { framework: 'Off', cause: 'framework_switched_off', controls: 1, failing: 1 },
        { framework: 'Gone', cause: 'framework_deleted', controls: 1, failing: 0 },
      ]);
      expect(lost.messages_queued).toBe(1);
      const { rows } = await sql`
        select framework_name, class, cause, control_name from opsdeck_jobs.drift_event order by framework_id`.execute(
        db,
      );
      expect(rows).toEqual([
        {
          framework_name: 'Off',
          class: 'framework_removed',
          cause: 'framework_switched_off',
          control_name: '1 control, 1 failing',
        },
        {
          framework_name: 'Gone',
          class: 'framework_removed',
          cause: 'framework_deleted',
          control_name: '1 control, 0 failing',
        },
      ]);
      expect(await succeeded(world.run())).toMatchObject({
        scope: { frameworks_removed: [] },
        messages_queued: 0,
      });
    });

    it('is matched by its name when it was created again', async () => {
      const world = await newWorld(harness);
      const { db } = world.database;
      const old = await world.framework('ISO');
      await world.activityRule(await world.control(old, 'A-1'));
      await world.control(old, 'A-2');
      await world.control(old, 'A-3');
      await succeeded(world.run());
      await sql`delete from compliance_rule`.execute(db);
      await sql`delete from framework_control`.execute(db);
      await sql`delete from framework`.execute(db);
      const again = await world.framework('ISO');
      await world.control(again, 'A-1');
      await world.control(again, 'A-2');
      const result = await succeeded(world.run());
      expect(result.scope.frameworks_removed).toEqual([
        { framework: 'ISO', cause: 'framework_recreated', controls: 3, failing: 1 },
      ]);
      expect(told(result)).toEqual([
        'A-1: non_compliant > uncovered coverage_lost medium rule_removed',
        'A-3: uncovered > null control_removed null control_removed',
      ]);
    });
  });

  it('fails a run whose alert finds no recipient, and keeps its snapshot', async () => {
    const world = await newWorld(harness);
    const { db } = world.database;
    await sql`update "user" set role = 'Administrator'`.execute(db);
    await world.activityRule(await world.control(await world.framework('F'), 'C'), '2026-03-01');
    await succeeded(world.run());
    world.clock.set('2026-05-10T08:00:00Z');
    const { outcome } = await runDrift(world.database);
    expect(outcome).toMatchObject({ status: 'failed', fault: { code: 'no_recipient' }, exitCode: 1 });
    expect(outcome.result).toMatchObject({ regressions: { critical: 1 }, messages_queued: 0 });
    const { rows } = await sql`select count(*)::int as n from opsdeck_jobs.drift_snapshot`.execute(db);
    expect(rows).toEqual([{ n: 2 }]);
  });

  it('compares the first run of a new evaluator with the last snapshot, and calls only its own changes so', async () => {
    const world = await newWorld(harness);
    const f = await world.framework('F');
    const planned = await world.activityRule(await world.control(f, 'planned'));
    await world.execution(planned.activity, '2026-03-05', 'planned');
    await world.activityRule(await world.control(f, 'ages'), '2026-03-05');
    await succeeded(world.run());
    await asFirstVersion(world, 'planned', 'compliant');
    world.clock.set('2026-04-05T08:00:00Z');
    // 31 days: by the earlier rules the planned one would be a warning by now.
    expect(told(await succeeded(world.run({ dryRun: true })))).toEqual([
      'planned: compliant > non_compliant regression critical evidence_aged',
      'ages: compliant > warning regression high evidence_aged',
    ]);
    world.clock.set('2026-03-12T08:00:00Z');
    const result = await succeeded(world.run());
    expect(told(result)).toEqual([
      'planned: compliant > non_compliant evaluation_changed null evaluation_changed',
    ]);
    expect(result).toMatchObject({ baseline: false, evaluation: { changed: 1 }, messages_queued: 0 });
    expect(told(await succeeded(world.run()))).toEqual([]);
  });

  it.each([11, 20_261_130])(
    'never shows a control compliant without evidence that counts, whatever happens, seed %i',
    async (seed) => {
      const random = seededRandom(seed);
      const world = await newWorld(harness);
      const { db } = world.database;
      const f = await world.framework('F');
      const words = [
        'done',
        'Planned',
        'geplant',
        'ERLEDIGT',
        'échoué',
        'hecho',
        'maybe',
        '',
        'in_progress',
        'in review',
      ] as const;
      const configured = { ActivityExecution: { done: ['Maybe'], not_done: [] } };
      const activities: number[] = [];
      const controls: number[] = [];
      for (let n = 0; n < 4; n += 1) {
        const control = await world.control(f, `C-${n}`);
        controls.push(control);
        activities.push((await world.activityRule(control)).activity);
      }
      for (let step = 0; step < 12; step += 1) {
        const at = new Date(Date.parse('2026-03-10T08:00:00Z') + step * 9 * 86_400_000);
        world.clock.set(at.toISOString());
        const dated = new Date(at.getTime() + (random.below(60) - 50) * 86_400_000);
        const day = dated.toISOString().slice(0, 10);
        const activity = activities[random.below(activities.length)] ?? 0;
        switch (random.below(5)) {
          case 0:
          case 1:
            await world.execution(activity, day, random.pick(words));
            break;
          case 2:
            await sql`update activity_execution set status = ${random.pick(words)}
                       where activity_id = ${activity}`.execute(db);
            break;
          case 3:
            await sql`update compliance_rule set frequency_days = ${random.below(50)}, enabled = ${random.chance(0.8)}
                       where framework_control_id = ${controls[random.below(4)] ?? 0}`.execute(db);
            break;
          default:
            await world.rule(controls[random.below(4)] ?? 0, {
              criteria: random.chance(0.5) ? { value: activity } : { activity_name: 'Backp' },
              frequency: random.below(40),
            });
        }
        const evidence_words = random.chance(0.5) ? configured : {};
        const lists = withWords(evidence_words).ActivityExecution;
        const { outcome } = await runDrift(world.database, {
          settings: { evidence_words, unknown_share: 1 },
        });
        const { snapshot_id } = z.looseObject({ snapshot_id: z.int() }).parse(outcome.result);
        const today = at.toISOString().slice(0, 10);
        for (const [id, control] of await storedControls(world.database, snapshot_id)) {
          if (control.status !== 'compliant') continue;
          const enabled = control.rules.filter((rule) => rule.status !== undefined);
          expect(enabled.length, `${id} step ${step}`).toBeGreaterThan(0);
          for (const rule of enabled) {
            const { rows } = await sql<{ status: string; day: string }>`
              select e.status, e.execution_date::text as day
                from activity_execution e where e.id = ${rule.evidence?.id ?? 0}`.execute(db);
            const [row] = rows;
            expect(row && isDone(lists, row.status), `${id} step ${step} ${row?.status}`).toBe(true);
            expect(row !== undefined && row.day <= today, `${id} step ${step} ${row?.day}`).toBe(true);
          }
        }
      }
    },
  );
});
