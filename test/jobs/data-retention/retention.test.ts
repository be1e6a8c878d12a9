import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { addHold, releaseHold } from '../../../jobs/data-retention/policy/legal-holds.ts';
import { readShapes } from '../../../jobs/data-retention/policy/table-shape.sql.ts';
import { type ManifestDocument, readManifests } from '../../../jobs/data-retention/records/manifest.sql.ts';
import { verifyArchives } from '../../../jobs/data-retention/records/verify-archives.ts';
import { restorable } from '../../../jobs/data-retention/restore/restorable.ts';
import { restoreArchive } from '../../../jobs/data-retention/restore/restore-archive.ts';
import type { OpenDatabase } from '../../../src/db/database.ts';
import { asOwner } from '../../support/as-owner.ts';
import { authorNamed } from '../../support/author.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { everyRow, nothingLost } from './oracle.ts';
import {
  acceptAndRun,
  archivesIn,
  fillJournal,
  journal,
  keysOf,
  newDatabase,
  newFolder,
  type OwnInput,
  policyOf,
  runRetention,
  type SettingsInput,
} from './world.ts';

async function hold(
  database: OpenDatabase,
  table: string,
  column: string,
  value: string,
  until: string | null = null,
) {
  const shape = (await readShapes(database.db, [table])).get(table);
  if (shape === undefined) throw new Error(`no table ${table}`);
  const conditions = [{ column, value }];
  const now = database.clock.now();
  return database.db.transaction().execute(async (trx) => {
    await sql`set local timezone = 'America/New_York'`.execute(trx);
    return addHold(trx, shape, {
      conditions,
      caseReference: 'Case 1',
      reason: null,
      until,
      author: tester(database),
      now,
    });
  });
}

function tester({ clock, storedZone }: OpenDatabase) {
  return authorNamed('os:test@desk', { clock, zones: { business: 'UTC', stored: storedZone } });
}

async function manifestsOf(database: OpenDatabase): Promise<ManifestDocument[]> {
  return (await readManifests(database.db, {}, 1000)).map(restorable);
}

const everything = { table: undefined, where: [], folder: undefined, dryRun: false, actor: 'test' };

async function restoreAll(database: OpenDatabase, scope: Partial<Parameters<typeof restoreArchive>[2]> = {}) {
  let [restored, already] = [0, 0];
  for (const document of await manifestsOf(database))
    for (const one of await restoreArchive(database, document, { ...everything, ...scope })) {
      restored += one.restored;
      already += one.already;
    }
  return { restored, already };
}

