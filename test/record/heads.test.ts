import { sql, type Transaction } from 'kysely';
import { expect, it } from 'vitest';
import { jobs } from '../../jobs/index.ts';
import type { Database } from '../../src/db/tables.ts';
import { appendOnlyTables } from '../../src/grants/core-grants.ts';
import { readAttention } from '../../src/job/attention.ts';
import { type ManualRequest, runManually } from '../../src/job/run-manually.ts';
import { hashOfHead, readNewestHead } from '../../src/record/head.ts';
import { withHead } from '../../src/record/mail-line.ts';
import { partsOf } from '../../src/record/parts.ts';
import { recordAttention } from '../../src/record/status.ts';
import { recordProblems, verifyHeads } from '../../src/record/verify-heads.ts';
import { asOwner, becomeOwner } from '../support/as-owner.ts';
import { onEachDatabase } from '../support/databases.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { testEnvironment, testJob } from '../support/runner.ts';

const parts = partsOf(jobs);
const job = testJob();
const byHand: ManualRequest = {
  ...{ definition: job, params: {}, dryRun: false, timeoutMs: undefined },
  ...{ waitMs: 0, ignorePause: false, allowEmpty: false },
};
const zeros = "decode(repeat('00', 32), 'hex')";

/** What the days before the three heads record: decisions, a review, a snapshot's link, a manifest. */
const recorded: readonly (readonly string[])[] = [
  [
    `insert into opsdeck_jobs.action_log (id, at, actor, action, subject, note)
     values ('00000000-0000-4000-8000-000000000001', '2026-03-01T10:00:00Z', 'os:ana@ops', 'job.pause', 'job:uar', 'Holiday'),
            ('00000000-0000-4000-8000-000000000002', '2026-03-01T11:00:00Z', 'os:ana@ops', 'job.resume', 'job:uar', null)`,
    `insert into opsdeck_jobs.uar_sign_off (execution_id, user_id, email, note, at, evidence_hash)
     values (7, 1, 'ana@example.org', 'Read', '2026-03-01T12:00:00Z', sha256('report'))`,
    `insert into opsdeck_jobs.drift_snapshot (audit_id, run_id, taken_at, evaluator_version, content_hash, previous_hash, chain_hash)
     values (1, gen_random_uuid(), '2026-03-01T08:00:00Z', 1, sha256('a'), ${zeros}, sha256('x'))`,
  ],
  [
    `insert into opsdeck_jobs.uar_decision (finding_id, execution_id, decision, note, actor, at)
     values (3, 7, 'resolved', 'Left', 'ana@example.org', '2026-03-02T12:00:00Z')`,
    `insert into opsdeck_jobs.uar_execution_record (execution_id, comparison_id, outcome, config, program_version, finished_at)
     values (7, 1, 'completed', '{}', '1', '2026-03-02T12:00:00Z')`,
  ],
  [
    `insert into opsdeck_jobs.drift_snapshot (audit_id, run_id, taken_at, evaluator_version, content_hash, previous_hash, chain_hash)
     values (2, gen_random_uuid(), '2026-03-02T08:00:00Z', 1, sha256('b'), sha256('x'), sha256('y'))`,
    `insert into opsdeck_jobs.archive_manifest (id, run_id, policy, table_name, archived_at, document, content_hash, previous_hash, chain_hash)
     select 1, gen_random_uuid(), 'p', 'opsdeck_jobs.action_log', now(), d::json, sha256(d::bytea), ${zeros}, sha256(${zeros} || sha256(d::bytea))
       from (values ('{"action":"archive_then_delete","tables":[{"name":"opsdeck_jobs.action_log"}],"keys":["00000000-0000-4000-8000-000000000001"]}')) v (d)`,
  ],
];

type Tamper = (trx: Transaction<Database>, run: (text: string) => Promise<void>) => Promise<void>;
const first = "'00000000-0000-4000-8000-000000000001'";

