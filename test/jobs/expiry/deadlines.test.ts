import { type Kysely, sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import deadlines from '../../../jobs/expiry/deadlines.ts';
import { deadlines as imported } from '../../../jobs/expiry/import/deadlines.ts';
import type { OpenDatabase } from '../../../src/db/database.ts';
import type { Database } from '../../../src/db/tables.ts';
import { openCsv } from '../../../src/import/csv-file.ts';
import { importCsv } from '../../../src/import/import-csv.ts';
import { inputFiles } from '../../import/input-files.ts';
import { onEachDatabase, onOpsdeck } from '../../support/databases.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { suiteRunner } from '../../support/suite-runner.ts';
import { newWorld, runJob, succeeded, told } from './world.ts';

const write = inputFiles();

const all = {
  kinds: ['contract', 'warranty', 'payment_method', 'risk', 'training', 'request'],
  review_every: { policy: '12 months', supplier: '1 year' },
};

/** What an own database does not have; the columns that OpsDeck's tables need a value in. */
async function withTables({ db }: OpenDatabase): Promise<void> {
  const { rows } = await sql<{
    there: boolean;
  }>`select to_regclass('public.contract') is not null as there`.execute(db);
  if (rows[0]?.there === true) return;
  for (const statement of `
    create table contract (id serial primary key, name text not null, status text, contract_type text, supplier_id int not null,
      cost float8, currency text, start_date date not null, end_date date not null, notice_period_days int, is_auto_renew boolean);
    create table contract_item (contract_id int, item_id int, item_type text);
    create table asset (id serial primary key, name text, status text, purchase_date date, warranty_length int, is_archived boolean,
      is_critical boolean, is_virtual boolean, user_id int);
    create table peripheral (id serial primary key, name text, status text, purchase_date date, warranty_length int,
      is_archived boolean, user_id int);
    create table payment_method (id serial primary key, name text, method_type text, expiry_date date, user_id int, is_archived boolean);
    create table risk (id serial primary key, risk_description text, owner_id int, status text, next_review_date date);
    create table course (id serial primary key, title text);
    create table course_assignment (id serial primary key, assigned_date date, due_date date, course_id int, user_id int);
    create table course_completion (id serial primary key, completion_date date, assignment_id int);
    create table request (id serial primary key, title text, request_type text, status text, due_date timestamp, requester_id int,
      assignee_id int);
    create table policy (id serial primary key, title text);
    create table policy_version (id serial primary key, policy_id int, version_number text, status text, effective_date date)`.split(
    ';',
  ))
    await sql.raw(statement).execute(db);
}

const supplier = sql`(select id from supplier where name = 'Acme')`;

async function addSupplier(db: Kysely<Database>): Promise<void> {
  await sql`insert into supplier (name, is_archived) values ('Acme', false)`.execute(db);
}

/** A role of its own that reads the table `domain`, which the role of the program may become. */
async function newReader(db: Kysely<Database>): Promise<string> {
  const role = `deadline_reader_${process.pid}`;
  await sql
    .raw(`
    create role ${role}; grant ${role} to ${suiteRunner}; grant select on domain to ${role};
    do $$ begin execute format('grant temporary on database %I to ${role}', current_database()); end $$`)
    .execute(db);
  return role;
}

onEachDatabase((harness) => {
  const world = async (today: string) => {
    const made = await newWorld(harness, today);
    await withTables(made.database);
    await addSupplier(made.database.db);
    await made.user('Ada', { role: 'admin' });
    return made;
  };

  describe('deadlines', () => {
    it('watches nothing until a kind is named', async () => {
      const { run } = await world('2026-03-02');
      const { outcome } = await run(deadlines, {}, { allowEmpty: false });
      expect(outcome.fault).toMatchObject({ code: 'nothing_to_evaluate' });
      expect(outcome.fault?.next).toContain('jobs.deadlines.settings.kinds');
    });

    it('alerts about each kind by its own rule, to the owner, and about each item without one to the fallback', async () => {
      const { database, run, olga, takeDigests } = await world('2026-02-28');
      const { db } = database;
      const left = await sql<{ id: number }>`
        insert into "user" (name, email, role, is_archived, hide_from_org_chart) values ('Lars', 'lars@example.org', 'user', true, false)
        returning id`.execute(db);
      for (const row of [
        // From both dates: the term is a year; its notice ends on 1 March.
        sql`insert into contract (name, status, supplier_id, start_date, end_date, notice_period_days, is_auto_renew, cost, currency)
            values ('Hosting', 'Active', ${supplier}, '2024-04-01', '2025-03-31', 30, true, 48250, 'EUR'),
                   ('Over', 'Terminated', ${supplier}, '2024-04-01', '2026-03-01', 30, true, 1, 'EUR'),
                   ('Backwards', 'Active', ${supplier}, '2026-04-01', '2026-03-01', 30, true, 1, 'EUR')`,
        // A month with 28 days, and a leap day that has no anniversary.
        sql`insert into asset (name, status, purchase_date, warranty_length, is_archived, is_critical, is_virtual, user_id)
            values ('Server', 'In Use', '2025-08-31', 6, false, false, false, ${olga}),
                   ('Laptop', 'In Use', '2024-02-29', 24, false, false, false, ${olga}),
                   ('Sold', 'Sold', '2024-02-29', 24, false, false, false, ${olga}),
                   ('Odd', 'In Use', '2024-02-29', -3, false, false, false, ${olga})`,
        sql`insert into peripheral (name, status, purchase_date, warranty_length, is_archived, user_id)
            values ('Screen', 'In Use', '2025-02-28', 0, false, ${olga})`,
        sql`insert into payment_method (name, method_type, expiry_date, user_id, is_archived)
            values ('Visa', 'Credit Card', '2026-02-01', ${olga}, false)`,
        sql`insert into risk (risk_description, owner_id, status, next_review_date)
            values (${'Flood\nin the cellar'}, ${olga}, 'Open', '2026-03-07'), ('Closed', ${olga}, 'Closed', '2026-03-07')`,
        sql`insert into course (title) values ('Safety')`,
        sql`insert into course_assignment (assigned_date, due_date, course_id, user_id)
            select '2026-01-01', '2026-02-27', c.id, u from course c, unnest(array[${olga}, ${left.rows[0]?.id ?? 0}]::int[]) as u`,
        sql`insert into policy (title) values ('Security'), ('Never in force')`,
        sql`insert into policy_version (policy_id, version_number, status, effective_date)
            select id, '1', 'Active', '2025-03-15'::date from policy where title = 'Security'
            union all select id, '2', 'Draft', '2026-01-15'::date from policy where title = 'Security'`,
        sql`insert into security_assessment (assessment_date, supplier_id) values ('2025-03-01', ${supplier})`,
      ])
        await row.execute(db);
      const result = await succeeded(run(deadlines, all));
      const alerts = result.alerts.map(
        ({ kind, name, expires_on, days_left, threshold, happens, to }) =>
          `${kind} ${name} ${happens} ${expires_on} in ${days_left}: ${threshold} ${to.join()}`,
      );
      const own = 'email olga@example.org';
      const fallback = 'email ada@example.org';
      expect(alerts).toEqual([
        `training Safety due 2026-02-27 in -1: -1 ${own}`,
        `asset Server ends 2026-02-28 in 0: 0 ${own}`,
        `asset Laptop ends 2026-02-28 in 0: 0 ${own}`,
        `payment_method Visa expires 2026-02-28 in 0: 0 ${own}`,
        `supplier Acme due 2026-03-01 in 1: 1 ${fallback}`,
        `risk Flood in the cellar due 2026-03-07 in 7: 7 ${own}`,
        `policy Security due 2026-03-15 in 15: 30 ${fallback}`,
        `contract Hosting renews 2026-03-31 in 31: 31 ${fallback}`,
      ]);
      expect(result.problems.map(({ name, problem }) => `${name}: ${problem}`)).toEqual([
        'Backwards: it ends on 2026-03-01, before it starts on 2026-04-01',
        'Odd: its warranty is recorded as -3 months',
      ]);
      expect(result.notes).toContain('1 policy has no active version to count from: no review is due.');
      const [first, second] = (await takeDigests()).toSorted((a, b) =>
        a.destination.localeCompare(b.destination),
      );
      expect(first?.context).toMatchObject({
        rows: [
          { name: 'Acme', sentence: 'is due tomorrow', path: expect.stringMatching(/^\/suppliers\/\d+$/) },
          { name: 'Hosting', sentence: 'can be cancelled for 1 more day', cost: '48,250.00 EUR' },
          { name: 'Security', sentence: 'is due in 15 days' },
        ],
      });
      expect(second?.context).toMatchObject({
        rows: [
          {
            name: 'Safety',
            sentence: 'was due yesterday',
            path: expect.stringMatching(/^\/training\/courses\/\d+$/),
          },
          {},
          {},
          {},
          {},
        ],
      });
      // The same day again, and the next thresholds of what has no owner.
      expect(told(await succeeded(run(deadlines, all)))).toEqual([]);
    });

    it('alerts the fallback once about an item without an owner: before the notice ends, and before the contract does', async () => {
      const { database, run, on } = await world('2026-03-02');
      const { db } = database;
      await sql`insert into contract (name, status, supplier_id, start_date, end_date, notice_period_days, is_auto_renew)
                values ('Lease', 'Active', ${supplier}, '2025-07-01', '2026-06-30', 60, false)`.execute(db);
      const days: string[] = [];
      for (const day of [
        '2026-04-16',
        '2026-04-17',
        '2026-04-24',
        '2026-05-01',
        '2026-05-31',
        '2026-06-16',
        '2026-06-30',
        '2026-07-01',
      ]) {
        on(day);
        const { alerts } = await succeeded(run(deadlines, { kinds: ['contract'] }));
        if (alerts.length > 0) days.push(`${day} ${alerts[0]?.threshold}`);
      }
      // 14 days before 1 May, and 30 before 30 June.
      expect(days).toEqual(['2026-04-17 74', '2026-05-31 30']);
    });

    it('watches what was imported without a setting; a date that changed alerts afresh', async () => {
      const { database, run } = await world('2026-03-02');
      const bring = async (content: string) => {
        const csv = await openCsv(await write(content), 'deadlines.csv', imported.columns);
        const signal = new AbortController().signal;
        try {
          return await importCsv(
            imported,
            csv,
            { zone: 'UTC' },
            { database, dryRun: false, actor: 'os:ana@host', signal },
          );
        } finally {
          csv.close();
        }
      };
      const file = `name,kind,date,owner,cost,link
example.org,domain,2026-03-09,OLGA@example.org,12.50,https://registrar.example/1
Hall,permit,2026-03-03,,,
Hall,lease,2027-03-03,,,
`;
      expect(await bring(file)).toMatchObject({ rows: 3, added: 3 });
      expect(await bring(file)).toMatchObject({ added: 0, changed: 0, unchanged: 3 });
      const alerts = async () =>
        (await succeeded(run(deadlines, {}))).alerts.map(
          ({ kind, name, expires_on, threshold, to }) =>
            `${kind} ${name} ${expires_on} ${threshold} ${to.join()}`,
        );
      expect(await alerts()).toEqual([
        'deadline Hall 2026-03-03 1 email ada@example.org',
        'deadline example.org 2026-03-09 7 email olga@example.org',
      ]);
      expect(await alerts()).toEqual([]);
      const moved = 'name,kind,date\nexample.org,domain,2026-03-08\n';
      expect(await bring(moved)).toMatchObject({ added: 0, changed: 1 });
      expect(await alerts()).toEqual(['deadline example.org 2026-03-08 7 email olga@example.org']);
      const { rows } =
        await sql`select cost::text, link from opsdeck_jobs.deadline where kind = 'domain'`.execute(
          database.db,
        );
      expect(rows).toEqual([{ cost: '12.50', link: 'https://registrar.example/1' }]);
      await expect(
        bring('name,kind,date,owner,cost,link\nA,x,2026-02-30,bo@example.org,1e3,javascript:x\n'),
      ).rejects.toMatchObject({ problemCount: 3 });
      await expect(bring('name,kind,date,owner\nA,x,2026-02-03,bo@example.org\n')).rejects.toMatchObject({
        problems: [{ line: 2, message: "owner 'bo@example.org' belongs to no user" }],
      });
    });

    it('watches what queries answer: whole answers only, and what is not in one has ended', async () => {
      const { database, run, on } = await world('2026-03-02');
      const { db } = database;
      await sql`create table domain (code text, label text, ends text, mail text, price numeric)`.execute(db);
      const queryRole = database.mode === 'attached' ? await newReader(db) : null;
      await sql`insert into domain values ('a', 'alpha.example', '2026-03-09', 'OLGA@example.org', 12.5), ('b', 'beta.example', '2026-03-03', 'x@y', null)`.execute(
        db,
      );
      const domains = {
        name: 'domain',
        sql: 'select code, label as name, ends as date, mail as owner, price as cost from domain',
        key: 'code',
      };
      const ask = async (query: typeof domains) => {
        const { outcome } = await run(deadlines, { queries: [query] }, { queryRole });
        return outcome;
      };
      const items = async () =>
        (
          await sql<{ row: string }>`
            select key || ' ' || name || ' ' || due_on || coalesce(' ' || owner_id, '') || case when gone_at is null then '' else ' gone' end as row
              from opsdeck_jobs.deadline order by id`.execute(db)
        ).rows.map(({ row }) => row);
      for (const refused of queryRole === null ? [] : [null, 'same']) {
        const { outcome } = await run(deadlines, { queries: [domains] }, { queryRole: refused });
        expect(outcome.fault?.message).toContain(refused === null ? 'until jobs.uar' : 'query_role: same');
        expect(await items()).toEqual([]);
      }
      const first = await succeeded(run(deadlines, { queries: [domains] }, { queryRole }));
      expect(first.queries).toEqual([
        { name: 'domain', items: 2, added: 2, changed: 0, gone: 0, problem: null },
      ]);
      expect(first.notes).toContain("Query 'domain': 1 item has an owner who is no user.");
      expect(first.alerts.map(({ name, threshold, to }) => `${name} ${threshold} ${to.join()}`)).toEqual([
        'beta.example 1 email ada@example.org',
        'alpha.example 7 email olga@example.org',
      ]);
      const stored = await items();
      // Answers that cannot be used change nothing, and what is stored is alerted.
      on('2026-03-08');
      for (const [wrong, problem] of [
        [`select 'c' as code, 'C' as name, 'infinity'::date as date`, 'its date is infinity'],
        [`select 'c' as code, 'C' as name, '2026-02-30' as date`, 'its date is 2026-02-30'],
        [`select 'c' as code, 'C' as name, null::date as date`, 'it has no date'],
        [
          `select 'c' as code, 'C' as name, date '2026-03-09' as date union all select 'c', 'D', date '2026-03-09'`,
          'the same key',
        ],
        [`select 'c' as code, 'C' as name`, 'no column date'],
        [
          `select 'c' as code, 'C' as name, date '2026-03-09' as date, 1 as extra`,
          'have no meaning here: extra',
        ],
        [
          `select n::text as code, 'C' as name, date '2026-03-09' as date from generate_series(1, 10001) as n`,
          'more than 10000 rows',
        ],
        [`select 'c' as code, 'C' as name, date '2026-03-09' + 1 / 0 as date`, 'division by zero'],
        [`select code from nowhere`, 'does not exist'],
      ] as const) {
        const outcome = await ask({ ...domains, sql: wrong });
        expect(outcome.fault).toMatchObject({ code: 'query_failed' });
        expect(outcome.fault?.message).toContain(problem);
        expect(await items()).toEqual(stored);
      }
      const { rows: sent } =
        await sql`select 1 from opsdeck_jobs.alert_ledger where threshold = 1 and expires_on = '2026-03-09'`.execute(
          db,
        );
      expect(sent).toHaveLength(1);
      // One moved, one left; it comes back as the same item, and its alerts stay sent.
      await sql`delete from domain where code = 'b'`.execute(db);
      await sql`update domain set label = 'renamed.example' where code = 'a'`.execute(db);
      const planned = await run(deadlines, { queries: [domains] }, { dryRun: true, queryRole });
      expect(planned.outcome.fault).toBeNull();
      expect(await items()).toEqual(stored);
      const second = await succeeded(run(deadlines, { queries: [domains] }, { queryRole }));
      expect(second.queries).toMatchObject([{ items: 1, added: 0, changed: 1, gone: 1 }]);
      expect(await items()).toEqual([
        expect.stringMatching(/^a renamed/),
        expect.stringMatching(/^b .* gone$/),
      ]);
      const removed = await succeeded(run(deadlines, {}, { allowEmpty: true }));
      expect(removed.notes).toContain(
        "The query 'domain' is not configured any more: 1 item of it is no longer watched.",
      );
      expect((await succeeded(run(deadlines, {}, { allowEmpty: true }))).notes).toEqual([]);
      await sql`insert into domain values ('b', 'beta.example', '2026-03-03', null, null)`.execute(db);
      expect((await succeeded(run(deadlines, { queries: [domains] }, { queryRole }))).queries).toMatchObject([
        { changed: 2 },
      ]);
      expect(await items()).toHaveLength(2);
      if (queryRole !== null) await sql.raw(`drop owned by ${queryRole}; drop role ${queryRole}`).execute(db);
    });

    it('leaves to another job what that announces', async () => {
      const { database, run, subscription } = await world('2026-03-20');
      const { db } = database;
      const id = await subscription({ name: 'CRM', renewal_date: '2026-03-31' });
      await sql`insert into contract (name, status, supplier_id, start_date, end_date, notice_period_days, is_auto_renew)
                values ('Same day', 'Active', ${supplier}, '2025-04-01', '2026-03-31', 0, true),
                       ('With notice', 'Active', ${supplier}, '2025-04-01', '2026-03-31', 5, true)`.execute(
        db,
      );
      await sql`insert into contract_item (contract_id, item_id, item_type)
                select id, ${id}, 'Subscription' from contract`.execute(db);
      const { alerts } = await succeeded(run(deadlines, { kinds: ['contract'] }));
      expect(alerts.map(({ name, threshold }) => `${name} ${threshold}`)).toEqual(['With notice 12']);
    });
  });
});

onOpsdeck((harness) => {
  it('watches the kinds that this revision has, and names those it has not', async () => {
    const clock = fakeClock('2026-03-02T06:00:00Z');
    const database = await harness.fresh({ clock, company: true });
    await sql`insert into payment_method (name, method_type, expiry_date, is_archived) values ('Visa', 'Card', '2026-03-01', false)`.execute(
      database.db,
    );
    const result = await succeeded(runJob(database, deadlines, all));
    expect(result.alerts.map(({ kind, expires_on }) => `${kind} ${expires_on}`)).toContain(
      'payment_method 2026-03-31',
    );
    const missing = result.notes.filter((note) => note.startsWith('No requests are watched'));
    expect(missing).toHaveLength(harness.revision === '009' ? 1 : 0);
    expect(Object.keys(result.watched)).toHaveLength(harness.revision === '009' ? 8 : 9);
  });
});
