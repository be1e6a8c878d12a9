import { sql, type Transaction } from 'kysely';
import { expect, it } from 'vitest';
import { openSource } from '../../../../jobs/uar/sources/open-source.ts';
import type { Database } from '../../../../src/db/tables.ts';
import { checkRole, sessionBefore } from '../../../../src/sources/query/query-role.ts';
import { resultColumns } from '../../../../src/sources/query/result-columns.ts';
import { onEachDatabase, onEmbedded, onPostgres } from '../../../support/databases.ts';
import { connectForTest } from '../../../support/recycler.ts';
import { loadRows, loadRowsIn, reasonFor, reasonOf } from './load-rows.ts';
import { sourceDeps } from './source-deps.ts';

/** Four people (the last is archived), a subscription with three of them, a service that is reached in every way. */
const company = sql`
  with people as (
    insert into "user" (id, name, email, role, is_archived, hide_from_org_chart) values
      (1, 'Ann', 'ann@x', 'admin', false, false), (2, 'Bob', 'bob@x', null, false, false),
      (3, 'Cy', 'cy@x', 'user', false, false), (4, 'Old', 'old@x', 'user', true, false) returning id
  ), fields as (
    insert into custom_field_definition (id, entity_type, label, name, field_type) values
      (7, 'User', 'Cost centre', 'cost centre', 'text'), (8, 'Asset', 'Room', 'room', 'text'),
      (9, 'User', 'Role', 'role', 'text'), (10, 'User', 'Badge', 'badge', 'text') returning id
  ), field_values as (
    insert into custom_field_value (field_definition_id, linkable_id, linkable_type, value) values
      (7, 1, 'User', 'R&D'), (8, 1, 'Asset', 'x'), (10, 2, 'User', '007'), (7, 4, 'User', 'gone') returning id
  ), subscriptions as (
    insert into subscription (id, name, subscription_type, renewal_date, renewal_period_type, cost, is_archived)
      values (5, 'Suite', 'SaaS', '2027-01-01', 'yearly', 1, false) returning id
  ), assigned as (
    insert into subscription_users (subscription_id, user_id) values (5, 1), (5, 2), (5, 4) returning user_id
  ), licences as (
    insert into license (id, name, license_key, user_id, subscription_id, is_archived) values
      (11, 'Pro', 'TOP-SECRET', 1, 5, false), (12, 'Extra', 'TOP-SECRET', 1, 5, false),
      (13, 'Of nobody', 'TOP-SECRET', null, 5, false), (14, 'Elsewhere', 'TOP-SECRET', 2, null, false) returning id
  ), services as (
    insert into business_service (id, name) values (6, 'Payroll') returning id
  ), direct as (
    insert into service_users (service_id, user_id) values (6, 1), (6, 3) returning user_id
  )
  insert into service_component (service_id, component_type, component_id) values
    (6, 'Subscription', 5), (6, 'License', 14), (6, 'License', 13), (6, 'License', 999), (6, 'Asset', 5)`;

/** As a transaction that leaves nothing: also the roles that were made in it are gone. */
async function rolledBack(
  database: Parameters<typeof loadRows>[0],
  work: (trx: Transaction<Database>) => Promise<void>,
): Promise<void> {
  const done = new Error('done');
  const outcome = database.db.transaction().execute(async (trx) => {
    await work(trx);
    throw done;
  });
  await expect(outcome).rejects.toBe(done);
}