/** What is done, and what is found, by the day of the head. */
const tamperings: readonly (readonly [what: string, found: readonly string[], tamper: Tamper])[] = [
  ['nothing', [], async () => {}],
  [
    'data-retention removes a decision by a manifest',
    [],
    (_, run) => run(`delete from opsdeck_jobs.action_log where id = ${first}`),
  ],
  [
    'what identifies a person is erased with its salt',
    [],
    async (_, run) => {
      await run(`update opsdeck_jobs.uar_sign_off set email = '[erased]', note = '[erased]', user_id = 0`);
      await run(
        `update opsdeck_jobs.record_row set salt = null where table_name = 'opsdeck_jobs.uar_sign_off'`,
      );
    },
  ],
  [
    'only the salt is erased',
    ['2026-03-03 row_altered'],
    (_, run) =>
      run(`update opsdeck_jobs.record_row set salt = null where table_name = 'opsdeck_jobs.uar_sign_off'`),
  ],
  [
    'another decision is deleted',
    ['2026-03-03 row_missing'],
    (_, run) => run(`delete from opsdeck_jobs.action_log where action = 'job.resume'`),
  ],
  [
    'another person is written into a decision',
    ['2026-03-03 row_altered'],
    (_, run) => run(`update opsdeck_jobs.action_log set actor = 'os:ben@ops' where action = 'job.resume'`),
  ],
  [
    'a sign-off is of another report',
    ['2026-03-03 row_altered'],
    (_, run) => run(`update opsdeck_jobs.uar_sign_off set evidence_hash = sha256('other')`),
  ],
  [
    'a review is removed, and what the heads saw of it',
    ['2026-03-04 chain_altered'],
    async (_, run) => {
      await run(`delete from opsdeck_jobs.uar_execution_record`);
      await run(`delete from opsdeck_jobs.record_row where table_name = 'opsdeck_jobs.uar_execution_record'`);
    },
  ],
  [
    'a decision is changed, and what the heads saw of it',
    ['2026-03-04 chain_altered', '2026-03-04 row_altered'],
    async (_, run) => {
      await run(`update opsdeck_jobs.uar_decision set decision = 'false_positive'`);
      await run(
        `update opsdeck_jobs.record_row set row_hash = sha256('x') where table_name = 'opsdeck_jobs.uar_decision'`,
      );
    },
  ],
  [
    'the newest snapshot is removed',
    ['2026-03-05 chain_altered'],
    (_, run) => run(`delete from opsdeck_jobs.drift_snapshot where audit_id = 2`),
  ],
  [
    'a manifest is removed',
    ['2026-03-05 chain_altered'],
    (_, run) => run(`delete from opsdeck_jobs.archive_manifest`),
  ],
  [
    'a head is dated back',
    ['2026-03-02 head_altered'],
    (_, run) => run(`update opsdeck_jobs.record_head set day = '2026-03-02' where number = 2`),
  ],
  [
    'a head is removed with what it saw',
    ['2026-03-05 head_missing', ...parts.tables.map(() => '2026-03-05 chain_altered')],
    async (_, run) => {
      await run('update opsdeck_jobs.message set record_head = null');
      await run(`delete from opsdeck_jobs.record_row where head = 2`);
      await run(`delete from opsdeck_jobs.record_head where number = 2`);
    },
  ],
  [
    'the newest head is rewritten, and its hash with it',
    ['null unknown_head'],
    async (trx) => {
      const newest = await readNewestHead(trx);
      if (newest === null) throw new Error('there are heads');
      const chains = newest.chains.replace('"count":2', '"count":1');
      const hash = hashOfHead({ ...newest, chains });
      await sql`update opsdeck_jobs.record_head set chains = ${chains}::json, head_hash = decode(${hash}, 'hex') where number = 3`.execute(
        trx,
      );
    },
  ],
  [
    'a time stamp of something else is put beside a head',
    ['2026-03-05 timestamp_altered'],
    (_, run) =>
      run(`insert into opsdeck_jobs.record_timestamp (head, url, stamped_at, response)
           values (3, 'https://time.example', '2026-03-05T08:00:00Z', '\\x3003020100')`),
  ],
];

onEachDatabase((harness) => {
  it('takes one head a day, which finds each kind of change up to it and nothing that was done rightly', async () => {
    const clock = fakeClock('2026-03-03T08:00:00Z');
    const database = await harness.fresh({ clock });
    const { db } = database;
    const plain = testEnvironment(database, [job], { jobs });
    const environment = { ...plain, config: { ...plain.config, headTo: 'audit@example.org' } };
    for (const [day, statements] of recorded.entries()) {
      clock.set(`2026-03-0${3 + day}T08:00:00Z`);
      for (const statement of statements) await sql.raw(statement).execute(db);
      await runManually(environment, byHand);
      await runManually(environment, byHand);
    }
    const { rows: heads } = await sql<{ number: number; day: string; hash: string }>`
      select number, day::text as day, encode(head_hash, 'hex') as hash from opsdeck_jobs.record_head order by number`.execute(
      db,
    );
    expect(heads.map(({ number, day }) => `${number} ${day}`)).toEqual([
      '1 2026-03-03',
      '2 2026-03-04',
      '3 2026-03-05',
    ]);
    const [oldest, , newest] = heads;
    const finished = plain.logged('job.finished').map((line) => line['labels.record_head']);
    expect(finished).toEqual(heads.flatMap(({ hash }) => [hash, hash]));
    const { rows: messages } = await sql<{ key: string; to: string; hash: string; head: number }>`
      select dedupe_key as key, destination as to, context ->> 'hash' as hash, record_head as head
        from opsdeck_jobs.message where event_code = 'RECORD_HEAD' order by 1`.execute(db);
    expect(messages).toEqual(
      heads.map(({ day, hash, number }) => ({
        key: `record_head:${day}`,
        to: 'audit@example.org',
        hash,
        head: number,
      })),
    );

    const kinds = new Set<string>();
    for (const [what, expected, tamper] of tamperings) {
      class Undone extends Error {}
      const trying = db.transaction().execute(async (trx) => {
        await becomeOwner(trx);
        await tamper(trx, async (text) => {
          await sql.raw(text).execute(trx);
        });
        const { findings } = await verifyHeads(trx, parts, newest?.hash);
        for (const { problem } of findings) kinds.add(problem);
        const found = findings.map(({ day, problem }) => `${day} ${problem}`);
        expect([what, found]).toEqual([what, expected]);
        throw new Undone();
      });
      await expect(trying).rejects.toThrow(Undone);
    }
    expect([...kinds].toSorted()).toEqual([...recordProblems].toSorted());

    // Up to a head nothing that came later counts. The rows are two decisions, a sign-off and the settings of the first run.
    await asOwner(db, (trx) =>
      sql.raw(`delete from opsdeck_jobs.drift_snapshot where audit_id = 2`).execute(trx),
    );
    expect(await verifyHeads(db, parts, oldest?.hash)).toMatchObject({ heads: 1, rows: 4, findings: [] });
    expect((await verifyHeads(db, parts, undefined)).findings).toHaveLength(1);

    // What was never sent is missed after eight days.
    const headTo = 'audit@example.org';
    const matters = async (to: string | undefined, day: string) => {
      const moment = { zones: { business: 'UTC', stored: 'UTC' }, now: new Date(`2026-03-${day}T09:00:00Z`) };
      return (await readAttention(db, [recordAttention({ headTo: to })], moment))[0];
    };
    const after = (day: string) => matters(headTo, day);
    expect(await after('10')).toEqual([]);
    expect(await after('11')).toMatchObject([
      { what: 'no record head was sent to audit@example.org for 8 days' },
    ]);
    await sql`update opsdeck_jobs.message set state = 'sent', finished_at = '2026-03-10T08:00:00Z'`.execute(
      db,
    );
    expect(await after('11')).toEqual([]);
    expect(await matters(undefined, '20')).toMatchObject([
      { what: 'no record head was sent in any mail for 10 days' },
    ]);
  });
});

