import { execFile } from 'node:child_process';
import { readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { writeArchive } from '../../../../jobs/data-retention/archive/write-archive.ts';
import { readManifests } from '../../../../jobs/data-retention/records/manifest.sql.ts';
import { verifyArchives } from '../../../../jobs/data-retention/records/verify-archives.ts';
import { restorable } from '../../../../jobs/data-retention/restore/restorable.ts';
import { restoreArchive } from '../../../../jobs/data-retention/restore/restore-archive.ts';
import type { OpenDatabase } from '../../../../src/db/database.ts';
import { asOwner } from '../../../support/as-owner.ts';
import { onEachDatabase, onPostgres } from '../../../support/databases.ts';
import { acceptAndRun, archivesIn, fillJournal, journal, keysOf, newDatabase, newFolder } from '../world.ts';

const scope = { table: undefined, where: [], folder: undefined, dryRun: false, actor: 'test' };

async function restore(database: OpenDatabase, some: Partial<typeof scope> = {}) {
  const [manifest] = await readManifests(database.db, {}, 1);
  if (manifest === undefined) throw new Error('no manifest');
  return restoreArchive(database, restorable(manifest), { ...scope, ...some });
}

async function problems(database: OpenDatabase): Promise<readonly string[]> {
  const { findings } = await verifyArchives(database.db, { folder: undefined, archiveDir: undefined });
  return findings.map(({ problem, detail }) => `${problem}: ${detail.replace(/^\/\S+ /, '')}`);
}

/** As somebody who may write the table would: the hashes are those of what stands there now. */
async function forge(database: OpenDatabase, from: string, to: string): Promise<void> {
  await asOwner(database.db, (trx) =>
    sql`
    update opsdeck_jobs.archive_manifest m
       set document = f.text::json, content_hash = f.hash, chain_hash = sha256(m.previous_hash || f.hash)
      from (select text, sha256(convert_to(text, 'UTF8')) as hash
              from (select replace(document::text, ${from}::text, ${to}::text) as text from opsdeck_jobs.archive_manifest) t) f`.execute(
      trx,
    ),
  );
}

onEachDatabase((harness) => {
  it('restores nothing of archived records that were changed, taken away or added to', async () => {
    const database = await newDatabase(harness);
    await fillJournal(database, 3, 400);
    await acceptAndRun(database, { settings: journal() });
    const changes: readonly (readonly [change: string, back: string])[] = [
      [
        `update opsdeck_jobs.archived_record set line = replace(line, 'user2@', 'evil@')`,
        `update opsdeck_jobs.archived_record set line = replace(line, 'evil@', 'user2@')`,
      ],
      [
        `create temporary table gone as select * from opsdeck_jobs.archived_record where place = 2; delete from opsdeck_jobs.archived_record where place = 2`,
        `insert into opsdeck_jobs.archived_record select * from gone`,
      ],
      [
        `insert into opsdeck_jobs.archived_record values (1, 9, 'no row')`,
        `delete from opsdeck_jobs.archived_record where place = 9`,
      ],
    ];
    for (const [change, back] of changes) {
      for (const one of change.split('; ')) await sql.raw(one).execute(database.db);
      await expect(restore(database)).rejects.toMatchObject({ code: 'restore_refused' });
      expect(await keysOf(database, 'audit_log')).toEqual([]);
      await sql.raw(back).execute(database.db);
    }
    expect(await restore(database)).toMatchObject([{ restored: 3 }]);
  });

  it('reads no archive that is not what was written: no pipe is waited for, nothing foreign is unpacked', async () => {
    const database = await newDatabase(harness);
    await fillJournal(database, 3, 400);
    const folder = await newFolder();
    await acceptAndRun(database, { settings: journal({ archive_dir: folder }) });
    const [name = ''] = await archivesIn(folder);
    const path = join(folder, name);
    const whole = await readFile(path);
    const text = gunzipSync(whole).toString('utf8');
    const foreign = [
      whole.subarray(0, -9),
      Buffer.concat([whole, whole]),
      Buffer.concat([whole, gzipSync('[0,"9",["9"]]\n')]),
      gzipSync(text.replaceAll('user', 'evil')),
      gzipSync('x'.repeat(5_000_000)),
    ];
    for (const bytes of foreign) {
      await writeFile(path, bytes, { mode: 0o600 });
      await expect(restore(database)).rejects.toMatchObject({ code: 'restore_refused' });
      expect(await problems(database)).toEqual(['changed: is not what was written']);
    }
    await rm(path);
    await promisify(execFile)('mkfifo', ['-m', '600', path]);
    await expect(restore(database)).rejects.toMatchObject({ code: 'restore_refused' });
    expect(await problems(database)).toEqual(['changed: it is not a regular file']);
    await rm(path);
    await expect(restore(database)).rejects.toMatchObject({ code: 'restore_refused' });
    expect(await keysOf(database, 'audit_log')).toEqual([]);
    await writeFile(path, whole, { mode: 0o600 });
    expect(await restore(database)).toMatchObject([{ restored: 3 }]);
  });

  it('a forged manifest leads into no table that no policy takes rows from, and does not end the check of the others', async () => {
    const database = await newDatabase(harness);
    await fillJournal(database, 3, 400);
    await acceptAndRun(database, { settings: journal() });
    await sql`create table admin (like audit_log including all)`.execute(database.db);
    await forge(database, '"name":"audit_log"', '"name":"admin"');
    await expect(restore(database)).rejects.toMatchObject({ code: 'restore_refused' });
    expect(await keysOf(database, 'admin')).toEqual([]);
    const unreadable = [
      'manifest_changed: its manifest, or the link to the one before, is not what was written',
    ];
    for (const [from, to, expected] of [
      ['"name":"admin"', '"name":"a b.(c"', []],
      ['"name":"a b.(c"', '"name":"audit_log"', []],
      ['"key":["id"]', '"key":["nothing"]', []],
      ['"key":["nothing"]', '"key":["id"]', []],
      ['{[1,4)}', '{[4,1)}', unreadable],
      ['{[4,1)}', '{[1,99999999999999999999)}', unreadable],
      ['{[1,99999999999999999999)}', '{[1,4)}', []],
      ['"first":"1"', '"first":"one"', unreadable],
    ] as const) {
      await forge(database, from, to);
      expect(await problems(database)).toEqual(expected);
    }
  });

  it('a rehearsal changes nothing, not even what the next key is', async () => {
    const database = await newDatabase(harness);
    await fillJournal(database, 3, 400);
    await acceptAndRun(database, { settings: journal({ archive_dir: await newFolder() }) });
    await sql`select setval('audit_log_id_seq', 1)`.execute(database.db);
    await restore(database, { dryRun: true });
    const { rows } = await sql<{ id: string }>`select nextval('audit_log_id_seq')::text as id`.execute(
      database.db,
    );
    expect(rows).toEqual([{ id: '2' }]);
  });
});

onPostgres((harness) => {
  it('of two restores at once, one puts the rows back and the other finds them there', async () => {
    const database = await newDatabase(harness);
    await fillJournal(database, 3000, 400);
    await acceptAndRun(database, { settings: journal({ archive_dir: await newFolder() }) });
    const other = await harness.second(database);
    const both = await Promise.all([restore(database), restore(other)]);
    expect(
      both
        .flat()
        .map(({ restored, already }) => [restored, already])
        .sort(),
    ).toEqual([
      [0, 3000],
      [3000, 0],
    ]);
  });
});

it('an archive is written through no link that somebody has laid out for it', async () => {
  const folder = await newFolder();
  const victim = join(folder, 'victim');
  await writeFile(victim, 'precious');
  await symlink(victim, join(folder, '.audit_log.ndjson.gz.tmp'));
  const lines = async function* () {
    yield ['[0,"1",["1"]]'];
  };
  await writeArchive(folder, 'audit_log', { format: 1 }, lines(), () => Promise.resolve());
  expect(await readFile(victim, 'utf8')).toBe('precious');
  expect(gunzipSync(await readFile(join(folder, 'audit_log.ndjson.gz'))).toString()).toContain('[0,"1"');
});