onEachDatabase((harness) => {
  it("reads OpsDeck's own sources: custom fields, who has no licence, every way of access, no licence key", async () => {
    const database = await harness.fresh();
    await company.execute(database.db);
    const read = async (type: string, config: unknown) =>
      loadRows(database, await openSource(type, config, 'A', sourceDeps()));
    const users = await read('Active Users', null);
    expect(users).toMatchObject({
      columns: ['id', 'name', 'email', 'role', 'cost centre', 'badge'],
      values: [
        ['1', 'Ann', 'ann@x', 'admin', 'R&D', null],
        ['2', 'Bob', 'bob@x', null, null, '007'],
        ['3', 'Cy', 'cy@x', 'user', null, null],
      ],
      rows: 3,
      asOf: null,
      warnings: ["The custom field 'role' is left out: people have a column of that name."],
    });
    expect(users.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect((await read('Active Users', null)).sha256).toBe(users.sha256);
    await sql`update "user" set role = 'user' where id = 2`.execute(database.db);
    expect((await read('Active Users', null)).sha256).not.toBe(users.sha256);

    const assigned = await read('Subscription', { subscription_id: '5' });
    expect(assigned.columns).toEqual([
      'user_id',
      'email',
      'name',
      'subscription_name',
      'license_id',
      'license_name',
    ]);
    expect(assigned.values).toEqual([
      ['1', 'ann@x', 'Ann', 'Suite', '11', 'Pro'],
      ['1', 'ann@x', 'Ann', 'Suite', '12', 'Extra'],
      ['2', 'bob@x', 'Bob', 'Suite', null, null],
      ['4', 'old@x', 'Old', 'Suite', null, null],
    ]);
    const access = await read('Business Service', { service_id: 6 });
    expect(access.values).toEqual([
      ['1', 'ann@x', 'Ann', 'direct', 'Payroll'],
      ['1', 'ann@x', 'Ann', 'subscription', 'Payroll'],
      ['2', 'bob@x', 'Bob', 'subscription', 'Payroll'],
      ['2', 'bob@x', 'Bob', 'license', 'Payroll'],
      ['3', 'cy@x', 'Cy', 'direct', 'Payroll'],
      ['4', 'old@x', 'Old', 'subscription', 'Payroll'],
    ]);
    const reason = (type: string, config: unknown) =>
      reasonOf(
        database,
        Promise.resolve().then(() => openSource(type, config, 'A', sourceDeps())),
      );
    expect(await reason('Subscription', { subscription_id: 99 })).toContain(
      'There is no subscription with id 99.',
    );
    expect(await reason('Business Service', {})).toContain('service_id is not an id');
    expect(await reason('Enterprise Report', {})).toContain('plug-in');
    expect(await reason('Telepathy', {})).toContain("no source type 'Telepathy'");
  });

  it('reads a stored list of objects with the digits of its numbers, and takes nothing else for an empty one', async () => {
    const database = await harness.fresh();
    const store = (config: string) =>
      sql`insert into uar_comparison (id, name, source_a_type, source_a_config, source_b_type, key_field_a, key_field_b)
        values (1, 'c', 'JSON', ${config}::json, 'JSON', 'id', 'id')
        on conflict (id) do update set source_a_config = excluded.source_a_config`.execute(database.db);
    const open = () => openSource('JSON', {}, 'A', sourceDeps());
    const long = 'x'.repeat(70);
    await store(
      `{"json_data": [
      {"id": 12345678901234567890, "rate": 1.10, "ok": true, "who": {"b": 1.0, "a": [1, 2]}},
      {"id": null, "Id": "\\u00e4\\n\\t\\\\u0000", "${long}": "long", "": 1e3}
    ]}`.replace(', "": 1e3', ', "a b\\"c": 1e3'),
    );
    const loaded = await loadRows(database, await open());
    expect(loaded.columns).toEqual(['id', 'rate', 'ok', 'who', 'Id', long, 'a b"c']);
    expect(loaded.values).toEqual([
      ['12345678901234567890', '1.10', 'true', '{"b": 1.0, "a": [1, 2]}', null, null, null],
      [null, null, null, null, 'ä\n\t\\u0000', 'long', '1e3'],
    ]);
    await store('{"json_data": []}');
    expect(await loadRows(database, await open())).toMatchObject({ columns: [], rows: 0 });
    for (const [config, reason] of [
      ['{"json_data": {"id": 1}}', 'json_data is a object, not a list'],
      ['{"json_data": "[]"}', 'json_data is a string, not a list'],
      ['{"json_data": null}', 'json_data is a null, not a list'],
      ['{}', 'has no json_data'],
      ['{"json_data": [{"id": 1}, [2]]}', 'item 2: it is a array'],
      ['{"json_data": [{"id": "a\\u0000"}]}', 'json_data holds a NUL'],
      ['{"json_data": [{" ": 1}]}', 'column 1 has no name'],
    ] as const) {
      await store(config);
      expect(await reasonOf(database, open())).toContain(reason);
    }
  });

  it('runs a query as the role and gives the same text whatever the settings of the session', async () => {
    const database = await harness.fresh();
    await rolledBack(database, async (trx) => {
      await sql`create role uar_reader`.execute(trx);
      await sql`create table facts (a numeric, b timestamptz, c date, d float8, e int[], f jsonb, g bytea, h text, i bool, password_hash text)`.execute(
        trx,
      );
      await sql`insert into facts values (1.10, '2026-01-31 12:00+02', '2026-01-31', 0.1, '{1,null}', '{"z": 1.0}', '\\x00ff', 'ä', true, 'x')`.execute(
        trx,
      );
      await sql`grant select on facts to uar_reader`.execute(trx);
      await sql`set local timezone = 'Asia/Tokyo'`.execute(trx);
      await sql`set local datestyle = 'German'`.execute(trx);
      await sql`set local bytea_output = 'escape'`.execute(trx);
      const deps = sourceDeps({ query_role: 'uar_reader' }, { mode: 'attached' });
      const source = await openSource(
        'Database Query',
        { query: 'select *, current_user as "Who Runs" from facts' },
        'A',
        deps,
      );
      const loaded = await loadRowsIn(trx, source);
      expect(loaded.columns).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'Who Runs']);
      expect(loaded.values).toEqual([
        [
          '1.10',
          '2026-01-31 10:00:00+00',
          '2026-01-31',
          '0.1',
          '[1,null]',
          '{"z": 1.0}',
          '\\x00ff',
          'ä',
          'true',
          'uar_reader',
        ],
      ]);
      expect(loaded.warnings).toEqual([
        "The query's column 'password_hash' looks like a secret and is left out.",
      ]);
      const { rows } =
        await sql`select current_setting('role') as role, current_setting('transaction_read_only') as ro,
        current_setting('statement_timeout') as timeout, current_setting('datestyle') as style,
        (select count(*)::int from pg_proc where proname = 'opsdeck_jobs_query') as functions`.execute(trx);
      expect(rows).toEqual([{ role: 'none', ro: 'off', timeout: '0', style: 'German, DMY', functions: 0 }]);
      await sql`insert into facts (a) values (2)`.execute(trx);
    });
  });

  it('lets a query neither write, nor become somebody else, nor read what its role may not', async () => {
    const database = await harness.fresh();
    await rolledBack(database, async (trx) => {
      await sql`create role uar_program`.execute(trx);
      await sql`create role uar_reader`.execute(trx);
      await sql`grant uar_reader to uar_program`.execute(trx);
      await sql`create table private_notes (a text)`.execute(trx);
      await sql`create sequence counter`.execute(trx);
      await sql`grant usage on sequence counter to uar_reader`.execute(trx);
      await sql`create table open_notes (a text)`.execute(trx);
      await sql`insert into open_notes values ('1'), ('2'), ('3')`.execute(trx);
      await sql`grant all on open_notes to uar_reader`.execute(trx);
      // What the text of a query cannot show: functions that do what it may not.
      await sql`create function leave() returns text language sql as $$select set_config('role', 'none', true)$$`.execute(
        trx,
      );
      await sql`create function loosen() returns text language sql as $$select set_config('transaction_read_only', 'off', true)$$`.execute(
        trx,
      );
      await sql`create function linger() returns text language sql as $$select set_config('search_path', 'nowhere', false)$$`.execute(
        trx,
      );
      await sql`create function scribble() returns text language sql as $$insert into open_notes values ('x') returning a$$`.execute(
        trx,
      );
      await sql`create function count_up() returns bigint language sql as $$select nextval('counter')$$`.execute(
        trx,
      );
      await sql`set local role uar_program`.execute(trx);
      const attempt = async (query: string, settings: Record<string, unknown> = {}) => {
        await sql`savepoint attempt`.execute(trx);
        const deps = sourceDeps({ query_role: 'uar_reader', ...settings }, { mode: 'attached' });
        const reason = await reasonFor(
          Promise.resolve().then(async () =>
            loadRowsIn(trx, await openSource('Database Query', { query }, 'A', deps)),
          ),
        );
        await sql`rollback to savepoint attempt`.execute(trx);
        return reason;
      };
      expect(await attempt('select a from open_notes')).toBe('it was loaded');
      for (const [query, reason] of [
        ['select a from private_notes', 'permission denied for table private_notes'],
        ['select leave() as a', 'cannot set parameter "role"'],
        [
          'select leave() as a, b.a as b from (select 1) as x, open_notes as b',
          'cannot set parameter "role"',
        ],
        ['select loosen() as a', 'cannot set transaction read-write mode inside a read-only transaction'],
        ['select scribble() as a', 'read-only transaction'],
        ['select count_up() as a', 'read-only transaction'],
        ['with x as (insert into open_notes values (1) returning a) select a from x', 'top level'],
        ['select a from open_notes for update', 'read-only transaction'],
        ['select linger() as a', 'changed settings of the session'],
        ['select a, a from open_notes', 'specified more than once'],
        ['select 1', 'column without a name'],
        ['select o from open_notes as o', 'it was loaded'],
        [
          "select json_build_object('my_token', 1) as a",
          "column 'a' holds JSON with a name that looks like a secret",
        ],
        [
          `select json_build_object('my_token', 1)::text as a`,
          "column 'a' holds JSON with a name that looks like a secret",
        ],
        ['select nonsense', 'column "nonsense" does not exist'],
        ['select 1 / 0 as a', 'division by zero'],
        ["select set_config('role', 'none', true) as a", "names 'set_config', which is not allowed"],
      ] as const) {
        expect([query, await attempt(query)]).toEqual([query, expect.stringContaining(reason)]);
      }
      expect(await attempt('select a from open_notes', { query_max_rows: 3 })).toBe('it was loaded');
      expect(await attempt('select a from open_notes', { query_max_rows: 2 })).toContain('more than 2 rows');
      expect(await attempt('select a from open_notes', { query_role: null })).toContain(
        'query_role names a role',
      );
      expect(await attempt('select a from open_notes', { query_role: 'nobody' })).toContain(
        'there is no such role',
      );
      const renamed = 'select to_json(u)::text as a from (select * from facts) as u (x)';
      expect(await attempt('select current_user as a', { query_role: 'same' })).toBe('it was loaded');
      await sql`set local role none`.execute(trx);
      await sql`create table facts (api_token text)`.execute(trx);
      expect(await attempt(renamed, { query_role: 'same' })).toContain('which may read secrets of OpsDeck (');
      await sql`alter role uar_reader superuser`.execute(trx);
      expect(await attempt('select 1 as a')).toContain('it may do everything');
    });
  });

  it('ends a query that takes too long, and the database goes on', async () => {
    const database = await harness.fresh();
    const query = 'select count(*) as n from generate_series(1, 100000000000) as a';
    const opening = openSource('Database Query', { query }, 'A', sourceDeps({ query_timeout: '1s' }));
    expect(await reasonOf(database, opening)).toBe(
      'InconclusiveSource: The query took longer than 1s (query_timeout) and was ended.',
    );
    expect((await sql`select 1 as one`.execute(database.db)).rows).toEqual([{ one: 1 }]);
  });

  it('ends what counts and hashes the rows of a query within the same time limit', async () => {
    const database = await harness.fresh();
    // Found before PostgreSQL's own, for this database's sessions: the query is quick, and what is made of its rows never ends.
    await sql`create schema slow`.execute(database.db);
    await sql`create function slow.sha256(bytea) returns bytea language sql as $$select $1 from pg_sleep(86400)$$`.execute(
      database.db,
    );
    const source = await openSource(
      'Database Query',
      { query: 'select 1 as one' },
      'A',
      sourceDeps({ query_timeout: '1s' }),
    );
    const loading = database.db.transaction().execute(async (trx) => {
      await sql`set local search_path = slow, pg_catalog, public`.execute(trx);
      return loadRowsIn(trx, source);
    });
    expect(await reasonFor(loading)).toBe(
      'InconclusiveSource: The query took longer than 1s (query_timeout) and was ended.',
    );
  });

  it('asks what a query would give as one statement, whatever its text is', async () => {
    const database = await harness.fresh();
    const escaping = `select 1 as a) as q with no data; update "user" set name = 'PWNED'; select * from (select 2 as b`;
    const asked = database.db
      .transaction()
      .execute(async (trx) => resultColumns(trx, 'uar_a', escaping, null, await sessionBefore(trx)));
    await expect(asked).rejects.toThrow(/multiple commands|syntax/);
  });
});

