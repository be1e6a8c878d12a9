import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { readManifests } from '../../../../jobs/data-retention/records/manifest.sql.ts';
import { restorable } from '../../../../jobs/data-retention/restore/restorable.ts';
import { restoreArchive } from '../../../../jobs/data-retention/restore/restore-archive.ts';
import { onEachDatabase } from '../../../support/databases.ts';
import { acceptAndRun, newDatabase, newFolder, policyOf } from '../world.ts';

onEachDatabase((harness) => {
  it('after a restore into a database whose sequences began anew, no table gives out a restored key again', async () => {
    const database = await newDatabase(harness);
    const { db } = database;
    for (const statement of [
      `insert into uar_comparison (id, name, source_a_type, source_b_type, key_field_a, key_field_b)
       values (1, 'HR', 'x', 'y', 'k', 'k')`,
      `insert into uar_execution (id, comparison_id, status, started_at)
       values (40, 1, 'completed', '2020-01-01'), (41, 1, 'completed', '2026-02-01')`,
      `insert into uar_finding (id, execution_id, finding_type, key_value, status, last_seen_at)
       values (70, 40, 'Mismatch', 'k', 'resolved', '2020-01-01')`,
    ])
      await sql.raw(statement).execute(db);
    const settings = {
      archive_dir: await newFolder(),
      built_in: { uar_execution: { enabled: true, max_share: 1 } },
    };
    expect(policyOf(await acceptAndRun(database, { settings }))).toMatchObject({ taken: 1, related: 1 });
    const scope = { table: undefined, where: [], folder: undefined, actor: 'test' };
    const next = async (table: string) => {
      const { rows } = await sql<{ last: string }>`
        select last_value::text as last from ${sql.id(`${table}_id_seq`)}`.execute(db);
      return rows[0]?.last;
    };
    for (const [dryRun, execution, finding] of [
      [true, '1', '1'],
      [false, '40', '70'],
    ] as const) {
      for (const manifest of await readManifests(db, {}, 10))
        await restoreArchive(database, restorable(manifest), { ...scope, dryRun });
      expect([await next('uar_execution'), await next('uar_finding')]).toEqual([execution, finding]);
    }
  });
});
