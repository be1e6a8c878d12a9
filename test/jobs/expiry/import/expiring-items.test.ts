import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { credentials } from '../../../../jobs/expiry/import/credentials.ts';
import { licenses } from '../../../../jobs/expiry/import/licenses.ts';
import { subscriptions } from '../../../../jobs/expiry/import/subscriptions.ts';
import { users } from '../../../../jobs/uar/import/users.ts';
import type { OpenDatabase } from '../../../../src/db/database.ts';
import { openCsv } from '../../../../src/import/csv-file.ts';
import type { CsvKind } from '../../../../src/import/csv-kind.ts';
import { importCsv } from '../../../../src/import/import-csv.ts';
import { inputFiles } from '../../../import/input-files.ts';
import { onEachDatabase } from '../../../support/databases.ts';

const write = inputFiles();

async function run(database: OpenDatabase, kind: CsvKind, content: string) {
  const csv = await openCsv(await write(content), 'input.csv', kind.columns);
  try {
    const context = { database, dryRun: false, actor: 'os:ana@host', signal: new AbortController().signal };
    return await importCsv(kind, csv, { zone: 'Europe/Madrid' }, context);
  } finally {
    csv.close();
  }
}

const first = `name,renewal_date,period,every,renewal_day,cost,currency,owner_email
CRM,2026-01-31,monthly,3,last,1200.50,usd,ANA@x.org
Domain,2026-05-01,,,,,,
Quarterly,2026-05-01,quarterly,,,,,
Annual,2026-05-01,annual,2,,,,
`;

onEachDatabase((harness) => {
  it('subscriptions are added with what OpsDeck would fill in, changed by name, and the same file twice changes nothing', async () => {
    const database = await harness.fresh();
    await run(database, users, 'email,name\nana@x.org,Ana\n');
    expect(await run(database, subscriptions, first)).toMatchObject({ added: 4, changed: 0 });
    expect(await run(database, subscriptions, first)).toMatchObject({ added: 0, changed: 0, unchanged: 4 });
    const { rows } = await sql`
      select name, renewal_date::text as renewal_date, subscription_type, renewal_period_type, renewal_period_value,
             monthly_renewal_day, auto_renew, cost, currency, user_id, is_archived, pricing_model
        from subscription order by id`.execute(database.db);
    expect(rows).toMatchObject([
      {
        name: 'CRM',
        renewal_period_value: 3,
        monthly_renewal_day: 'last',
        cost: 1200.5,
        currency: 'USD',
        user_id: 1,
      },
      {
        name: 'Domain',
        subscription_type: 'Other',
        renewal_period_type: 'yearly',
        renewal_period_value: 1,
        monthly_renewal_day: null,
        auto_renew: true,
        cost: 0,
        currency: 'EUR',
        user_id: null,
        is_archived: false,
        pricing_model: 'fixed',
      },
      { name: 'Quarterly', renewal_period_type: 'monthly', renewal_period_value: 3 },
      { name: 'Annual', renewal_period_type: 'yearly', renewal_period_value: 2 },
    ]);
    const changed = 'name,renewal_date,archived\nCRM,2026-02-28,yes\n';
    expect(await run(database, subscriptions, changed)).toMatchObject({ added: 0, changed: 1 });
    const { rows: after } = await sql`
      select renewal_date::text as renewal_date, cost, user_id, is_archived from subscription where name = 'CRM'`.execute(
      database.db,
    );
    expect(after).toEqual([{ renewal_date: '2026-02-28', cost: 1200.5, user_id: 1, is_archived: true }]);
  });

  it('licences are added and changed by name; a file with mistakes is refused whole', async () => {
    const database = await harness.fresh();
    const good = 'name,expiry_date,cost\nIDE,2026-05-01,10\nCAD,2026-06-01,\n';
    expect(await run(database, licenses, good)).toMatchObject({ added: 2 });
    expect(await run(database, licenses, good)).toMatchObject({ added: 0, changed: 0 });
    expect(await run(database, licenses, 'name,expiry_date\nIDE,2027-05-01\n')).toMatchObject({ changed: 1 });
    const { rows } =
      await sql`select expiry_date::text as expiry_date, cost from license order by id`.execute(database.db);
    expect(rows).toEqual([
      { expiry_date: '2027-05-01', cost: 10 },
      { expiry_date: '2026-06-01', cost: null },
    ]);
    const bad =
      'name,expiry_date,cost,owner_email\nA,2026-02-30,1,\nB,2026-01-01,"1,5",\nC,2026-01-01,,no@x.org\nC,2026-01-01,,\n';
    await expect(run(database, licenses, bad)).rejects.toMatchObject({
      problems: [
        { line: 2, message: "expiry_date is '2026-02-30': write a date that exists as YYYY-MM-DD" },
        { line: 3, message: "cost is '1,5': write an amount such as 1200.50" },
        { line: 4, message: "owner_email 'no@x.org' belongs to no user" },
        { line: 5, message: "'C' is already in line 4" },
      ],
    });
  });

  it('credentials have one active secret; a new date rotates it, the same file twice does not', async () => {
    const database = await harness.fresh();
    await run(database, users, 'email,name\nana@x.org,Ana\n');
    await sql`insert into "group" (name) values ('Platform')`.execute(database.db);
    const two = (date: string) =>
      `name,expires_on,owner_email,owner_group,masked_value\nRoot,${date},,Platform,****1234\nKey,,ana@x.org,,\n`;
    expect(await run(database, credentials, two('2026-05-01'))).toMatchObject({ added: 2, changed: 0 });
    expect(await run(database, credentials, two('2026-05-01'))).toMatchObject({ added: 0, changed: 0 });
    expect(await run(database, credentials, two('2027-05-01'))).toMatchObject({ added: 0, changed: 1 });
    const { rows } = await sql`
      select c.name, c.owner_type, c.owner_id, s.expires_at::date::text as expires_on, s.masked_value, s.is_active
        from credentials c join credential_secrets s on s.credential_id = c.id order by s.id`.execute(
      database.db,
    );
    expect(rows).toMatchObject([
      { name: 'Root', is_active: false },
      {
        name: 'Key',
        owner_type: 'User',
        owner_id: 1,
        expires_on: null,
        masked_value: '****',
        is_active: true,
      },
      {
        name: 'Root',
        owner_type: 'Group',
        owner_id: 1,
        expires_on: '2027-05-01',
        masked_value: '****1234',
        is_active: true,
      },
    ]);
    // What has no mask may be the secret itself: it is neither stored nor repeated.
    const whole = 'name,expires_on,owner_email,masked_value\nA,,ana@x.org,hunter2-secret\n';
    const refused = await run(database, credentials, whole).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      problems: [{ line: 2, message: expect.stringContaining('has no mask') }],
    });
    expect(JSON.stringify(refused)).not.toContain('hunter2');
    const bad = 'name,expires_on,owner_email,owner_group\nA,2026-01-01,,\n';
    await expect(run(database, credentials, bad)).rejects.toMatchObject({
      problems: [{ line: 2, message: 'owner_email and owner_group: give one of them' }],
    });
    await expect(
      run(database, credentials, 'name,expires_on,owner_group\nA,2026-01-01,Nobody\n'),
    ).rejects.toMatchObject({
      problems: [{ line: 2, message: "owner_group 'Nobody' does not exist" }],
    });
  });
});
