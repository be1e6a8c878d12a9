import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { importCatalog } from '../../../../../jobs/compliance-drift/import/oscal/import-catalog.ts';
import { readCatalog } from '../../../../../jobs/compliance-drift/import/oscal/read-catalog.ts';
import { inputFiles } from '../../../../import/input-files.ts';
import { onEachDatabase } from '../../../../support/databases.ts';
import { newWorld, succeeded, type World } from '../../world.ts';
import { catalogJson } from './catalogs.ts';

const write = inputFiles();

function requirement(id: string, title: string, text: string, alt?: string) {
  return {
    id,
    title,
    props: alt === undefined ? [] : [{ name: 'alt-identifier', value: alt }],
    parts: [{ name: 'statement', prose: text }],
  };
}
const doors = (id: string, alt?: string) => requirement(id, 'Lock the doors', 'Doors are locked.', alt);
const backups = (id: string, alt?: string) => requirement(id, 'Test the backups', 'Backups are tested.', alt);

async function run(world: World, controls: readonly unknown[], acceptRenumbered = false, withdraw = false) {
  const catalog = await readCatalog(await write(catalogJson({ controls })), 'catalog.json');
  return importCatalog(
    catalog,
    'F',
    { acceptRenumbered, withdraw },
    {
      database: world.database,
      dryRun: false,
      actor: 'os:ana@host',
      signal: new AbortController().signal,
    },
  );
}

/** The control that each rule belongs to. */
async function ruled({ database }: World): Promise<readonly string[]> {
  const { rows } = await sql<{ control: string }>`
    select c.control_id || ' ' || c.name as control
      from compliance_rule r join framework_control c on c.id = r.framework_control_id order by r.id`.execute(
    database.db,
  );
  return rows.map(({ control }) => control);
}

async function ruleFor(world: World, controlId: string): Promise<void> {
  const { id } = await world.database.db
    .selectFrom('framework_control')
    .select('id')
    .where('control_id', '=', controlId)
    .executeTakeFirstOrThrow();
  await world.activityRule(id, '2026-03-09');
}