onEachDatabase((harness) => {
  it('deletes nothing before the number it found is accepted, for this policy and no more rows than that', async () => {
    const database = await newDatabase(harness);
    await fillJournal(database, 40, 360);
    const folder = await newFolder();
    const settings = journal({ archive_dir: folder }, { batch_size: 10 });
    const dry = await runRetention(database, { settings, dryRun: true });
    expect(dry).toMatchObject({ status: 'succeeded', exitCode: 0 });
    expect(policyOf(dry)).toMatchObject({ total: 40, due: 34, waits_for: 'first_run', taken: 0 });
    // Nobody was told a number yet: a guess is no acceptance, and a dry run is no offer.
    expect(await runRetention(database, { settings, accept: 'audit_log:34' })).toMatchObject({
      status: 'failed',
      exitCode: 1,
      fault: {
        code: 'acceptance_needed',
        next: expect.stringContaining('run-job data-retention --param accept=audit_log:34'),
      },
    });
    const other = journal({ archive_dir: folder }, { batch_size: 10, keep_days: 366 });
    expect(await runRetention(database, { settings: other, accept: 'audit_log:34' })).toMatchObject({
      exitCode: 1,
    });
    expect(await runRetention(database, { settings, accept: 'audit_lo:34' })).toMatchObject({
      exitCode: 2,
      fault: { code: 'unknown_policy' },
    });
    expect(await keysOf(database, 'audit_log')).toHaveLength(40);
    expect(await archivesIn(folder)).toEqual([]);

    // Five more fall due; 34 were accepted, the oldest.
    await sql`update audit_log set timestamp = timestamp - interval '5 days'`.execute(database.db);
    const accepted = await runRetention(database, { settings, accept: 'audit_log:34' });
    expect(accepted).toMatchObject({ status: 'succeeded', exitCode: 0 });
    expect(policyOf(accepted)).toMatchObject({
      due: 39,
      taken: 34,
      archives: 4,
      first_archive: 1,
      last_archive: 4,
    });
    expect(await keysOf(database, 'audit_log')).toEqual([35, 36, 37, 38, 39, 40]);
    for (const file of await archivesIn(folder))
      expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600);

    // Known now, and below the brake: no acceptance is needed. Over it, one is again.
    expect(policyOf(await runRetention(database, { settings }))).toMatchObject({ due: 5, taken: 5 });
    const tight = journal({ archive_dir: folder }, { max_share: 0.5 });
    await fillJournal(database, 3, 700);
    expect(policyOf(await acceptAndRun(database, { settings: tight }))).toMatchObject({ taken: 3 });
    await fillJournal(database, 3, 700);
    expect(policyOf(await runRetention(database, { settings: tight }))).toMatchObject({
      waits_for: 'max_share',
      accept: 'audit_log:3',
      taken: 0,
    });
  });

  it('brings back every value of every type exactly, twice without harm, and takes it again', async () => {
    const database = await newDatabase(harness);
    const { db } = database;
    await sql`alter table audit_log add n numeric, add f8 float8, add f4 float4, add b bytea, add j json, add jb jsonb, add tz timestamptz,
      add d date, add iv interval, add ts timestamp, add a int[], add t text[], add bp char(5), add u uuid, add r int4range, add nn numeric(7,2),
      add g int generated always as (entity_id + 1) stored`.execute(db);
    await fillJournal(database, 6, 400);
    await sql`update audit_log set n = '12345678901234567890.12345678901234567890', f8 = 0.1::float8 + 0.2::float8, f4 = 1.1, b = '\\x00ff5c0a',
      j = '{"b" : 1,  "a":[null]}', jb = '{"b": 1}', tz = 'infinity', d = '0044-03-15 BC', iv = '1 mon -3 days 04:05:06.789',
      ts = '-infinity', a = '[0:1]={1,NULL}', t = array['a,b', E'c"\\\\', null, ''], bp = 'ab', u = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
      r = '[1,)', nn = 'NaN' where id = 1`.execute(db);
    await sql`update audit_log set f8 = 'NaN', tz = '1999-12-31 23:59:59.999999+05:30', j = 'null', a = '{}', n = '-0.00', d = 'infinity' where id = 2`.execute(
      db,
    );
    const before = await everyRow(database, 'audit_log');
    for (const settings of [
      journal({ archive_dir: await newFolder() }, { batch_size: 4 }),
      journal({}, { batch_size: 4 }),
    ]) {
      expect(policyOf(await acceptAndRun(database, { settings }))).toMatchObject({ taken: 6, stayed: 0 });
      expect(await keysOf(database, 'audit_log')).toEqual([]);
      expect(await restoreAll(database, { dryRun: true })).toMatchObject({ restored: expect.any(Number) });
      expect(await keysOf(database, 'audit_log')).toEqual([]);
      expect(await restoreAll(database, { where: [{ column: 'id', value: '2' }] })).toEqual({
        restored: 1,
        already: expect.any(Number),
      });
      await restoreAll(database);
      expect(await restoreAll(database)).toMatchObject({ restored: 0 });
      const now = await sql<{ n: number }>`select count(*)::int as n from audit_log`.execute(db);
      expect(now.rows).toEqual([{ n: 6 }]);
      expect(new Set(await everyRow(database, 'audit_log'))).toEqual(new Set(before));
      expect(await verifyArchives(db, { folder: undefined, archiveDir: undefined })).toMatchObject({
        findings: [],
      });
    }
  });

  it('leaves what changed, was under legal hold, or was pointed to after it was archived', async () => {
    const database = await newDatabase(harness);
    const { db } = database;
    await fillJournal(database, 12, 400);
    const folder = await newFolder();
    await sql`insert into scheduled_communication (status, scheduled_date, target_type, target_id, channel, audit_log_id)
              values ('sent', '2024-01-01', 'Asset', 1, 'email', 1)`.execute(db);
    const at = await hold(database, 'opsdeck_jobs.action_log', 'at', '2020-01-01 10:00:00Z');
    expect(at.values).toEqual(['2020-01-01 10:00:00+00']);
    const held = await hold(database, 'audit_log', 'id', '002');
    expect(held).toMatchObject({ rows: 1, values: ['2'] });
    const also = await hold(database, 'audit_log', 'entity_id', '2', '2026-03-01');
    const over = await hold(database, 'audit_log', 'id', '3', '2026-02-28');
    expect(over).toMatchObject({ rows: 1 });
    await db
      .transaction()
      .execute((trx) =>
        releaseHold(trx, held.id, { author: tester(database), now: database.clock.now(), note: null }),
      );

    const outcome = await acceptAndRun(database, {
      settings: journal({ archive_dir: folder }),
      onStep: async (step) => {
        if (step !== 'verified') return;
        await sql`update audit_log set changes = changes || ' ' where id = 4`.execute(db);
        await hold(database, 'audit_log', 'id', '5');
        await sql`update scheduled_communication set audit_log_id = 6`.execute(db);
        await sql`update audit_log set event_processed = false where id = 7`.execute(db);
        await sql`delete from audit_log where id = 8`.execute(db);
      },
    });
    expect(policyOf(outcome)).toMatchObject({
      due: 10,
      held: 1,
      referenced: [{ table: 'scheduled_communication', rows: 1 }],
      taken: 5,
      stayed: 5,
    });
    expect(await keysOf(database, 'audit_log')).toEqual([1, 2, 4, 5, 6, 7]);
    const [document] = await manifestsOf(database);
    expect(document).toMatchObject({ keys: '{[3,4),[9,13)}', tables: [{ rows: 5 }], place: { lines: 11 } });
    expect(await verifyArchives(db, { folder: undefined, archiveDir: undefined })).toMatchObject({
      findings: [],
      rows: 5,
    });
    // Only what the manifest names is an archived row.
    expect(await restoreAll(database)).toEqual({ restored: 5, already: 0 });
    expect(
      (await sql`select changes from audit_log where id = 4 and changes like '% '`.execute(db)).rows,
    ).toHaveLength(1);
    await db
      .transaction()
      .execute((trx) =>
        releaseHold(trx, also.id, { author: tester(database), now: database.clock.now(), note: null }),
      );
    const log = await sql<{
      action: string;
    }>`select action from opsdeck_jobs.action_log where subject like 'retention_hold%' order by at, action`.execute(
      db,
    );
    expect(
      log.rows.map(({ action }) => action).filter((action) => action === 'retention_hold_released'),
    ).toHaveLength(2);
  });

  it('refuses to restore into a table that has changed, and names the column', async () => {
    const database = await newDatabase(harness);
    const { db } = database;
    await fillJournal(database, 3, 400);
    await acceptAndRun(database, { settings: journal({ archive_dir: await newFolder() }) });
    const refusals: readonly (readonly [string, string, string])[] = [
      [
        'alter table audit_log add actor text not null',
        'audit_log.actor has come since',
        'alter table audit_log drop actor',
      ],
      [
        'alter table audit_log alter entity_id type bigint',
        'audit_log.entity_id was integer and is bigint now',
        'alter table audit_log alter entity_id type integer',
      ],
      [
        'alter table audit_log rename changes to change',
        'audit_log.changes is not there any more',
        'alter table audit_log rename change to changes',
      ],
    ];
    for (const [change, says, back] of refusals) {
      await asOwner(db, (trx) => sql.raw(change).execute(trx));
      await expect(restoreAll(database)).rejects.toThrow(says);
      expect(await keysOf(database, 'audit_log')).toEqual([]);
      await sql.raw(back).execute(db);
    }
    await sql.raw(`alter table audit_log add note text default 'new'`).execute(db);
    await sql`insert into audit_log (id, timestamp, action, entity_type) values (2, '2020-01-01', 'create', 'Asset')`.execute(
      db,
    );
    await expect(restoreAll(database)).rejects.toThrow('audit_log has the row 2 with other values');
    expect(await keysOf(database, 'audit_log')).toEqual([2]);
    await sql`delete from audit_log`.execute(db);
    expect(await restoreAll(database)).toEqual({ restored: 3, already: 0 });
    const { rows } = await sql<{ note: string }>`select distinct note from audit_log`.execute(db);
    expect(rows).toEqual([{ note: 'new' }]);
    // A sequence that would give out a key of theirs again is moved on.
    await sql`select setval('audit_log_id_seq', 1)`.execute(db);
    await sql`delete from audit_log`.execute(db);
    await restoreAll(database);
    const { rows: next } = await sql<{ id: string }>`select nextval('audit_log_id_seq')::text as id`.execute(
      db,
    );
    expect(next).toEqual([{ id: '4' }]);
  });

  it('takes a review with all that belongs to it, keeps the newest and those with open findings, and puts it back in order', async () => {
    const database = await newDatabase(harness);
    const { db } = database;
    await sql`insert into uar_comparison (name, source_a_type, source_b_type, key_field_a, key_field_b) values ('c', 'x', 'y', 'k', 'k')`.execute(
      db,
    );
    await sql`insert into uar_execution (comparison_id, status, started_at)
      select 1, case n when 2 then 'failed' else 'completed' end, timestamp '2020-01-01' + make_interval(days => n) from generate_series(1, 5) n`.execute(
      db,
    );
    // More than are read at a time.
    await sql`insert into uar_finding (execution_id, finding_type, key_value, status, raw_data_a, last_seen_at)
      select case when n <= 2100 then 1 + n % 2 else 3 + n % 2 end, 'Mismatch', 'k' || n,
             case when n = 2102 then 'open' else 'resolved' end, '{"a":  1}',
             case when n = 2103 then timestamp '2026-02-01' else '2020-01-02' end from generate_series(1, 2103) n`.execute(
      db,
    );
    await sql`insert into opsdeck_jobs.uar_execution_record (execution_id, comparison_id, outcome, config, program_version, finished_at)
      select id, 1, 'completed', '{}', '1', started_at from uar_execution`.execute(db);
    await sql`insert into opsdeck_jobs.uar_identity (identity, comparison_id, finding_type, key_text, finding_id, first_seen_at)
      select sha256(convert_to(id::text, 'UTF8')), 1, finding_type, key_value, id, '2020-01-01' from uar_finding`.execute(
      db,
    );
    await sql`insert into opsdeck_jobs.uar_observation (execution_id, identity, finding_id, finding_type, severity, key_text, novelty, status)
      select execution_id, sha256(convert_to(id::text, 'UTF8')), id, finding_type, 'low', key_value, 'new', status from uar_finding where id < 100`.execute(
      db,
    );
    const tables = [
      'uar_execution',
      'uar_finding',
      'opsdeck_jobs.uar_execution_record',
      'opsdeck_jobs.uar_identity',
      'opsdeck_jobs.uar_observation',
    ];
    const contents = async () => {
      const found: unknown[] = [];
      for (const table of tables)
        found.push((await sql`select t::text as row from ${sql.raw(table)} t order by 1`.execute(db)).rows);
      return found;
    };
    const before = await contents();
    const settings = {
      archive_dir: await newFolder(),
      built_in: { uar_execution: { enabled: true, max_share: 1 } },
    };
    // A policy that takes less along takes nothing whose rows would be left alone, with a foreign key or without.
    for (const [related, kept] of [
      [[], 'uar_finding'],
      [['uar_finding'], 'opsdeck_jobs.uar_execution_record'],
    ] as const) {
      const own = {
        table: 'uar_execution',
        timestamp_column: 'started_at',
        keep_days: 365,
        related: [...related],
      };
      const policies = { own: { ...own, action: 'delete' as const } };
      expect(policyOf(await runRetention(database, { settings: { policies }, dryRun: true }))).toMatchObject({
        due: 0,
        referenced: [{ table: kept, rows: 2 }],
      });
    }
    const outcome = await acceptAndRun(database, { settings });
    // 3 has open findings, a finding of 4 was seen last month, 5 is the newest.
    expect(policyOf(outcome)).toMatchObject({ total: 5, due: 2, taken: 2 });
    expect(await keysOf(database, 'uar_execution')).toEqual([3, 4, 5]);
    expect(policyOf(outcome).related).toBe(2100 + 2 + 2100 + 99);
    expect(await verifyArchives(db, { folder: undefined, archiveDir: undefined })).toMatchObject({
      findings: [],
    });
    await restoreAll(database);
    expect(await contents()).toEqual(before);
  });

  it('anonymises, deletes and copies as configured, once, and archives nothing of what it has to forget', async () => {
    const database = await newDatabase(harness, 'owner');
    const { db } = database;
    await fillJournal(database, 4, 400);
    const folder = await newFolder();
    const own = (policy: Pick<OwnInput, 'action' | 'conditions' | 'replace'>): SettingsInput => {
      const fixed = { table: 'audit_log', timestamp_column: 'timestamp', keep_days: 365, max_share: 1 };
      return { archive_dir: folder, policies: { own: { ...fixed, ...policy } } };
    };
    const copy = own({
      action: 'archive_only',
      conditions: [{ column: 'id', operator: 'in', value: [1, 2] }],
    });
    expect(policyOf(await acceptAndRun(database, { settings: copy }))).toMatchObject({
      taken: 2,
      archives: 1,
    });
    expect(policyOf(await runRetention(database, { settings: copy }))).toMatchObject({ due: 0, taken: 0 });
    const forget = own({ action: 'anonymise', replace: { user_email: 'nobody', ip_address: null } });
    expect(policyOf(await acceptAndRun(database, { settings: forget }))).toMatchObject({ taken: 4 });
    expect(policyOf(await runRetention(database, { settings: forget }))).toMatchObject({ due: 0 });
    const { rows } = await sql`select distinct user_email, ip_address from audit_log`.execute(db);
    expect(rows).toEqual([{ user_email: 'nobody', ip_address: null }]);
    const away = own({
      action: 'delete',
      conditions: [{ column: 'entity_id', operator: 'less_than', value: 3 }],
    });
    expect(policyOf(await acceptAndRun(database, { settings: away }))).toMatchObject({ taken: 2 });
    expect(await keysOf(database, 'audit_log')).toEqual([3, 4]);
    expect((await archivesIn(folder)).length).toBe(1);
    expect(await verifyArchives(db, { folder: undefined, archiveDir: folder })).toMatchObject({
      findings: [],
      archives: 3,
    });
  });

  it('a policy that does not fit the database is a problem of the configuration: exit 2, and it does nothing', async () => {
    const database = await newDatabase(harness);
    await fillJournal(database, 3, 400);
    const policy = {
      table: 'audit_log',
      timestamp_column: 'timestamp',
      keep_days: 365,
      action: 'archive_then_delete',
    } as const;
    const broken: readonly (readonly [object, string])[] = [
      [{ timestamp_column: 'at' }, 'the database has no column audit_log.at'],
      [
        { timestamp_column: 'action' },
        'audit_log.action is character varying(10), and neither a date nor a time',
      ],
      [
        { conditions: [{ column: 'nope', operator: 'is_null' }] },
        'the database has no column audit_log.nope',
      ],
      [
        { conditions: [{ column: 'entity_id', operator: 'equals', value: 'x' }] },
        'invalid input syntax for type integer',
      ],
      [{ action: 'anonymise', replace: { action: null } }, 'audit_log.action cannot be null'],
      [{ action: 'anonymise', replace: { user_id: '1' } }, 'audit_log.user_id points to another table'],
      [{ action: 'anonymise', replace: { action: 'much too long' } }, 'audit_log.action holds 10 characters'],
      [{ action: 'archive_only' }, 'archive_only needs archive_dir'],
    ];
    for (const [change, says] of broken) {
      const settings = {
        built_in: { audit_log: { enabled: true } },
        policies: { own: { ...policy, ...change } },
      };
      expect(await runRetention(database, { settings })).toMatchObject({
        exitCode: 2,
        fault: { code: 'retention_policy', message: expect.stringContaining(says) },
      });
    }
    await sql`drop table exchange_rate`.execute(database.db);
    const settings = { built_in: { exchange_rate: { enabled: true } } };
    expect(await runRetention(database, { settings })).toMatchObject({
      exitCode: 2,
      fault: { message: expect.stringContaining('the database has no table exchange_rate') },
    });
    expect(await runRetention(database, { settings: {} })).toMatchObject({
      exitCode: 0,
      result: { policies: [] },
    });
    expect(await keysOf(database, 'audit_log')).toHaveLength(3);
  });

  it('shows what was changed in an archive, its manifest or its table, and goes on only where it can see the others', async () => {
    const database = await newDatabase(harness);
    const { db } = database;
    await fillJournal(database, 9, 400);
    const folder = await newFolder();
    const settings = journal({ archive_dir: folder }, { batch_size: 3 });
    await acceptAndRun(database, { settings });
    const problems = async () =>
      (await verifyArchives(db, { folder: undefined, archiveDir: folder })).findings.map(
        ({ archive, problem }) => `${archive} ${problem}`,
      );
    const undoing = async (change: string, undo: string, expected: readonly string[]) => {
      await asOwner(db, (trx) => sql.raw(change).execute(trx));
      expect(await problems()).toEqual(expected);
      await asOwner(db, (trx) => sql.raw(undo).execute(trx));
      expect(await problems()).toEqual([]);
    };
    expect(await problems()).toEqual([]);
    await undoing(
      `update opsdeck_jobs.archive_manifest set document = replace(document::text, '{[4,7)}', '{[4,6)}')::json where id = 2`,
      `update opsdeck_jobs.archive_manifest set document = replace(document::text, '{[4,6)}', '{[4,7)}')::json where id = 2`,
      ['2 manifest_changed', '2 rows_missing'],
    );
    await undoing(
      `insert into audit_log (id, timestamp, action, entity_type) values (5, now(), 'x', 'y')`,
      `delete from audit_log`,
      ['2 also_in_table'],
    );
    await sql`create table kept as select * from opsdeck_jobs.archive_manifest where id = 2`.execute(db);
    await undoing(
      `delete from opsdeck_jobs.archive_manifest where id = 2`,
      `insert into opsdeck_jobs.archive_manifest select * from kept`,
      ['3 manifest_changed', 'null no_manifest', 'null no_manifest'],
    );
    const [first = '', second = ''] = await archivesIn(folder);
    await rm(join(folder, first));
    await writeFile(join(folder, second), 'not an archive', { mode: 0o600 });
    expect(await problems()).toEqual(['1 missing', '2 changed']);
    await expect(restoreAll(database)).rejects.toThrow();
    for (const file of await archivesIn(folder)) await rm(join(folder, file));
    // No archive is where there were some: the disk is not mounted.
    await fillJournal(database, 1, 400);
    expect(await runRetention(database, { settings })).toMatchObject({
      fault: { code: 'archive_dir_unusable' },
    });
    expect(await keysOf(database, 'audit_log')).toHaveLength(1);
  });

  it('stops after its time and goes on where it stopped; nothing is lost on the way', async () => {
    const database = await newDatabase(harness);
    await fillJournal(database, 30, 400);
    const before = await everyRow(database, 'audit_log');
    const settings = journal({ archive_dir: await newFolder(), stop_after: '0ms' }, { batch_size: 10 });
    const stopped = await acceptAndRun(database, { settings });
    expect(stopped).toMatchObject({ status: 'succeeded', result: { stopped: true } });
    expect(policyOf(stopped)).toMatchObject({ taken: 0, unfinished: true });
    const going = await runRetention(database, { settings: { ...settings, stop_after: '1h' } });
    expect(policyOf(going)).toMatchObject({ taken: 30, unfinished: false });
    expect(await nothingLost(database, 'audit_log')).toEqual({ rows: before, findings: [] });
  });
});