onEachDatabase((harness) => {
  it('refuses a change of what is recorded, but for a running data-retention run and an erasure in its own transaction', async () => {
    const { db } = await harness.fresh({ clock: fakeClock('2026-03-03T08:00:00Z') });
    const refused = (table: string) => `rows of ${table}`;
    const columnsOf = async (table: string) => {
      const { rows } = await sql<{ name: string }>`
        select attname as name from pg_attribute
         where attrelid = ${table}::text::regclass and attnum > 0 and attidentity = '' order by attnum`.execute(
        db,
      );
      return rows.map(({ name }) => name);
    };
    for (const table of appendOnlyTables) {
      const [first] = await columnsOf(table);
      for (const statement of [`delete from ${table}`, `update ${table} set ${first} = ${first}`])
        await expect(sql.raw(statement).execute(db)).rejects.toThrow(refused(table));
      await expect(sql.raw(`truncate ${table} cascade`).execute(db)).rejects.toThrow(
        refused('opsdeck_jobs.'),
      );
    }
    const [erasure, retention, done, other] = [1, 2, 3, 4].map(
      (n) => `00000000-0000-4000-8000-00000000000${n}`,
    );
    await sql
      .raw(`
      insert into opsdeck_jobs.job_run (id, job, status, trigger, started_at, finished_at, duration_ms, heartbeat_at, params, runner, program_version)
      values ('${retention}', 'data-retention', 'running', 'manual', now(), null, null, now(), '{}', 'r', '1'),
             ('${done}', 'data-retention', 'succeeded', 'manual', now(), now(), 1, now(), '{}', 'r', '1'),
             ('${other}', 'uar', 'running', 'manual', now(), null, null, now(), '{}', 'r', '1')`)
      .execute(db);
    const erase = `insert into opsdeck_jobs.action_log (id, actor, action, subject) values ('${erasure}', 'a@b.c', 'person.erase', 'person')`;
    const removing = (reason: string | undefined, before = 'select 1') =>
      db.transaction().execute(async (trx) => {
        await sql.raw(before).execute(trx);
        await sql`select set_config('opsdeck_jobs.removes_for', ${reason}, true)`.execute(trx);
        await sql`update opsdeck_jobs.action_log set note = 'other'`.execute(trx);
      });
    await removing(retention);
    for (const reason of [done, other, erasure])
      await expect(removing(reason)).rejects.toThrow(refused('opsdeck_jobs.action_log'));
    await removing(erasure, erase);
    await expect(removing(erasure)).rejects.toThrow(refused('opsdeck_jobs.action_log'));
    await expect(sql`delete from opsdeck_jobs.action_log`.execute(db)).rejects.toThrow(
      refused('opsdeck_jobs.action_log'),
    );
  });
});

it('puts the head at the end of a mail, inside its body where it has one', () => {
  const head = { day: '2026-11-30', hash: 'ab'.repeat(32) };
  expect(withHead('<html><body><p>Hi</p></BODY></html>', head)).toMatch(
    /^<html><body><p>Hi<\/p><p style="[^"]+">Record head of 2026-11-30: sha256 (ab){32}<\/p>\n<\/BODY><\/html>$/,
  );
  expect(withHead('Hi', head)).toMatch(/^Hi<p .*<\/p>\n$/);
  expect(withHead('Hi', null)).toBe('Hi');
});
