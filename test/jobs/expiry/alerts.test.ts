import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { decideAlerts } from '../../../jobs/expiry/decide-holds.sql.ts';
import { authorNamed } from '../../support/author.ts';
import { onEachDatabase, onPostgres } from '../../support/databases.ts';
import { jobs, newWorld, runJob, succeeded, told } from './world.ts';

const { renewals, credentials, certificates } = jobs;

onEachDatabase((harness) => {
  describe('an alert that is due', () => {
    it('gets one alert, whatever the number of runs, and a later threshold again', async () => {
      const world = await newWorld(harness, '2026-03-01');
      const id = await world.license({ expiry_date: '2026-03-31' });
      expect(told(await succeeded(world.run(renewals)))).toEqual([`license ${id} in 30: 30`]);
      world.on('2026-03-02');
      expect(told(await succeeded(world.run(renewals)))).toEqual([]);
      // A fortnight without a run.
      world.on('2026-03-25');
      expect(told(await succeeded(world.run(renewals)))).toEqual([`license ${id} in 6: 7 covers 14`]);
      const digests = await world.takeDigests();
      expect(digests.map(({ destination }) => destination)).toEqual(['olga@example.org', 'olga@example.org']);
      expect(digests[1]?.context).toMatchObject({
        total: 1,
        rows: [
          {
            sentence: 'expires in 6 days',
            missed: 'No run took place when this alert was due: 14 days before',
          },
        ],
      });
      // A changed end starts afresh.
      await sql`update license set expiry_date = '2026-04-01'`.execute(world.database.db);
      expect(told(await succeeded(world.run(renewals)))).toEqual([`license ${id} in 7: 7 covers 30,14`]);
    });

    it('a renewal that a person recorded ends the alerts of the old date, which is asked about after two weeks', async () => {
      const world = await newWorld(harness, '2026-03-01');
      const { db } = world.database;
      await sql`update "user" set role = 'admin' where name = 'Olga'`.execute(db);
      const id = await world.license({ name: 'IDE', expiry_date: '2026-03-31' });
      const past = await world.subscription({ name: 'Past', renewal_date: '2026-03-01', auto_renew: false });
      expect(told(await succeeded(world.run(renewals)))).toHaveLength(2);
      for (const [item, key] of [
        [{ kind: 'license', id, name: 'IDE' }, '2026-03-31'],
        [{ kind: 'subscription', id: past, name: 'Past' }, '2026-03-01'],
      ] as const) {
        await decideAlerts(
          world.database,
          item,
          {
            action: 'renewed',
            keys: [key],
            on: '2026-03-01',
            until: '2027-03-31',
            reason: 'order 4711',
            move: null,
          },
          authorNamed('olga@example.org', {
            clock: world.clock,
            zones: { stored: 'UTC', business: 'Europe/Madrid' },
          }),
        );
      }
      for (const day of ['2026-03-10', '2026-03-14']) {
        world.on(day);
        expect(told(await succeeded(world.run(renewals)))).toEqual([]);
      }
      await world.takeDigests();
      // Also about one whose last alert was sent.
      world.on('2026-03-15');
      const asked = await succeeded(world.run(renewals));
      expect(asked.alerts.map(({ kind, threshold }) => [kind, threshold])).toEqual([
        ['license', -14],
        ['subscription', -14],
      ]);
      expect((await world.takeDigests())[0]?.context['first']).toBe(
        'IDE was renewed on Sun 1 Mar 2026, but its recorded date is still Tue 31 Mar 2026: change it to Wed 31 Mar 2027',
      );
      world.on('2026-04-01');
      expect(told(await succeeded(world.run(renewals)))).toEqual([]);
      await sql`update license set expiry_date = '2026-04-02' where id = ${id}`.execute(db);
      expect(told(await succeeded(world.run(renewals)))).toEqual([`license ${id} in 1: 7 covers 30,14`]);
    });

    it('reads renewals by the right rule, leaves archived ones alone, and alerts about the end of what does not renew', async () => {
      const world = await newWorld(harness, '2026-02-27');
      const last = await world.subscription({
        name: 'Last',
        renewal_date: '2024-01-31',
        renewal_period_type: 'monthly',
        monthly_renewal_day: 'last',
      });
      const ends = await world.subscription({ name: 'Ends', renewal_date: '2026-03-10', auto_renew: null });
      await world.subscription({ name: 'Archived', renewal_date: '2026-03-01', is_archived: true });
      await world.subscription({ name: 'Far', renewal_date: '2025-09-01' });
      const leap = await world.subscription({ name: 'Leap', renewal_date: '2024-02-29' });
      await world.subscription({
        name: 'Custom',
        renewal_date: '2026-02-01',
        renewal_period_type: 'custom',
        renewal_period_value: 45,
      });
      const quarterly = await world.subscription({
        name: 'Quarterly',
        renewal_date: '2025-12-18',
        renewal_period_type: 'every 3 months',
      });
      await world.subscription({ name: 'Never', renewal_date: '9999-12-31' });
      const weekly = await world.subscription({
        name: 'Weekly',
        renewal_date: '2026-01-01',
        renewal_period_type: 'weekly',
      });
      const result = await succeeded(world.run(renewals));
      expect(told(result)).toEqual([
        `subscription ${last} in 1: 7`,
        `subscription ${leap} in 1: 7 covers 30,14`,
        `subscription ${ends} in 11: 14 covers 30`,
        `subscription ${quarterly} in 19: 30`,
      ]);
      expect(result.problems).toEqual([
        {
          kind: 'subscription',
          id: weekly,
          name: 'Weekly',
          problem: "its renewal period 'weekly' is not monthly, quarterly, yearly or custom",
        },
      ]);
      expect(result.watched).toEqual({ subscription: 8, license: 0 });
    });

    it('learns of a renewal that went by between two runs', async () => {
      const world = await newWorld(harness, '2026-03-01');
      const id = await world.subscription({ renewal_date: '2025-05-01' });
      await world.license();
      await succeeded(world.run(renewals));
      world.on('2026-05-03');
      expect(told(await succeeded(world.run(renewals)))).toEqual([
        `subscription ${id} in -2: 7 covers 30,14`,
      ]);
      expect((await world.takeDigests())[0]?.context).toMatchObject({
        rows: [{ sentence: 'renewed 2 days ago' }],
      });
    });

    it('has thresholds of its own for the day by which a renewal must be cancelled', async () => {
      const world = await newWorld(harness, '2026-03-02');
      const id = await world.subscription({ name: 'CRM', renewal_date: '2026-05-31' });
      const settings = { thresholds: [14], notice_days: { crm: 90 } };
      expect(told(await succeeded(world.run(renewals, settings)))).toEqual([
        `subscription ${id} in 90: 91 covers 104,97`,
      ]);
      expect((await world.takeDigests())[0]?.context).toMatchObject({
        rows: [{ cancel_by: 'Mon 2 Mar 2026', cost: '100.00 EUR', path: `/subscriptions/${id}` }],
        cost: '100.00 EUR',
      });
    });

    it('adds up costs of several currencies by the newest rates, to the cent', async () => {
      const world = await newWorld(harness, '2026-03-02');
      const { db } = world.database;
      for (const currency of ['EUR', 'usd', 'USD']) {
        await world.subscription({ renewal_date: '2026-03-09', cost: 0.1, currency });
      }
      await sql`insert into finance_settings (base_currency) values ('EUR')`.execute(db);
      await sql`
        insert into exchange_rate (currency_code, rate, fetched_at)
        values ('USD', 0.9, '2026-03-02'), ('USD', 0.5, '2026-03-01'), ('usd', 0.95, '2026-03-02')`.execute(
        db,
      );
      await succeeded(world.run(renewals));
      expect((await world.takeDigests())[0]?.context).toMatchObject({
        cost: '0.10 EUR, 0.20 USD (about 0.29 EUR in all)',
      });
      world.on('2026-03-03');
      await world.license({ expiry_date: '2026-03-09', cost: 1, currency: 'XAU' });
      await world.license({ expiry_date: '2026-03-09', cost: 1, currency: 'EUR' });
      await succeeded(world.run(renewals));
      expect((await world.takeDigests())[0]?.context).toMatchObject({
        cost: '1.00 EUR, 1.00 XAU',
      });
    });

    it('takes what OpsDeck queued for the same end as that threshold', async () => {
      const world = await newWorld(harness, '2026-03-10');
      const id = await world.license({ expiry_date: '2026-03-17' });
      await sql`
        insert into scheduled_communication (status, scheduled_date, target_type, target_id, channel)
        values ('sent', '2026-03-10', 'license', ${id}, 'email')`.execute(world.database.db);
      expect(told(await succeeded(world.run(renewals)))).toEqual([]);
      await sql`update scheduled_communication set status = 'failed'`.execute(world.database.db);
      expect(told(await succeeded(world.run(renewals)))).toEqual([`license ${id} in 7: 7 covers 30,14`]);
    });
  });

  describe('the first run', () => {
    it('records what is long past as baseline, alerts about what is inside a threshold, and then is quiet', async () => {
      const world = await newWorld(harness, '2026-03-10');
      await world.credential('2025-01-01 00:00:00');
      await world.credential('2026-02-07 00:00:00');
      const just = await world.credential('2026-02-08 23:59:00');
      // What never ends.
      for (const end of [null, '9999-12-31']) await world.credential(end);
      // What is no date.
      const wrong: number[] = [];
      for (const end of ['infinity', '-infinity', '20000-01-01']) wrong.push(await world.credential(end));
      const result = await succeeded(world.run(credentials));
      expect(result.problems.map(({ id }) => id)).toEqual(wrong);
      expect(result).toMatchObject({ baseline: 2, first_run: ['credential'] });
      expect(told(result)).toEqual([`credential ${just} in -30: -30 covers 30,14,7,1,0,-1,-7`]);
      expect((await world.takeDigests())[0]?.context).toMatchObject({
        baseline: 0,
        past_summary: '2 credentials',
        ended: 1,
      });
      world.on('2026-03-11');
      expect(await succeeded(world.run(credentials))).toMatchObject({
        baseline: 0,
        alerted: 0,
        first_run: [],
      });
    });

    it('plans the same in a dry run, and writes nothing', async () => {
      const world = await newWorld(harness, '2026-03-10');
      await world.credential('2025-01-01 00:00:00');
      await world.credential('2026-03-11 00:00:00');
      const dry = await succeeded(world.run(credentials, {}, { dryRun: true }));
      expect(await world.takeDigests()).toEqual([]);
      const { rows } = await sql`
        select from opsdeck_jobs.alert_ledger union all select from opsdeck_jobs.alert_watch
        union all select from notification_event`.execute(world.database.db);
      expect(rows).toEqual([]);
      expect(await succeeded(world.run(credentials))).toEqual(dry);
    });
  });

  describe('owners', () => {
    it('every member of a group gets the alert, archived ones do not; one digest for each person', async () => {
      const world = await newWorld(harness, '2026-03-10');
      const ben = await world.user('Ben');
      const gone = await world.user('Gone', { is_archived: true });
      const group = await world.group('Platform', [world.olga, ben, gone]);
      await world.credential('2026-03-17 00:00:00', {
        owner_type: 'Group',
        owner_id: group,
        name: 'Root',
        break_glass: true,
      });
      await world.credential('2026-03-11 00:00:00', { name: 'Key' });
      expect(await succeeded(world.run(credentials))).toMatchObject({ alerted: 2, messages_queued: 2 });
      const digests = await world.takeDigests();
      expect(digests.map(({ destination, context }) => [destination, context['total']])).toEqual([
        ['ben@example.org', 1],
        ['olga@example.org', 2],
      ]);
      expect(digests[1]?.context).toMatchObject({
        rows: [
          { name: 'Key', break_glass: false, detail: 'API key, ****abcd', reason: '' },
          { name: 'Root', break_glass: true },
        ],
      });
    });

    it.each([
      ['an archived owner', 'is_archived', 'its owner Gone is archived'],
      ['an owner without a usable address', 'no_mail', 'its owner Gone has no usable e-mail address'],
      ['a group without members', 'empty_group', 'its group Nobody has no members'],
      ['an owner who does not exist', 'missing', 'its owner (user 999) does not exist'],
      ['an owner of an unknown type', 'robot', 'it has no owner'],
    ])('%s: the fallback recipient, with why, else the administrators', async (_, kind, reason) => {
      const world = await newWorld(harness, '2026-03-10');
      const gone = await world.user('Gone', {
        is_archived: kind === 'is_archived',
        email: kind === 'no_mail' ? 'nobody' : 'gone@example.org',
      });
      const owner = {
        owner_type: kind === 'empty_group' ? 'Group' : kind === 'robot' ? 'Robot' : 'User',
        owner_id: kind === 'empty_group' ? await world.group('Nobody', []) : kind === 'missing' ? 999 : gone,
      };
      const id = await world.credential('2026-03-17 00:00:00', owner);
      const nobody = await world.run(credentials);
      expect(nobody.outcome).toMatchObject({
        status: 'failed',
        exitCode: 1,
        fault: { code: 'no_recipient' },
      });
      expect(nobody.outcome.fault?.message).toContain(`credential ${id} (Credential`);
      await world.user('Ada', { role: 'admin' });
      await succeeded(world.run(credentials));
      await sql`insert into notification_setting (email_recipient) values (' IT@example.org ')`.execute(
        world.database.db,
      );
      await world.credential('2026-03-17 00:00:00', owner);
      await succeeded(world.run(credentials));
      const digests = await world.takeDigests();
      expect(digests.map(({ destination }) => destination)).toEqual(['ada@example.org', 'it@example.org']);
      expect(digests[0]?.context).toMatchObject({ rows: [{ reason }] });
    });

    it('items of people who left are in one list a month, and what appears later is named once, at once', async () => {
      const world = await newWorld(harness, '2027-01-01');
      const { db } = world.database;
      for (const name of ['Ada', 'Ben']) await world.user(name, { role: 'admin' });
      await sql`insert into notification_setting (email_recipient) values ('it@example.org')`.execute(db);
      const gone = { user_id: await world.user('Gone', { is_archived: true }) };
      const ends = ['2027-01-03', '2027-01-20', '2027-02-28', '2027-03-01', '2027-03-02', '2027-03-31'];
      for (const end of ends) await world.license({ ...gone, expiry_date: end });
      await world.subscription({ ...gone, renewal_date: '2026-01-02', renewal_period_type: 'monthly' });
      await world.subscription({
        ...gone,
        renewal_date: '2026-01-01',
        renewal_period_type: 'custom',
        renewal_period_value: 10,
      });
      const snoozed = await world.license({ ...gone, expiry_date: '2027-01-25' });
      await sql`
        insert into opsdeck_jobs.alert_hold (item_kind, item_id, expiry_key, until, actor, at)
        values ('license', ${snoozed}, '*', '2027-01-15', 'ada@example.org', now())`.execute(db);
      const mails: string[] = [];
      // Off from the 31st of January to the 4th of February.
      const days = Array.from({ length: 90 }, (_, n) =>
        new Date(Date.UTC(2027, 0, 1 + n)).toISOString().slice(0, 10),
      );
      for (const day of days.filter((one) => one < '2027-01-31' || one > '2027-02-04')) {
        world.on(day);
        if (day === '2027-01-10') await world.license({ ...gone, name: 'Late', expiry_date: '2027-01-29' });
        if (day === '2027-02-05') {
          const dry = await succeeded(world.run(renewals, {}, { dryRun: true }));
          expect(dry.named_without_owner).toBeGreaterThan(0);
        }
        if (!['01', '10', '11', '15', '05', '06', '28'].includes(day.slice(8))) continue;
        await succeeded(world.run(renewals));
        for (const { destination, context } of await world.takeDigests())
          mails.push(`${day} ${destination}: ${context['subject_words']}`);
      }
      expect(mails).toEqual([
        '2027-01-01 ada@example.org: 3 licences and 2 subscriptions without an owner end by Sun 28 Feb 2027',
        '2027-01-01 ben@example.org: 3 licences and 2 subscriptions without an owner end by Sun 28 Feb 2027',
        '2027-01-10 it@example.org: 1 licence without an owner ends by Sun 31 Jan 2027',
        '2027-01-15 it@example.org: 1 licence without an owner ends by Sun 31 Jan 2027',
        '2027-02-05 ada@example.org: 4 licences and 2 subscriptions without an owner end by Wed 31 Mar 2027',
        '2027-02-05 ben@example.org: 4 licences and 2 subscriptions without an owner end by Wed 31 Mar 2027',
        '2027-03-01 ada@example.org: 3 licences and 2 subscriptions without an owner end by Fri 30 Apr 2027',
        '2027-03-01 ben@example.org: 3 licences and 2 subscriptions without an owner end by Fri 30 Apr 2027',
      ]);
    });

    it('a list that was too old is sent again, and one that could not be delivered goes to somebody else', async () => {
      const world = await newWorld(harness, '2027-01-01');
      const { db } = world.database;
      await world.user('Ada', { role: 'admin' });
      await sql`insert into notification_setting (email_recipient) values ('it@example.org')`.execute(db);
      await world.license({ user_id: null, expiry_date: '2027-02-20' });
      const to: string[] = [];
      for (const [day, state] of [
        ['2027-01-02', 'held'],
        ['2027-01-03', 'failed'],
        ['2027-01-04', 'sent'],
        ['2027-01-05', 'sent'],
      ] as const) {
        world.on(day);
        await succeeded(world.run(renewals));
        to.push(...(await world.takeDigests()).map(({ destination }) => `${day} ${destination}`));
        await sql`update opsdeck_jobs.message set state = ${state} where state = 'queued'`.execute(db);
      }
      expect(to).toEqual([
        '2027-01-02 ada@example.org',
        '2027-01-03 ada@example.org',
        '2027-01-04 it@example.org',
      ]);
    });

    it('what could not be delivered goes to the fallback recipient, and then to the administrators', async () => {
      const world = await newWorld(harness, '2026-03-10');
      const { db } = world.database;
      await world.user('Ada', { role: 'admin' });
      await sql`insert into notification_setting (email_recipient) values ('it@example.org')`.execute(db);
      const id = await world.credential('2026-03-16 00:00:00');
      const end = (state: string) =>
        sql`update opsdeck_jobs.message set state = ${state} where state = 'queued'`.execute(db);
      for (const day of ['2026-03-11', '2026-03-12', '2026-03-13']) {
        await succeeded(world.run(credentials));
        await end('failed');
        world.on(day);
      }
      expect((await succeeded(world.run(credentials))).rearmed).toBeGreaterThan(0);
      await end('sent');
      world.on('2026-03-14');
      expect(told(await succeeded(world.run(credentials)))).toEqual([]);
      const digests = await world.takeDigests();
      expect(digests.map(({ destination }) => destination)).toEqual([
        'olga@example.org',
        'it@example.org',
        'ada@example.org',
        'ada@example.org',
      ]);
      expect(digests[1]?.context).toMatchObject({
        rows: [{ reason: 'a message to its owner Olga could not be delivered' }],
      });
      // An operator has the first one sent again: the next threshold is told to the owner.
      await sql`update opsdeck_jobs.message set state = 'sent' where destination = 'olga@example.org'`.execute(
        db,
      );
      world.on('2026-03-15');
      const next = await succeeded(world.run(credentials));
      expect(told(next)).toEqual([`credential ${id} in 1: 1`]);
      expect(next.alerts[0]?.to).toEqual(['email olga@example.org']);
    });

    it.each(['held', 'cancelled'])(
      'a message that is %s is no delivery failure: it is sent to the same owner again',
      async (state) => {
        const world = await newWorld(harness, '2026-03-10');
        const { db } = world.database;
        await world.user('Ada', { role: 'admin' });
        const id = await world.credential('2026-03-16 00:00:00');
        await succeeded(world.run(credentials));
        await sql`update opsdeck_jobs.message set state = ${state}`.execute(db);
        world.on('2026-03-13');
        const dry = await succeeded(world.run(credentials, {}, { dryRun: true }));
        const again = await succeeded(world.run(credentials));
        expect(told(again)).toEqual([`credential ${id} in 3: 7 covers 30,14`]);
        expect(told(dry)).toEqual(told(again));
        // Nobody can release the first one beside that: a cancelled one stays cancelled.
        const { rows } = await sql<{ communication_id: number; state: string }>`
        select communication_id, state from opsdeck_jobs.message order by created_at`.execute(db);
        expect(rows).toMatchObject([{ state: 'cancelled' }, { state: 'queued' }]);
        await sql`update opsdeck_jobs.message set state = 'sent' where state = 'queued'`.execute(db);
        world.on('2026-03-15');
        expect((await succeeded(world.run(credentials))).alerts).toMatchObject([
          { id, threshold: 1, to: ['email olga@example.org'] },
        ]);
        const digests = await world.takeDigests();
        expect(digests.map(({ destination }) => destination)).toEqual(
          Array.from({ length: 3 }, () => 'olga@example.org'),
        );
        expect(digests.map(({ context }) => context['fallback'])).toEqual([false, false, false]);
      },
    );

    it('a hundred items are one mail that lists fifty, most urgent first, and no secret', async () => {
      const world = await newWorld(harness, '2026-03-10');
      for (let i = 0; i < 100; i += 1)
        await world.license({ expiry_date: i % 2 === 0 ? '2026-03-12' : '2026-03-11' });
      expect(await succeeded(world.run(renewals))).toMatchObject({ alerted: 100, messages_queued: 1 });
      const [digest] = await world.takeDigests();
      const context = JSON.stringify(digest?.context);
      expect(digest?.context).toMatchObject({ total: 100, more: 50, summary: '100 licences' });
      expect(context.match(/tomorrow/g)).toHaveLength(51);
      expect(context).not.toContain('KEY-SECRET');
    });

    it('a channel gets the alert beside the owners, and an event that is off sends and records nothing', async () => {
      const world = await newWorld(harness, '2026-03-10');
      const { db } = world.database;
      const id = await world.credential('2026-03-16 00:00:00');
      await sql`
        insert into notification_event (event_code, name, enabled, channels, slack_target_channel)
        values ('CREDENTIAL_EXPIRING', 'Expiring', false, '["email","slack"]', 'ops')`.execute(db);
      const off = await succeeded(world.run(credentials));
      expect(off).toMatchObject({
        alerted: 0,
        first_run: [],
        notes: ['Event CREDENTIAL_EXPIRING is switched off: nothing is queued.'],
      });
      await sql`update notification_event set enabled = true`.execute(db);
      expect((await succeeded(world.run(credentials))).alerts).toMatchObject([
        { id, to: ['slack slack:#ops', 'email olga@example.org'] },
      ]);
      // Nobody read it in the channel: the administrator is told, and the owner not twice.
      await sql`update opsdeck_jobs.message set state = 'failed' where channel = 'slack'`.execute(db);
      await world.user('Ada', { role: 'admin' });
      world.on('2026-03-11');
      expect((await succeeded(world.run(credentials))).alerts).toMatchObject([
        { id, to: ['email ada@example.org'] },
      ]);
      expect((await world.takeDigests()).at(-1)?.context).toMatchObject({
        rows: [{ reason: 'a message to slack could not be delivered' }],
      });
    });
  });

  it('looks at nothing: the run reports it', async () => {
    const world = await newWorld(harness, '2026-03-10');
    const { outcome } = await world.run(certificates, {}, { allowEmpty: false });
    expect(outcome).toMatchObject({ status: 'failed', exitCode: 1, fault: { code: 'nothing_to_evaluate' } });
  });
});

onPostgres((harness) => {
  it('two runs at the same moment queue one message', async () => {
    const world = await newWorld(harness, '2026-03-10');
    const second = await harness.second(world.database, { clock: world.clock });
    for (let i = 0; i < 20; i += 1) await world.license({ expiry_date: '2026-03-12' });
    // Two jobs of the same kind under two names: the runner itself would refuse the second.
    const twin = { ...renewals, name: 'twin' };
    const results = await Promise.all([
      succeeded(runJob(world.database, renewals)),
      succeeded(runJob(second, twin)),
    ]);
    expect(results.map(({ alerted }) => alerted).sort()).toEqual([0, 20]);
    expect(await world.takeDigests()).toHaveLength(1);
  });
});
