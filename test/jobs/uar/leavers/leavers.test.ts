import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { leaversDocument, leaversRows } from '../../../../jobs/uar/leavers/document.ts';
import { leaversReport } from '../../../../jobs/uar/leavers/present.ts';
import { readLeavers } from '../../../../jobs/uar/leavers/read.ts';
import type { OpenDatabase } from '../../../../src/db/database.ts';
import { onEachDatabase } from '../../../support/databases.ts';
import { newWorld, type World } from '../world.ts';

const scope = {
  database: 'test',
  zone: 'Europe/Madrid',
  first: '2026-11-01',
  last: '2026-12-31',
  today: '2026-11-30',
};

async function executed(world: World, comparison: number, at: string): Promise<void> {
  world.clock.set(at);
  const review = await world.now(comparison);
  if (review.outcome !== 'completed') throw new Error(JSON.stringify(review));
}

/** `person left state system last seen, first absent, days, limit exceeded`. */
async function leavers(database: OpenDatabase): Promise<readonly string[]> {
  const { rows } = await readLeavers(database.db, scope);
  return rows.map(({ person, left, state, system, removal, days, over_limit: over }) =>
    [
      ...[person, left, state, system?.name ?? '-', removal?.last_seen_at?.toISOString().slice(5, 10) ?? '-'],
      ...[removal?.first_absent_at?.toISOString().slice(5, 10) ?? '-', days ?? '-', over ?? '-'],
    ].join(' '),
  );
}

const fields = { field_mappings: '[]' };

