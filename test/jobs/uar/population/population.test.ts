import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { type PopulationRow, readPopulation } from '../../../../jobs/uar/population/read-population.ts';
import { readRemovals } from '../../../../jobs/uar/population/removal.sql.ts';
import { asOwner } from '../../../support/as-owner.ts';
import { onEachDatabase } from '../../../support/databases.ts';
import { newWorld, type World } from '../world.ts';

async function population(world: World, comparison: number, execution: number): Promise<string[]> {
  const { rows } = await readPopulation(world.database.db, {
    execution_id: execution,
    comparison_id: comparison,
  });
  const all: PopulationRow[] = [];
  for await (const row of rows()) all.push(row);
  return all.map(({ number, side, state, key, shown, why }) =>
    [
      number,
      side,
      state,
      key,
      ...(shown === null ? [] : [JSON.stringify(shown)]),
      ...(why === null ? [] : [why]),
    ].join(' '),
  );
}

async function executed(world: World, comparison: number): Promise<number> {
  const review = await world.now(comparison);
  if (typeof review.execution_id !== 'number' || review.outcome !== 'completed')
    throw new Error(JSON.stringify(review));
  return review.execution_id;
}

onEachDatabase((harness) => {
  describe('the population of an execution', () => {
    it('has every row as it was read, stores only what differs, and is as it was when later executions differ', async () => {
      const world = await newWorld(harness);
      const { db } = world.database;
      const id = await world.comparison(
        'hr',
        {},
        {
          show: ['role'],
          where: { a: [{ column: 'role', '!=': 'left' }] },
        },
      );
      const a = ['ann@x.org:dev', 'bob@x.org:dev', 'gone@x.org:left', 'two@x.org:dev', 'two@x.org:dev'];
      await world.sides('hr', a, ['ann@x.org:dev', 'eve@x.org:ops', ':robot']);
      const first = await executed(world, id);
      const then = [
        '1 a compared ann@x.org {"role":"dev"}',
        '2 a compared bob@x.org {"role":"dev"}',
        `3 a excluded gone@x.org {"role":"left"} role 'left'`,
        '4 a duplicate two@x.org {"role":"dev"}',
        '5 a duplicate two@x.org {"role":"dev"}',
        '6 b compared ann@x.org {"role":"dev"}',
        '7 b compared eve@x.org {"role":"ops"}',
        '8 b no_key robot {"role":"robot"}',
      ];
      expect(await population(world, id, first)).toEqual(then);

      const again = await executed(world, id);
      expect(await population(world, id, again)).toEqual(then);
      const stored = async () =>
        (await sql<{ n: number }>`select count(*)::int as n from opsdeck_jobs.uar_population`.execute(db))
          .rows[0]?.n;
      expect(await stored()).toBe(7);

      await world.sides('hr', a, ['ann@x.org:root', ':robot']);
      const third = await executed(world, id);
      expect((await population(world, id, third)).slice(5)).toEqual([
        '6 b compared ann@x.org {"role":"root"}',
        '7 b no_key robot {"role":"robot"}',
      ]);
      expect(await stored()).toBe(8);
      expect(await population(world, id, again)).toEqual(then);

      // What is not conclusive changes nothing.
      await world.sides('hr', a, []);
      expect(await world.now(id)).toMatchObject({ outcome: 'inconclusive' });
      expect(await stored()).toBe(8);
      expect((await population(world, id, third)).length).toBe(7);
      await expect(population(world, id, third + 1)).rejects.toMatchObject({ code: 'no_population' });

      // Retention takes an execution: its rows go, those that others have stay.
      await asOwner(db, (trx) =>
        sql`delete from opsdeck_jobs.uar_execution_record where execution_id in (${first}, ${again})`.execute(
          trx,
        ),
      );
      await world.sides('hr', a, ['ann@x.org:root', ':robot']);
      const fifth = await executed(world, id);
      expect(await stored()).toBe(6);
      expect((await population(world, id, fifth)).length).toBe(7);
      await sql`delete from opsdeck_jobs.uar_population where side = 'b' and state = 'no_key'`.execute(db);
      await expect(population(world, id, fifth)).rejects.toMatchObject({
        code: 'incomplete_population',
        message: `The population of execution ${fifth} is incomplete: side B has 1 of 2 rows.`,
      });
    });

    it('follows an access until it is removed: by the same source, filter and key rules, and never by an inconclusive execution', async () => {
      const world = await newWorld(harness);
      const { db } = world.database;
      const id = await world.comparison('hr');
      const accesses = [
        { comparisonId: id, key: 'eve@x.org', withoutKey: false },
        { comparisonId: id, key: 'mal@x.org', withoutKey: false },
        { comparisonId: id, key: 'dev', withoutKey: true },
        { comparisonId: id, key: 'never@x.org', withoutKey: false },
      ];
      const removals = async () => {
        const found = await readRemovals(db, accesses);
        return accesses.map((_, place) => {
          const one = found.get(place);
          return one === undefined
            ? 'unknown'
            : [one.state, one.last_seen_execution, one.first_absent_execution].join(' ');
        });
      };
      const base = ['ann@x.org:dev', 'bob@x.org:dev'];
      await world.sides('hr', base, [...base, 'eve@x.org:dev', 'mal@x.org:dev', ':dev']);
      const first = await executed(world, id);
      await world.sides('hr', base, []);
      expect(await world.now(id)).toMatchObject({ outcome: 'inconclusive' });
      expect(await removals()).toEqual([
        `present ${first} `,
        `present ${first} `,
        `present ${first} `,
        'unknown',
      ]);

      await world.sides('hr', base, [...base, 'mal@x.org:dev', ':dev']);
      const second = await executed(world, id);
      // A filter that takes the account out removes nothing.
      const where = JSON.stringify({ where: { b: [{ column: 'email', '!=': 'mal@x.org' }] } });
      await sql`update opsdeck_jobs.uar_comparison_state set settings = ${where}::text::jsonb`.execute(db);
      const filtered = await executed(world, id);
      expect(await removals()).toEqual([
        `removed ${first} ${second}`,
        `open ${second} `,
        `present ${filtered} `,
        'unknown',
      ]);

      await sql`update opsdeck_jobs.uar_comparison_state set settings = '{}'`.execute(db);
      await world.sides('hr', base, [...base, 'eve@x.org:dev', ':dev']);
      const back = await executed(world, id);
      expect(await removals()).toEqual([
        `present ${back} `,
        `removed ${second} ${back}`,
        `present ${back} `,
        'unknown',
      ]);
    });
  });
});
