import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { editionWords, readEditions } from '../../../../../jobs/compliance-drift/import/oscal/edition.sql.ts';
import {
  frameworkName,
  importCatalog,
} from '../../../../../jobs/compliance-drift/import/oscal/import-catalog.ts';
import { readCatalog } from '../../../../../jobs/compliance-drift/import/oscal/read-catalog.ts';
import type { OpenDatabase } from '../../../../../src/db/database.ts';
import { inputFiles } from '../../../../import/input-files.ts';
import { onEachDatabase, onPostgres } from '../../../../support/databases.ts';
import { catalogJson, control, withdrawn } from './catalogs.ts';

const write = inputFiles();

async function run(
  database: OpenDatabase,
  controls: readonly unknown[],
  dryRun = false,
  name?: string,
  acceptRenumbered = false,
) {
  const catalog = await readCatalog(await write(catalogJson({ controls })), 'catalog.json');
  return importCatalog(
    catalog,
    frameworkName(catalog, name),
    { acceptRenumbered, withdraw: false },
    {
      database,
      dryRun,
      actor: 'os:ana@host',
      signal: new AbortController().signal,
    },
  );
}

async function stored(database: OpenDatabase): Promise<unknown[]> {
  const { rows } = await sql`
    select control_id, name, description, is_applicable, soa_justification from framework_control order by id`.execute(
    database.db,
  );
  return rows;
}

async function decide(
  database: OpenDatabase,
  id: string,
  applicable: boolean,
  text: string | null,
): Promise<void> {
  await sql`
    update framework_control set is_applicable = ${applicable}, soa_justification = ${text}
     where control_id = ${id}`.execute(database.db);
}

const ours = 'Withdrawn in the catalog';

