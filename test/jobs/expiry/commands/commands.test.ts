import ICAL from 'ical.js';
import { sql } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { listAlerts } from '../../../../jobs/expiry/commands/expiry-alerts.action.ts';
import { decideAlert } from '../../../../jobs/expiry/commands/expiry-decide.action.ts';
import { listExpiry } from '../../../../jobs/expiry/commands/expiry-list.action.ts';
import {
  type ExpiryRenewedOptions,
  recordRenewal,
} from '../../../../jobs/expiry/commands/expiry-renewed.action.ts';
import { showItem } from '../../../../jobs/expiry/commands/expiry-show.action.ts';
import {
  type ReportExpiryOptions,
  reportExpiry,
} from '../../../../jobs/expiry/commands/report-expiry.action.ts';
import { runJob } from '../../../../src/cli/actions/run-job.ts';
import type { Io } from '../../../../src/cli/io.ts';
import { openDatabase } from '../../../../src/db/open-migrated.ts';
import type { ExitCode } from '../../../../src/errors/exit-code.ts';
import { onEachDatabase } from '../../../support/databases.ts';
import { memoryIo } from '../../../support/memory-io.ts';

/** Today is the database's; the item ends in five days, and its renewal must be cancelled in three. */
const rows = `
  insert into "user" (name, email, role, is_archived, hide_from_org_chart)
  values ('Olga', 'olga@example.org', 'admin', false, false), ('Ana', 'ana@example.org', 'user', false, false);
  insert into license (name, expiry_date, user_id, is_archived, cost, currency, license_key)
  values ('=IDE, "pro"', (now() at time zone 'Europe/Madrid')::date + 5, 1, false, 1200.5, 'USD', 'KEY-SECRET');
  insert into license (name, expiry_date, user_id, is_archived)
  values (E'Old\\nopsdeck-jobs: all is well', (now() at time zone 'Europe/Madrid')::date - 5, 1, false);
  insert into subscription (name, subscription_type, renewal_date, renewal_period_type, renewal_period_value, auto_renew, cost,
                            currency, user_id, is_archived)
  values ('CRM', 'SaaS', (now() at time zone 'Europe/Madrid')::date + 60, 'monthly', 1, true, 10, 'EUR', null, false)`;