onEachDatabase((harness) => {
  describe('people who left', () => {
    it('has those of the HR column by the rules of each system, and names what it could not look at', async () => {
      const world = await newWorld(harness);
      const runner = await harness.asRunner(world.database, world.clock);
      const staff = ['ann@x.org:', 'bob@x.org:2026-11-10', 'eve@x.org:2026-11-20', 'new@x.org:'];
      const others = [
        ...['old@x.org:2025-01-01', 'odd@x.org:10/11/2026', 'late@x.org:2026-12-24', 'zoe@x.org:2026-11-02'],
        'back@x.org:2026-11-03',
      ];
      const idp = await world.comparison('idp', fields, { departure: 'role', leaver_limit: 5 });
      const crm = await world.comparison('crm', fields, { key: { case_fold: true, strip_domain: 'x.org' } });
      const erp = await world.comparison('erp', fields);
      await world.sides(
        'idp',
        [...staff, ...others],
        ['ann@x.org:', 'bob@x.org:', 'eve@x.org:', 'odd@x.org:'],
      );
      await world.sides('crm', ['ann@x.org:', 'bob@x.org:'], ['ANN:', 'BOB:', 'Eve@X.org:']);
      await world.sides('erp', ['4711:', '4712:'], ['4711:', '4712:']);
      for (const id of [idp, crm, erp]) await executed(world, id, '2026-11-09T07:00:00Z');

      // Bob's account in the CRM goes before he does; in the IdP eleven days later, and Eve's stays there.
      await world.sides('crm', ['ann@x.org:', 'bob@x.org:'], ['ANN:', 'Eve@X.org:']);
      await executed(world, crm, '2026-11-09T09:00:00Z');
      await world.sides(
        'idp',
        [...staff, ...others.slice(0, -1), 'back@x.org:'],
        ['ann@x.org:', 'eve@x.org:', 'odd@x.org:'],
      );
      // 22 November in Madrid.
      await executed(world, idp, '2026-11-21T23:30:00Z');
      // Another filter sees no Eve.
      const settings = JSON.stringify({
        key: { case_fold: true, strip_domain: 'x.org' },
        where: { b: [{ column: 'email', '!=': 'Eve@X.org' }] },
      });
      await sql`update opsdeck_jobs.uar_comparison_state set settings = ${settings}::text::jsonb where comparison_id = ${crm}`.execute(
        world.database.db,
      );
      await executed(world, crm, '2026-11-22T09:00:00Z');

      expect(await leavers(runner)).toEqual([
        'eve@x.org 2026-11-20 active idp-b.csv 11-21 - 10 true',
        'eve@x.org 2026-11-20 open crm-b.csv 11-09 - 10 -',
        'bob@x.org 2026-11-10 removed idp-b.csv 11-09 11-21 12 true',
        'bob@x.org 2026-11-10 removed crm-b.csv 11-09 11-09 -1 -',
        'zoe@x.org 2026-11-02 never - - - - -',
        'back@x.org 2026-11-03 returned - - - - -',
      ]);
      const report = await readLeavers(runner.db, scope);
      expect(report.gaps).toMatchObject({
        dates: [{ person: 'odd@x.org', text: '10/11/2026', list: 'idp-a.csv' }],
        systems: [{ name: 'erp-b.csv' }],
        lists: [],
      });
      expect(leaversReport(report, scope)).toContainEqual({
        kind: 'line',
        tone: 'bad',
        text: '4 people left; 2 of 3 systems looked at: 1 account still active, 1 open, 2 removed, 2 over the limit.',
      });
      expect(leaversDocument(report, scope)).toMatchObject({
        people: 4,
        departures_from: [{ comparison_id: idp, list: 'idp-a.csv', column: 'role' }],
        unreadable_dates: [{ person: 'odd@x.org', text: '10/11/2026' }],
      });
      const rows = [];
      for await (const row of leaversRows(report).rows()) rows.push(row);
      expect(rows.at(-1)?.slice(0, 5)).toEqual(['odd@x.org', '', '10/11/2026', '', 'unreadable_date']);

      // A column that no execution has read is no reason to look elsewhere without a word.
      await sql`update opsdeck_jobs.uar_comparison_state set settings = '{"departure": "left"}' where comparison_id = ${erp}`.execute(
        world.database.db,
      );
      expect((await readLeavers(runner.db, scope)).gaps.lists).toEqual([
        { comparison_id: erp, comparison: 'erp', departure: 'left' },
      ]);
    });

    it('has those of the offboardings, by the first date of the journal', async () => {
      const world = await newWorld(harness);
      const { db } = world.database;
      const runner = await harness.asRunner(world.database, world.clock);
      const idp = await world.comparison('idp', fields);
      const people = ['bob@x.org', 'eve@x.org', 'kim@x.org', 'odd@x.org', 'yet@x.org'];
      const ids: number[] = [];
      for (const one of people) ids.push(await world.user(one));
      await world.sides('idp', ['ann@x.org:'], ['ann@x.org:', 'bob@x.org:', 'eve@x.org:', 'kim@x.org:']);
      await executed(world, idp, '2026-11-24T07:00:00Z');
      const journal = (process: number, changes: string) =>
        sql`
        insert into audit_log ("timestamp", action, entity_type, entity_id, changes, event_processed)
        values ('2026-11-20 08:00', 'update', 'OffboardingProcess', ${process}, ${changes}, true)`.execute(
          db,
        );
      const dates = ['2026-11-25', '2026-11-20', '2026-11-05', 'infinity', '2026-12-24'];
      const processes: number[] = [];
      for (const [index, date] of dates.entries()) {
        const { rows } = await sql<{ id: number }>`
          insert into offboarding_process (user_id, departure_date, status, created_at)
          values (${ids[index]}, ${date}::date, 'Completed', now()) returning id`.execute(db);
        processes.push(rows[0]?.id ?? 0);
      }
      const [bob = 0, eve = 0] = processes;
      await journal(bob, '{"notes": {"old": null, "new": "\\"departure_date\\""}}');
      await journal(bob, '{"departure_date": {"old": "2026-11-10", "new": "2026-11-15"}}');
      await journal(bob, '{"departure_date": {"old": "2026-11-15", "new": "2026-11-25"}}');
      await journal(eve, '{"departure_date": ');
      await sql`
        insert into onboarding_process (new_hire_name, user_id, start_date, status) values ('Kim', ${ids[2]}, '2026-11-20', 'Completed')`.execute(
        db,
      );
      expect(await leavers(runner)).toEqual([
        'bob@x.org 2026-11-10 active idp-b.csv 11-24 - 20 -',
        'eve@x.org 2026-11-20 active idp-b.csv 11-24 - 10 -',
        'kim@x.org 2026-11-05 returned - - - - -',
      ]);
      const { rows, gaps } = await readLeavers(runner.db, scope);
      expect(rows[0]).toMatchObject({ name: 'bob@x.org', left_now: '2026-11-25' });
      expect(gaps).toMatchObject({
        dates: [{ person: 'odd@x.org', text: 'infinity', list: null }],
        journal: ['eve@x.org'],
        systems: [],
      });
    });
  });
});