onEachDatabase((harness) => {
  it('creates the framework and its controls, and the same catalog twice changes nothing', async () => {
    const database = await harness.fresh();
    const controls = [control('a-1', { controls: [control('a-1.1')] }), withdrawn('a-2')];
    expect(await run(database, controls)).toEqual({
      framework: 'House rules',
      frameworkCreated: true,
      controls: 3,
      withdrawn: 1,
      added: ['A-1', 'A-1.1', 'A-2'],
      changed: [],
      unchanged: 0,
      renumbered: [],
      replaced: [],
      noLongerInFile: [],
      newlyMissing: 0,
      markedWithdrawn: [],
      repeatedInDatabase: [],
    });
    const before = await stored(database);
    expect(before).toEqual([
      {
        control_id: 'A-1',
        name: 'Title of a-1',
        description: 'Do a-1.',
        is_applicable: true,
        soa_justification: null,
      },
      {
        control_id: 'A-1.1',
        name: 'Title of a-1.1',
        description: 'Do a-1.1.',
        is_applicable: true,
        soa_justification: null,
      },
      {
        control_id: 'A-2',
        name: 'Title of a-2',
        description: 'Withdrawn',
        is_applicable: false,
        soa_justification: ours,
      },
    ]);
    expect(await run(database, controls)).toMatchObject({
      frameworkCreated: false,
      added: [],
      changed: [],
      unchanged: 3,
    });
    expect(await stored(database)).toEqual(before);
    const { rows } = await sql`
      select (select json_agg(row_to_json(f)) from
               (select name, description, link, is_custom, is_active from framework) f) as frameworks,
             (select json_agg(l.after) from opsdeck_jobs.action_log l) as log`.execute(database.db);
    expect(rows[0]).toEqual({
      frameworks: [
        {
          name: 'House rules',
          description: 'House rules, version 2 (OSCAL 1.1.2)',
          link: null,
          is_custom: true,
          is_active: true,
        },
      ],
      log: [{ framework: 'House rules', created: true, controls: 3, added: 3, changed: 0 }],
    });
  });

  it('keeps the version and the file of each import, also of one that changes no control', async () => {
    const database = await harness.fresh();
    const importing = async (metadata: Readonly<Record<string, unknown>>) => {
      const text = catalogJson({ controls: [control('a-1')] }, metadata);
      const catalog = await readCatalog(await write(`\uFEFF${text}`), 'catalog.json');
      await importCatalog(
        catalog,
        'House',
        { acceptRenumbered: false, withdraw: false },
        { database, dryRun: false, actor: 'os:ana@host', signal: new AbortController().signal },
      );
      return createHash('sha256').update(`\uFEFF${text}`).digest('hex');
    };
    await sql`insert into framework (name, is_custom, is_active) values ('Typed', true, true)`.execute(
      database.db,
    );
    await importing({ published: '2026-01-01T00:00:00Z' });
    const sha256 = await importing({ version: '3', 'last-modified': '2026-05-12T01:01:09Z' });
    const [house, typed] = await readEditions(database.db, null);
    expect(house).toMatchObject({
      ...{ framework: 'House', title: 'House rules', version: '3', published: null },
      ...{ lastModified: '2026-05-12T01:01:09Z', oscalVersion: '1.1.2', sha256, by: 'os:ana@host' },
    });
    expect(typed === undefined ? '' : editionWords(typed, 'UTC')).toBe('version not recorded');
    const { rows } = await sql`select version from opsdeck_jobs.catalog_import order by id`.execute(
      database.db,
    );
    expect(rows).toEqual([{ version: '2' }, { version: '3' }]);
    await expect(
      sql`update opsdeck_jobs.catalog_import set version = '4'`.execute(database.db),
    ).rejects.toThrow();
  });

  it('a dry run reports the same and leaves no framework behind', async () => {
    const database = await harness.fresh();
    const report = await run(database, [control('a-1')], true);
    expect(await database.db.selectFrom('framework').select('id').execute()).toEqual([]);
    expect(await run(database, [control('a-1')])).toEqual(report);
  });

  it('reports what was added, what changed and what is no longer in the file; nothing is deleted', async () => {
    const database = await harness.fresh();
    await run(database, [control('a-1'), control('a-2'), control('a-3')], false, 'Mine');
    const next = await run(
      database,
      [control('a-2', { title: 'New title' }), control('a-3'), control('a-4')],
      false,
      'Mine',
    );
    expect(next).toMatchObject({
      framework: 'Mine',
      added: ['A-4'],
      changed: ['A-2'],
      unchanged: 1,
      noLongerInFile: ['A-1'],
    });
    expect(await stored(database)).toHaveLength(4);
  });

  it('only looks at its own framework', async () => {
    const database = await harness.fresh();
    await run(database, [control('a-1')], false, 'One');
    expect(await run(database, [control('a-2')], false, 'Two')).toMatchObject({
      added: ['A-2'],
      noLongerInFile: [],
    });
  });

  it('leaves the name, the text, the state of a framework that exists to the people who wrote them', async () => {
    const database = await harness.fresh();
    await sql`insert into framework (name, description, is_custom, is_active) values ('House rules', 'Ours', false, false)`.execute(
      database.db,
    );
    await run(database, [control('a-1')]);
    expect(await database.db.selectFrom('framework').select(['description', 'is_active']).execute()).toEqual([
      { description: 'Ours', is_active: false },
    ]);
  });

  it('names which controls the database has twice, and compares the oldest', async () => {
    const database = await harness.fresh();
    await run(database, [control('a-1')]);
    await sql`
      insert into framework_control (framework_id, control_id, name, is_applicable)
      select framework_id, control_id, 'Copy', true from framework_control`.execute(database.db);
    expect(await run(database, [control('a-1')])).toMatchObject({
      unchanged: 1,
      noLongerInFile: [],
      repeatedInDatabase: ['A-1'],
    });
  });

  it('a text that only people have written stays where the catalog has none', async () => {
    const database = await harness.fresh();
    const bare = control('a-1', { parts: [] });
    await run(database, [bare]);
    await sql`update framework_control set description = 'Ours'`.execute(database.db);
    expect(await run(database, [bare])).toMatchObject({ unchanged: 1 });
    expect(await stored(database)).toMatchObject([{ description: 'Ours' }]);
  });

  it('applicability is a decision of people: only a withdrawal that no person has decided about switches it', async () => {
    // What people decided, whether the catalog withdraws the control now, and what stands afterwards.
    const cases = {
      'nobody has decided': [true, null, 'withdrawn', false, ours],
      'a blank justification': [true, '  ', 'withdrawn', false, ours],
      'kept with a reason': [true, 'We still do it', 'withdrawn', true, 'We still do it'],
      'already out with a reason': [false, 'No such system', 'withdrawn', false, 'No such system'],
      'already out without one': [false, null, 'withdrawn', false, null],
      'in force, out with a reason': [false, 'No such system', 'in force', false, 'No such system'],
      'in force, out without one': [false, null, 'in force', false, null],
      'in force again after a withdrawal': [false, ours, 'in force', true, null],
    } as const;
    const database = await harness.fresh();
    await run(
      database,
      Object.keys(cases).map((id) => control(id)),
    );
    for (const [id, [applicable, text]] of Object.entries(cases)) {
      await decide(database, id.toUpperCase(), applicable, text);
    }
    const next = Object.entries(cases).map(([id, [, , status]]) => ({
      ...control(id),
      props: [{ name: 'status', value: status }],
    }));
    await run(database, next);
    expect(await stored(database)).toMatchObject(
      Object.entries(cases).map(([id, [, , , applicable, text]]) => ({
        control_id: id.toUpperCase(),
        is_applicable: applicable,
        soa_justification: text,
      })),
    );
    expect(await run(database, next)).toMatchObject({ changed: [], unchanged: next.length });
  });

  it('a name that the column cannot hold is refused before anything is written', async () => {
    const database = await harness.fresh();
    await expect(run(database, [control('a-1')], false, 'x'.repeat(256))).rejects.toMatchObject({
      code: 'invalid_framework_name',
      exitCode: 2,
    });
  });
});

onPostgres((harness) => {
  it('two imports of one catalog at once add nothing twice', async () => {
    const database = await harness.fresh();
    const other = await harness.second(database);
    const controls = Array.from({ length: 200 }, (_, index) => control(`a-${index}`));
    const results = await Promise.all([run(database, controls), run(other, controls)]);
    expect(results.map(({ added }) => added.length).sort((a, b) => a - b)).toEqual([0, 200]);
    expect(await stored(database)).toHaveLength(200);
  });
});