onEachDatabase((harness) => {
  it('a rule stays with its requirement when identifiers are swapped, and the next run records it', async () => {
    const world = await newWorld(harness);
    await run(world, [doors('r.1'), backups('r.2')]);
    await ruleFor(world, 'R.2');
    await succeeded(world.run());
    expect(await run(world, [backups('r.1'), doors('r.2')])).toMatchObject({
      changed: ['R.1', 'R.2'],
      renumbered: [
        { from: 'R.2', to: 'R.1', name: 'Test the backups' },
        { from: 'R.1', to: 'R.2', name: 'Lock the doors' },
      ],
      replaced: [],
    });
    expect(await ruled(world)).toEqual(['R.1 Test the backups']);

    const checked = await succeeded(world.run());
    expect(checked.scope).toMatchObject({ renumbered: 2, requirements_replaced: 0 });
    expect(checked.changes.map((one) => `${one.control_id} ${one.name} ${one.class}`)).toEqual([
      'R.1 Test the backups (was R.2) renumbered',
      'R.2 Lock the doors (was R.1) renumbered',
    ]);
    expect((await succeeded(world.run())).changes).toEqual([]);
  });

  it('a requirement follows the identity of its publisher, whatever its number and its words', async () => {
    const world = await newWorld(harness);
    await run(world, [doors('r.1', 'a'), backups('r.2', 'b')]);
    await ruleFor(world, 'R.1');
    await run(world, [
      requirement('r.2', 'Close', 'Every way in is shut.', 'a'),
      requirement('r.1', 'New', 'x', 'c'),
    ]);
    expect(await ruled(world)).toEqual(['R.2 Close']);
    // The dropped one had the number; it keeps its row.
    const { rows } = await sql<{ control_id: string }>`
      select control_id from framework_control order by id`.execute(world.database.db);
    expect(rows.map((row) => row.control_id)).toEqual(['R.2', 'R.2-former', 'R.1']);
  });

  it.each(['a rule', 'a link', 'a justification', 'a decision without one', 'an attestation'])(
    'another requirement under the identifier of %s is refused until it is accepted',
    async (what) => {
      const world = await newWorld(harness);
      const { db } = world.database;
      await run(world, [doors('r.1'), backups('r.2')]);
      if (what === 'a rule') await ruleFor(world, 'R.1');
      if (what === 'a link') {
        await sql`
          insert into compliance_link (framework_control_id, linkable_type, linkable_id, description)
          select id, 'Policy', 1, 'x' from framework_control where control_id = 'R.1'`.execute(db);
      }
      if (what === 'a justification')
        await sql`update framework_control set soa_justification = 'ours' where control_id = 'R.1'`.execute(
          db,
        );
      if (what === 'an attestation') {
        await sql`
          insert into opsdeck_jobs.control_attestation
            (framework_control_id, framework_name, control_id, result, reason, actor, actor_user_id, entered_by, created_at)
          select id, 'F', control_id, 'not_met', 'x', 'ada@example.org', 1, 'os:ana@host', now()
            from framework_control where control_id = 'R.1'`.execute(db);
      }
      if (what === 'a decision without one')
        await sql`update framework_control set is_applicable = false where control_id = 'R.1'`.execute(db);

      const next = [requirement('r.1', 'Train people', 'Everybody learns.'), backups('r.2')];
      await expect(run(world, next)).rejects.toMatchObject({
        code: 'controls_renumbered',
        exitCode: 2,
        replaced: [{ from: 'R.1', to: 'R.1', was: 'Lock the doors', is: 'Train people' }],
      });
      expect(await sql`select name from framework_control order by id`.execute(db)).toMatchObject({
        rows: [{ name: 'Lock the doors' }, { name: 'Test the backups' }],
      });

      expect(await run(world, next, true)).toMatchObject({ changed: ['R.1'], replaced: [{ from: 'R.1' }] });
      const checked = await succeeded(world.run());
      expect(checked.scope.requirements_replaced).toBe(1);
      const { rows } = await sql`
        select control_id, control_name, class, detail #> '{catalog,from}' as from_control
          from opsdeck_jobs.drift_event where class = 'requirement_replaced'`.execute(db);
      expect(rows).toEqual([
        {
          control_id: 'R.1',
          control_name: 'Train people (was Lock the doors)',
          class: 'requirement_replaced',
          from_control: { control_id: 'R.1', name: 'Lock the doors' },
        },
      ]);
    },
  );

  it('another requirement under an identifier that nothing depends on is named, and reported by the next run', async () => {
    const world = await newWorld(harness);
    await run(world, [doors('r.1')]);
    const next = await run(world, [requirement('r.1', 'Lock the doors', 'Backups are tested once a year.')]);
    expect(next.replaced).toMatchObject([
      { was: 'Doors are locked.', is: 'Backups are tested once a year.' },
    ]);
    expect((await succeeded(world.run())).scope.requirements_replaced).toBe(1);
  });

  it('controls of before anything was remembered are found by title and text', async () => {
    const world = await newWorld(harness);
    await run(world, [doors('r.1'), backups('r.2')]);
    await ruleFor(world, 'R.1');
    await sql`delete from opsdeck_jobs.catalog_control`.execute(world.database.db);
    await run(world, [backups('r.1'), doors('r.2')]);
    expect(await ruled(world)).toEqual(['R.2 Lock the doors']);
  });

  it('what the file lacks is listed with what it lacks since this import first', async () => {
    const world = await newWorld(harness);
    await run(world, [doors('r.1'), backups('r.2'), requirement('r.3', 'Train', 'Everybody learns.')]);
    expect(await run(world, [doors('r.1'), backups('r.2')])).toMatchObject({
      noLongerInFile: ['R.3'],
      newlyMissing: 1,
    });
    expect(await run(world, [backups('r.2')])).toMatchObject({
      noLongerInFile: ['R.1', 'R.3'],
      newlyMissing: 1,
    });
    expect(await run(world, [backups('r.2')])).toMatchObject({
      noLongerInFile: ['R.1', 'R.3'],
      newlyMissing: 0,
    });
    expect(await run(world, [doors('r.1'), backups('r.2')])).toMatchObject({ noLongerInFile: ['R.3'] });
  });

  it('--withdraw marks what the file lacks, but for what a person has decided about; a control that is back is in force again', async () => {
    const world = await newWorld(harness);
    const { db } = world.database;
    const stays = requirement('r.4', 'Plan', 'There is a plan.');
    await run(world, [doors('r.1'), backups('r.2'), requirement('r.3', 'Train', 'Everybody learns.'), stays]);
    await ruleFor(world, 'R.1');
    await sql`update framework_control set soa_justification = 'We do it' where control_id = 'R.2'`.execute(
      db,
    );
    await sql`update framework_control set is_applicable = false where control_id = 'R.3'`.execute(db);
    expect(await run(world, [stays], false, true)).toMatchObject({ markedWithdrawn: ['R.1'] });
    const state = sql`
      select control_id, is_applicable, soa_justification from framework_control where control_id <> 'R.4' order by id`;
    expect((await state.execute(db)).rows).toEqual([
      { control_id: 'R.1', is_applicable: false, soa_justification: 'Withdrawn in the catalog' },
      { control_id: 'R.2', is_applicable: true, soa_justification: 'We do it' },
      { control_id: 'R.3', is_applicable: false, soa_justification: null },
    ]);
    expect((await succeeded(world.run())).status).toMatchObject({ not_applicable: 2 });
    await run(world, [stays, doors('r.1')]);
    expect((await state.execute(db)).rows[0]).toMatchObject({ is_applicable: true, soa_justification: null });
  });
});