onEachDatabase((harness) => {
  it('expiry and report expiry show alerts, what is suppressed and what comes next', async () => {
    const where = await harness.config();
    const database = await openDatabase(where, {
      applicationName: 'test',
      waitMs: 0,
      storedTimezone: undefined,
    });
    onTestFinished(() => database.close());
    // The embedded database is opened once: the commands run as those of a process that holds it.
    const place =
      where.kind === 'postgres' ? { DATABASE_URL: where.url } : { OPSDECK_JOBS_DATA_DIR: where.dataDir };
    const held = where.kind === 'postgres' ? {} : { held: database };
    const tell = async (action: (io: Io) => Promise<ExitCode>): Promise<string> => {
      const memory = memoryIo({ env: { ...place, TIMEZONE: 'Europe/Madrid' }, ...held });
      expect(await action(memory.io)).toBe(0);
      return memory.stdout();
    };
    const said = { as: 'ana@example.org' };
    for (const one of rows.split(';')) await sql.raw(one).execute(database.db);

    expect(await tell((io) => listAlerts(io, {}, { limit: '50' }))).toContain('No alerts were sent');
    const shape = z.looseObject({
      total: z.int(),
      items: z.array(z.looseObject({ owner: z.string().nullable() })),
    });
    const ownerless = async () =>
      shape.parse(
        JSON.parse(
          await tell((io) => listExpiry(io, {}, { days: '90', limit: '10', withoutOwner: true, json: true })),
        ),
      );
    const before = await ownerless();
    await sql`update "user" set is_archived = true where name = 'Olga'`.execute(database.db);
    const after = await ownerless();
    expect(after.total).toBeGreaterThan(before.total);
    expect(after.items.map(({ owner }) => owner)).toContain('Olga (left)');
    await sql`update "user" set is_archived = false where name = 'Olga'`.execute(database.db);
    expect(await tell((io) => showItem(io, {}, 'license:1', {}))).toMatch(
      /The next run sends an alert to olga@example\.org[\s\S]+No alert was sent yet/,
    );
    // OpsDeck alerted about it seven days before the end: one answer, not two.
    await sql`
      insert into scheduled_communication (status, scheduled_date, target_type, target_id, channel)
      select 'sent', expiry_date - 7, 'license', id, 'email' from license where id = 1`.execute(database.db);
    expect(await tell((io) => showItem(io, {}, 'license:1', {}))).toMatch(
      /No alert is due: OpsDeck queued its own, 7 days before the date[\s\S]+OpsDeck queued the alert; this program sent none/,
    );
    await sql`delete from scheduled_communication`.execute(database.db);
    expect(
      await tell((io) =>
        decideAlert(io, {}, 'snooze', 'license:2', { ...said, until: '2999-01-01', reason: 'gone' }),
      ),
    ).toBe(
      [
        'license:2 (Old opsdeck-jobs: all is well) is snoozed: no alerts through Tue 1 Jan 2999.',
        'A mail to ana@example.org reports what was recorded in their name.\n',
      ].join('\n'),
    );
    expect(
      await tell((io) =>
        decideAlert(io, {}, 'snooze', 'license 2', { ...said, until: '2999-01-01', reason: 'gone' }),
      ),
    ).toContain('already snoozed');
    await tell((io) => runJob(io, {}, 'subscription-renewals', {}));
    expect(await tell((io) => showItem(io, {}, 'license:1', {}))).toMatch(
      /alerts for all reached thresholds were sent[\s\S]+Next: no further alert[\s\S]+email olga@example\.org/,
    );
    expect(await tell((io) => showItem(io, {}, 'subscription:1', {}))).toMatch(
      /Owner: not set[\s\S]+no active owner, and only the monthly list names it[\s\S]+Next: the list of items without an owner of /,
    );
    const listed = z
      .object({
        alerts: z.array(z.looseObject({ id: z.int(), kind: z.string() })),
        holds: z.array(z.looseObject({ actor: z.string() })),
      })
      .parse(JSON.parse(await tell((io) => listAlerts(io, {}, { limit: '50', json: true }))));
    // The other one expired before monitoring began.
    expect(listed.alerts.filter(({ id, kind }) => id === 1 && kind === 'license')).toMatchObject([
      { kind: 'license', id: 1, threshold: 7, message_state: 'queued' },
    ]);
    expect(listed.holds).toMatchObject([
      { id: 2, actor: 'ana@example.org', reason: 'gone', until: '2999-01-01' },
    ]);
    expect(await tell((io) => decideAlert(io, {}, 'unsnooze', 'license:2', said))).toContain(
      'is no longer snoozed: alerts are sent again',
    );
    expect(await tell((io) => decideAlert(io, {}, 'ack', 'license:1', said))).toContain('is acknowledged');
    // Also where there is no recipient.
    await sql`update "user" set is_archived = not is_archived`.execute(database.db);
    expect(await tell((io) => showItem(io, {}, 'license:1', {}))).toMatch(
      /No alert is due: the item is acknowledged[\s\S]+Acknowledged by ana@example.org/,
    );
    await sql`update "user" set is_archived = not is_archived`.execute(database.db);

    const list = (options: {
      readonly expired?: boolean;
      readonly json?: boolean;
      readonly limit?: string;
    }) => tell((io) => listExpiry(io, {}, { days: '95', limit: '50', ...options }));
    expect(JSON.parse(await list({ json: true, limit: '2' }))).toMatchObject({
      total: 3,
      items: [
        { item: 'license:1', days_left: 5, owner: 'Olga', alerts: 'acknowledged' },
        { item: 'subscription:1', days_left: 60, owner: null, alerts: 'on' },
      ],
    });
    await tell((io) =>
      decideAlert(io, {}, 'snooze', 'license:2', { ...said, until: '2999-01-01', reason: 'gone' }),
    );
    expect(await list({ expired: true })).toMatch(/5 days ago +license:2 .* snoozed until 2999-01-01/);
    // By its name, which is what people know.
    expect(await tell((io) => showItem(io, {}, 'subscription:CRM', {}))).toContain('subscription:1: CRM');
    await expect(
      showItem(memoryIo({ env: { ...place }, ...held }).io, {}, 'license:Nix', {}),
    ).rejects.toMatchObject({
      message: expect.stringContaining("There is no license 'Nix'."),
    });

    const report = (options: Partial<ReportExpiryOptions>) =>
      tell((io) => reportExpiry(io, {}, { days: '95', format: 'text', output: '-', ...options }));
    expect(await report({ expired: true })).toMatch(/Old/);
    const document = JSON.parse(await report({ json: true }));
    expect(document).toMatchObject({
      schema: 1,
      report: 'expiry',
      items: [
        { kind: 'license', id: 1, days_left: 5, owner: 'Olga', cost: 1200.5, currency: 'USD' },
        { kind: 'subscription', id: 1, days_left: 60, owner: null },
        // Its next renewal in the window, a month later.
        { kind: 'subscription', id: 1, owner: null },
      ],
    });
    expect(await report({ format: 'csv' })).toContain(`"'=IDE, ""pro"""`);
    expect(await report({ format: 'md' })).toContain('| CRM |');
    const calendar = new ICAL.Component(ICAL.parse(await report({ format: 'ics' })));
    const events = calendar.getAllSubcomponents('vevent').map((one) => new ICAL.Event(one));
    expect(events.map((one) => [one.summary, one.startDate.isDate, one.uid.split('@')[1]])).toEqual([
      ['=IDE, "pro" expires', true, 'opsdeck-jobs'],
      ['CRM renews', true, 'opsdeck-jobs'],
      ['CRM renews', true, 'opsdeck-jobs'],
    ]);
    expect(new Set(events.map(({ uid }) => uid)).size).toBe(3);
    const [licence] = z
      .object({ items: z.array(z.object({ expires_on: z.string() })) })
      .parse(document).items;
    expect(events[0]?.startDate.toString()).toBe(licence?.expires_on);
    expect(await report({ format: 'text' })).not.toContain('KEY-SECRET');

    const renew = (item: string, options: Partial<ExpiryRenewedOptions> = {}) =>
      tell((io) =>
        recordRenewal(io, {}, item, {
          ...said,
          on: '2026-01-02',
          reason: 'order 4711',
          yes: true,
          ...options,
        }),
      );
    const refused = (options: Partial<ExpiryRenewedOptions>) => expect(renew('license:1', options)).rejects;
    await refused({}).toMatchObject({ next: expect.stringContaining('Give its new date: --until') });
    await refused({ until: '2026-01-02' }).toMatchObject({
      message: expect.stringContaining('is not after its date'),
    });
    await refused({ on: '2999-01-01' }).toMatchObject({ message: expect.stringContaining('is after today') });
    await refused({ until: '2999-01-01', yes: false }).toMatchObject({ code: 'confirmation_needed' });
    expect(await renew('license:1', { until: '2999-01-01', dryRun: true })).toContain(
      'This would change the date of license:1',
    );
    expect(await renew('license:1', { until: '2999-01-01' })).toMatch(
      /is recorded as renewed on Fri 2 Jan 2026. Its date is now Tue 1 Jan 2999./,
    );
    expect(await renew('license:1', { until: '2999-01-01' })).toContain('already recorded');
    expect(await tell((io) => showItem(io, {}, 'license:1', {}))).toMatch(
      /It expires on Tue 1 Jan 2999[\s\S]+Renewed on Fri 2 Jan 2026, until Tue 1 Jan 2999 \(its end was .*\), recorded by ana@/,
    );
    // What does not renew by itself moves by its period; what does needs no new date.
    await sql`
      insert into subscription (name, subscription_type, renewal_date, renewal_period_type, auto_renew, cost, currency, is_archived)
      values ('Fair', 'SaaS', '2026-01-31', 'monthly', false, 10, 'EUR', false)`.execute(database.db);
    expect(await renew('subscription:Fair')).toContain('Its date is now Sat 28 Feb 2026.');
    expect(await renew('subscription:Fair')).toContain('already recorded');
    expect(await renew('subscription:CRM')).toContain('It renews by itself');
    expect(await tell((io) => showItem(io, {}, 'subscription:CRM', {}))).toContain('(renewed)');
    const { rows: logged } = await sql<{ moved: boolean }>`
      select (after -> 'date_moved')::boolean as moved from opsdeck_jobs.action_log where action = 'alert.renewed'
       order by at, id`.execute(database.db);
    expect(logged.map(({ moved }) => moved)).toEqual([true, true, false]);
    expect(await tell((io) => decideAlert(io, {}, 'unsnooze', 'subscription:CRM', said))).toContain(
      'is no longer recorded as renewed: alerts are sent again',
    );
  });
});

it.each([
  ['an unknown kind', (io: Io) => decideAlert(io, {}, 'ack', 'licence:3', {})],
  ['no name', (io: Io) => decideAlert(io, {}, 'ack', 'license:', {})],
  ['no kind', (io: Io) => showItem(io, {}, '12', {})],
  ['days that cannot be', (io: Io) => reportExpiry(io, {}, { days: '0', format: 'text', output: '-' })],
])('%s is refused before anything is opened', async (_, action) => {
  const memory = memoryIo({ env: { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' } });
  await expect(action(memory.io)).rejects.toMatchObject({ code: 'usage', exitCode: 2 });
});
