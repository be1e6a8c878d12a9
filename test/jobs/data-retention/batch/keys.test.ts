import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { readManifests } from '../../../../jobs/data-retention/records/manifest.sql.ts';
import { verifyArchives } from '../../../../jobs/data-retention/records/verify-archives.ts';
import { restorable } from '../../../../jobs/data-retention/restore/restorable.ts';
import { restoreArchive } from '../../../../jobs/data-retention/restore/restore-archive.ts';
import type { OpenDatabase } from '../../../../src/db/database.ts';
import { onEachDatabase } from '../../../support/databases.ts';
import { acceptAndRun, newDatabase, newFolder, type OwnInput, policyOf, runRetention } from '../world.ts';

const policy: OwnInput = {
  table: 'maintenance_log',
  timestamp_column: 'at',
  keep_days: 30,
  action: 'archive_then_delete',
  batch_size: 4,
  max_share: 1,
};

/** The key of row n; they do not sort as they count. */
const uuid = (n: number) => `${(n * 7) % 10}0eebc99-9c0b-4ef8-bb6d-6bb9bd380a${10 + n}`;

async function rowsOf(database: OpenDatabase): Promise<unknown> {
  return (await sql`select t::text as row from maintenance_log t order by id`.execute(database.db)).rows;
}

async function replaceTable(database: OpenDatabase, columns: string): Promise<void> {
  await sql`drop table if exists maintenance_log cascade`.execute(database.db);
  await sql.raw(`create table maintenance_log (${columns})`).execute(database.db);
}

onEachDatabase((harness) => {
  it('takes rows by uuid as by number: archives, holds, references, verifies and restores them', async () => {
    const database = await newDatabase(harness, 'owner');
    const { db } = database;
    await replaceTable(database, 'at timestamp not null, note text, id uuid primary key');
    const fill = (from: number) =>
      sql`insert into maintenance_log (id, at, note)
        select id, '2025-01-01', E'"n\\n' || id from unnest(${Array.from({ length: 10 }, (_, n) => uuid(from + n))}::uuid[]) id`.execute(
        db,
      );
    await fill(0);
    await sql`create table points (log uuid references maintenance_log (id))`.execute(db);
    await sql`insert into points values (${uuid(3)}::uuid)`.execute(db);
    await sql`insert into opsdeck_jobs.retention_hold (table_name, columns, "values", case_reference, added_by, added_at)
      values ('maintenance_log', '{id}', array[${uuid(5)}::text], 'Case 1', 'test', now())`.execute(db);
    const before = await rowsOf(database);
    const restored = { table: undefined, folder: undefined, dryRun: false, actor: 'test' };
    for (const where of [{ archive_dir: await newFolder() }, {}]) {
      const settings = { ...where, policies: { logs: policy } };
      expect(policyOf(await acceptAndRun(database, { settings }))).toMatchObject({
        total: 10,
        due: 8,
        held: 1,
        referenced: [{ table: 'points', rows: 1 }],
        taken: 8,
        archives: 2,
      });
      expect(await verifyArchives(db, { folder: undefined, archiveDir: undefined })).toMatchObject({
        findings: [],
      });
      const documents = (await readManifests(db, {}, 100)).map(restorable).slice(-2);
      const named = documents.flatMap(({ keys }) => keys);
      expect(named).toEqual([0, 1, 2, 4, 6, 7, 8, 9].map(uuid).toSorted());
      // One by its key, then all; a row that is back shows.
      for (const document of documents)
        await restoreArchive(database, document, { ...restored, where: [{ column: 'id', value: uuid(8) }] });
      expect(await rowsOf(database)).toHaveLength(3);
      for (const document of documents) await restoreArchive(database, document, { ...restored, where: [] });
      expect(await rowsOf(database)).toEqual(before);
    }
    const copied = {
      archive_dir: await newFolder(),
      policies: { copies: { ...policy, action: 'archive_only' as const } },
    };
    expect(policyOf(await acceptAndRun(database, { settings: copied }))).toMatchObject({ taken: 9 });
    expect(policyOf(await runRetention(database, { settings: copied }))).toMatchObject({ due: 0 });
  });

  it('refuses any other primary key with one sentence, before anything is taken', async () => {
    const database = await newDatabase(harness);
    const others = {
      text: 'id text primary key, at timestamp not null',
      composite: 'id integer, part integer, at timestamp not null, primary key (id, part)',
      decimal: 'id numeric primary key, at timestamp not null',
      'only unique': 'id integer unique, at timestamp not null',
    };
    for (const [about, columns] of Object.entries(others)) {
      await replaceTable(database, columns);
      for (const action of ['archive_then_delete', 'delete'] as const) {
        const settings = { policies: { logs: { ...policy, action } } };
        expect(await runRetention(database, { settings }), about).toMatchObject({
          exitCode: 2,
          fault: {
            code: 'retention_policy',
            message:
              'The retention policy logs cannot be used: maintenance_log has no primary key of one integer or uuid column.',
          },
        });
      }
    }
  });
});