onPostgres((harness) => {
  it('becomes the role from a login that is no superuser if that may, and else names the one grant that is missing', async () => {
    const database = await harness.fresh();
    const config = harness.configOf(database);
    if (config.kind !== 'postgres') throw new Error('not a server');
    const [login, reader] = [`uar_login_${process.pid}`, `uar "reader" ${process.pid}`];
    const admin = (statement: string) => sql.raw(statement).execute(database.db);
    const url = new URL(config.url);
    url.username = login;
    await admin(`create role ${login} login`);
    await admin(`create role "${reader.replaceAll('"', '""')}"`);
    const connected = await connectForTest({ kind: 'postgres', url: url.href });
    try {
      const name = url.pathname.slice(1);
      await admin(`revoke temporary on database ${name} from public`);
      await admin(`grant temporary on database ${name} to ${login}`);
      await admin('create table hr as select 1 as id');
      await admin('create table pay as select 1 as id');
      await admin(`grant select on hr, pay to ${login}`);
      await admin(`grant select on hr to "${reader.replaceAll('"', '""')}"`);
      const load = (query: string) =>
        reasonFor(
          connected.db.transaction().execute(async (trx) => {
            const deps = sourceDeps({ query_role: reader }, { mode: 'attached' });
            const loaded = await loadRowsIn(trx, await openSource('Database Query', { query }, 'A', deps));
            expect(loaded.values).toEqual([[reader, login]]);
          }),
        );
      const query = 'select current_user as a, session_user as b from hr';
      for (const missing of [
        `the role of the connection, '${login}', may not become it; allow it: grant "uar ""reader"" ${process.pid}" to ${login}`,
        `it may not make temporary objects; allow it: grant temporary on database ${name} to "uar ""reader"" ${process.pid}"`,
      ]) {
        expect(await load(query)).toBe(
          `InconclusiveSource: Queries cannot run as query_role '${reader}': ${missing}.`,
        );
        // Nothing else than what the sentence says.
        await admin(missing.slice(missing.indexOf('grant ')));
      }
      expect(await load(query)).toBe('it was loaded');
      expect(await load('select current_user as a, session_user as b from pay')).toContain(
        'permission denied for table pay',
      );
    } finally {
      await connected.close();
      for (const role of [login, reader]) {
        await admin(`drop owned by "${role.replaceAll('"', '""')}"`);
        await admin(`drop role "${role.replaceAll('"', '""')}"`);
      }
    }
  });
});

onEmbedded((harness) => {
  it('names the grant of a role that was granted without the right to become it', async () => {
    const database = await harness.fresh();
    await rolledBack(database, async (trx) => {
      await sql`create role uar_login`.execute(trx);
      await sql`create role uar_reader`.execute(trx);
      await sql`create role uar_other`.execute(trx);
      await sql`grant uar_reader to uar_login with set false`.execute(trx);
      await sql`grant uar_reader to uar_other with set true`.execute(trx);
      const check = async (login: string) => {
        await sql`set local session authorization ${sql.id(login)}`.execute(trx);
        return reasonFor(checkRole(trx, 'uar_reader'));
      };
      expect(await check('uar_other')).toBe('it was loaded');
      expect(await check('uar_login')).toContain(
        "'uar_login', may not become it; allow it: grant uar_reader to uar_login with set true.",
      );
    });
  });
});
