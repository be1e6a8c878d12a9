import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { sql } from 'kysely';
import { expect, inject, it } from 'vitest';
import { convert } from '../../../jobs/exchange-rates/convert.ts';
import { readStored } from '../../../jobs/exchange-rates/fx-rates.sql.ts';
import { decideRates, readWaiting } from '../../../jobs/exchange-rates/held.sql.ts';
import { rateSettings } from '../../../jobs/exchange-rates/settings.ts';
import { readRates } from '../../../jobs/expiry/costs.sql.ts';
import { decimalOf } from '../../../src/text/decimal.ts';
import { closedPort } from '../../notify/channels/peers.ts';
import { authorNamed } from '../../support/author.ts';
import { onEachDatabase, onPostgres } from '../../support/databases.ts';
import { suiteRunner } from '../../support/suite-runner.ts';
import { ecbCsv, ecbXml, frankfurter, frankfurterSeries } from './provider-answers.ts';
import { newWorld, type World } from './world.ts';

/** The double nearest to 1 / 160.1; dividing doubles misses it by one bit. */
const perYen = 0.006246096189881324;

const monday = { USD: '1.05', JPY: '160.10', TRY: '36.5' };

async function decide(
  { database, clock }: World,
  action: 'accept' | 'reject',
  codes: readonly string[],
  until: string | null = null,
) {
  return decideRates(
    { db: database.db, clock },
    {
      action,
      codes,
      from: null,
      until,
      note: 'the central bank says so',
      author: authorNamed('os:ana@desk', {
        clock,
        zones: { business: 'Europe/Madrid', stored: database.storedZone },
      }),
      storedZone: database.storedZone,
      settings: rateSettings.parse({}),
    },
  );
}

onEachDatabase((harness) => {
  it('stores what is published to the digit, gives OpsDeck what a unit is worth, and the same day again changes nothing', async () => {
    const world = await newWorld(harness);
    const { replies, clock, peer, database } = world;
    replies['/latest'] = frankfurter('2026-11-23', { ...monday, GBP: '0.10000000000000000001' });
    expect(await world.succeed({ dryRun: true })).toMatchObject({ rates_stored: 4, opsdeck_rows: 5 });
    expect(await world.everything()).toEqual([]);

    expect(await world.succeed()).toMatchObject({
      rates_stored: 4,
      opsdeck_rows: 5,
      new_days: 1,
      derived: false,
    });
    expect(peer.received[0]?.path).toBe('/latest?from=EUR');
    expect(await world.published()).toEqual([
      '2026-11-23 GBP 0.10000000000000000001',
      '2026-11-23 JPY 160.10',
      '2026-11-23 TRY 36.5',
      '2026-11-23 USD 1.05',
    ]);
    const opsdeck = { EUR: 1, GBP: 10, JPY: perYen, TRY: 1 / 36.5, USD: 1 / 1.05 };
    expect(await world.opsdeck()).toEqual(opsdeck);
    // The other readers in this program see the same.
    const seen = await readRates(database.db);
    expect([seen?.base, seen?.rates.size, seen?.rates.get('USD')]).toEqual(['EUR', 5, decimalOf(1 / 1.05)]);

    const before = await world.everything();
    clock.set('2026-11-24T03:00:00Z');
    expect(await world.succeed()).toMatchObject({
      nothing_new: true,
      opsdeck_rows: 0,
      previous_date: '2026-11-23',
    });
    expect(await world.everything()).toEqual(before);
    const { rows } = await sql<{ at: Date }>`
      select last_sync_at at time zone ${database.storedZone} as at from finance_settings`.execute(
      database.db,
    );
    expect(rows).toEqual([{ at: new Date('2026-11-24T03:00:00Z') }]);

    // A correction of the same day: a new version, the old one stays, and OpsDeck gets that currency alone.
    replies['/latest'] = frankfurter('2026-11-23', { ...monday, USD: '1.06', GBP: '0.10000000000000000001' });
    expect(await world.succeed()).toMatchObject({
      corrections: 1,
      rates_stored: 1,
      new_days: 0,
      opsdeck_rows: 1,
    });
    expect(await world.published()).toContain('2026-11-23 USD 1.05');
    expect(await world.published()).toContain('2026-11-23 USD 1.06 v2');
    expect(await world.opsdeck()).toEqual({ ...opsdeck, USD: 0.9433962264150944 });
    const question = {
      amount: '100',
      from: 'GBP',
      to: 'USD',
      day: '2026-11-24',
      provider: 'frankfurter',
    } as const;
    expect(await convert(database.db, question)).toMatchObject({
      converted: '1060.00',
      exact: '1059.9999999999999999',
      rateDate: '2026-11-23',
      derived: true,
      old: false,
    });
    expect(await convert(database.db, { ...question, day: '2026-11-22' })).toBeNull();
    expect(await convert(database.db, { ...question, day: '2026-12-01' })).toMatchObject({ old: true });

    // Nothing newer for more than five business days.
    clock.set('2026-12-01T02:00:00Z');
    const { outcome, environment } = await world.run();
    expect(outcome.result).toMatchObject({ nothing_new: true, old: true });
    expect(environment.logged('rates.old')).toHaveLength(1);
  });

  it('fills the days that were missed, holds a jump of that currency alone, once, and an operator decides', async () => {
    const world = await newWorld(harness);
    const { replies, clock, peer, database } = world;
    replies['/latest'] = frankfurter('2026-11-18', { ...monday, BGN: '1.9558' });
    await world.succeed();
    // Down until the next Wednesday.
    clock.set('2026-11-25T02:00:00Z');
    replies['/latest'] = frankfurter('2026-11-24', { USD: '1.05', JPY: '160.10', TRY: '50' });
    replies['/2026-11-19..2026-11-23'] = frankfurterSeries({
      '2026-11-19': { USD: '1.051', JPY: '160', TRY: '36.6' },
      '2026-11-20': { USD: '1.052', JPY: '177', TRY: '40' },
      '2026-11-23': { USD: '1.053', JPY: '160', TRY: '40.27' },
    });
    expect(await world.succeed({ dryRun: true })).toMatchObject({ held_count: 2, rates_stored: 10 });
    const { outcome, environment } = await world.run();
    expect(outcome.result).toMatchObject({
      new_days: 4,
      held: [
        { code: 'JPY', date: '2026-11-20', rate: '177', before: '160', change_percent: '10.6' },
        { code: 'TRY', date: '2026-11-24', rate: '50', before: '40.27' },
      ],
      no_longer_quoted: ['BGN'],
      gap_remains: false,
    });
    expect(environment.logged('rates.quarantined')).toHaveLength(2);
    expect(peer.received.at(-1)?.path).toBe('/2026-11-19..2026-11-23?from=EUR');
    // OpsDeck keeps what a lira was worth before; of the days between it gets none.
    expect(await world.opsdeck()).toMatchObject({ TRY: 0.024832381425378695, USD: 1 / 1.05, JPY: perYen });

    const before = await world.everything();
    expect(await world.succeed()).toMatchObject({ nothing_new: true, held_count: 0, held_waiting: 2 });
    expect(await world.everything()).toEqual(before);

    // The level stays held: the day after is measured by the last rate that was taken.
    clock.set('2026-11-26T02:00:00Z');
    replies['/latest'] = frankfurter('2026-11-25', { USD: '1.05', JPY: '160.10', TRY: '50.5' });
    expect(await world.succeed()).toMatchObject({ held: [{ code: 'TRY', rate: '50.5', before: '40.27' }] });
    expect((await readWaiting(database.db, 'TRY', 10)).map(({ quote, rate }) => `${quote} ${rate}`)).toEqual([
      'TRY 50',
      'TRY 50.5',
    ]);
    expect(await decide(world, 'reject', ['JPY', 'GBP'])).toMatchObject({
      decided: [{ quote: 'JPY' }],
      opsdeckRows: 0,
    });
    // What came after somebody looked goes on waiting.
    expect(await decide(world, 'accept', ['TRY'], '2026-11-23')).toEqual({
      decided: [],
      opsdeckRows: 0,
      mail: null,
    });
    expect(await decide(world, 'accept', ['TRY'], '2026-11-25')).toMatchObject({
      decided: [{ rate: '50' }, { rate: '50.5' }],
      opsdeckRows: 1,
    });
    expect(await decide(world, 'accept', ['TRY', 'JPY'])).toEqual({
      decided: [],
      opsdeckRows: 0,
      mail: null,
    });
    expect(await world.opsdeck()).toMatchObject({ TRY: 1 / 50.5, JPY: perYen });
    expect(await world.published()).toEqual(
      expect.arrayContaining(['2026-11-24 TRY 50', '2026-11-25 TRY 50.5']),
    );
    const log = await database.db
      .selectFrom('opsdeck_jobs.action_log')
      .selectAll()
      .orderBy('action', 'desc')
      .execute();
    expect(log).toMatchObject([
      {
        action: 'rate.reject',
        subject: 'rate:JPY',
        actor: 'os:ana@desk',
        at: clock.now(),
        note: 'the central bank says so',
      },
      { action: 'rate.accept', subject: 'rate:TRY', before: { rate: '40.27', date: '2026-11-23' } },
    ]);
    // A jump that its provider corrects needs no decision, until it comes again.
    const corrected = { USD: '1.05', JPY: '160.10', TRY: '50.5' };
    for (const [rate, waiting] of [
      ['2', 1],
      ['1.06', 0],
      ['2', 1],
      ['1.06', 0],
    ] as const) {
      replies['/latest'] = frankfurter('2026-11-25', { ...corrected, USD: rate });
      expect((await world.succeed()).held_waiting).toBe(waiting);
    }
    // OpsDeck has synchronised itself: what it has now may be newer, and stays.
    await sql`insert into exchange_rate (currency_code, rate, fetched_at) values ('USD', 0.5, '2099-01-01')`.execute(
      database.db,
    );
    // What was rejected is not held again, and what was accepted is the measure now.
    replies['/latest'] = frankfurter('2026-11-20', { USD: '1.052', JPY: '177', TRY: '40' });
    expect(await world.succeed()).toMatchObject({ nothing_new: true, held_count: 0, held_waiting: 0 });
    expect(await world.opsdeck()).toMatchObject({ USD: 0.5 });
    // A new day goes before it, even before a row that is dated in the future.
    replies['/latest'] = frankfurter('2026-11-26', { USD: '1.05', JPY: '160.10', TRY: '51' });
    expect(await world.succeed()).toMatchObject({ held_count: 0, rates_stored: 3, opsdeck_rows: 4 });
    expect(await world.opsdeck()).toMatchObject({ USD: 1 / 1.05 });
  });

  it('derives the base of OpsDeck from what the ECB publishes per euro, and imports its files without the network', async () => {
    const world = await newWorld(harness);
    const { replies, clock, peer, database } = world;
    await world.finance({ api_provider: 'ECB', base_currency: 'USD', api_key: 'KEY-SECRET' });
    replies['/ecb/eurofxref-daily.xml'] = ecbXml({ '2026-11-20': { USD: '1.1', JPY: '3.3' } });
    expect(await world.succeed()).toMatchObject({
      provider: 'ecb',
      derived: true,
      base: 'USD',
      published_base: 'EUR',
    });
    // Published per euro, and stored so; a third of a dollar is rounded where the column is a double.
    expect(await world.published()).toEqual(['2026-11-20 JPY 3.3', '2026-11-20 USD 1.1']);
    expect(await world.opsdeck()).toEqual({ EUR: 1.1, JPY: 1 / 3, USD: 1 });
    expect(peer.received[0]?.headers.authorization).toBeUndefined();

    clock.set('2026-11-25T02:00:00Z');
    replies['/ecb/eurofxref-daily.xml'] = ecbXml({ '2026-11-24': { USD: '1.2', JPY: '3.3' } });
    replies['/ecb/eurofxref-hist-90d.xml'] = ecbXml({
      '2026-11-19': { USD: '1', JPY: '3.3' },
      '2026-11-23': { USD: '1.15', JPY: '3.3' },
      '2026-11-24': { USD: '1.2', JPY: '3.3' },
    });
    expect(await world.succeed()).toMatchObject({ new_days: 2, opsdeck_rows: 3 });
    expect(await world.opsdeck()).toEqual({ EUR: 1.2, JPY: 1.2 / 3.3, USD: 1 });

    const folder = await mkdtemp(join(inject('scratch'), 'rates-'));
    const file = join(folder, 'eurofxref-hist.csv');
    await writeFile(
      file,
      ecbCsv(['USD', 'JPY', 'HRK'], {
        '2026-11-25': ['1.2', '3.4', 'N/A'],
        '2013-07-01': ['1.3', '129', '7.4'],
      }),
    );
    const asked = peer.received.length;
    // JPY at 129 in 2013 is no jump for what came after: that was there first. Its first day has nothing to be measured by.
    expect(await world.succeed({ file })).toMatchObject({
      source: file,
      rates_stored: 5,
      held_count: 0,
      rate_date: '2026-11-25',
    });
    expect(peer.received).toHaveLength(asked);
    expect(await world.opsdeck()).toEqual({ EUR: 1.2, JPY: 1.2 / 3.4, USD: 1 });
    const before = await world.everything();
    expect(await world.succeed({ file })).toMatchObject({ nothing_new: true });
    expect(
      await convert(database.db, { amount: '1', from: 'HRK', to: 'EUR', day: '2026-11-25', provider: 'ecb' }),
    ).toMatchObject({
      rateDate: '2013-07-01',
      old: true,
    });

    await writeFile(file, '<html>not found</html>');
    expect((await world.run({ file })).outcome).toMatchObject({
      exitCode: 1,
      fault: { code: 'rates_refused', message: expect.stringContaining('HTML') },
    });
    await expect(world.run({ file: join(folder, 'absent.xml') })).rejects.toMatchObject({
      code: 'file_not_readable',
      exitCode: 2,
    });
    // Nobody waits for a pipe, or reads a device to its end.
    await promisify(execFile)('mkfifo', [join(folder, 'pipe')]);
    for (const path of [join(folder, 'pipe'), '/dev/zero'])
      await expect(world.run({ file: path })).rejects.toMatchObject({
        code: 'file_not_readable',
        message: expect.stringContaining('not a regular file'),
      });
    expect(await world.everything()).toEqual(before);
    const cents = { from: 'USD', to: 'EUR', day: '2026-11-25', provider: 'ecb' } as const;
    expect(await convert(database.db, { amount: '-0.001', ...cents })).toMatchObject({ converted: '0.00' });

    const [newest] = await readStored(database.db, 1);
    expect(newest).toMatchObject({
      rate_date: '2026-11-25',
      quote: 'JPY',
      rate: '3.4',
      version: 1,
      fetched_at: clock.now(),
    });

    // Another base: OpsDeck's rows follow with the same published rates.
    await world.finance({ api_provider: 'ecb', base_currency: 'EUR' });
    await world.succeed();
    expect(await world.opsdeck()).toMatchObject({ EUR: 1, USD: 1 / 1.2 });
  });

  it('imports a history with devaluations and gaps whole, and believes a level after three more days', async () => {
    const world = await newWorld(harness);
    const { clock } = world;
    const file = join(await mkdtemp(join(inject('scratch'), 'rates-')), 'history.csv');
    // The franc leaves its floor, the crown comes back after nine years, the rouble goes with a jump of its last day.
    await writeFile(
      file,
      ecbCsv(['USD', 'CHF', 'ISK', 'RUB'], {
        '2022-03-01': ['1.1', '1.03', '141', '117.2'],
        '2022-02-28': ['1.1', '1.03', '141', '93'],
        '2018-02-01': ['1.2', '1.16', '125', '69.8'],
        '2018-01-31': ['1.2', '1.16', 'N/A', '69.8'],
        '2015-01-20': ['1.2', '1.01', 'N/A', '75'],
        '2015-01-19': ['1.2', '1.02', 'N/A', '75'],
        '2015-01-16': ['1.2', '1.0128', 'N/A', '75'],
        '2015-01-15': ['1.2', '1.028', 'N/A', '75'],
        '2015-01-14': ['1.2', '1.201', 'N/A', '75'],
        '2008-12-09': ['1.2', '1.5', '290', '36'],
      }),
    );
    const { outcome, environment } = await world.run({ file });
    expect(outcome.result).toMatchObject({
      rates_stored: 33,
      new_days: 10,
      held: [{ code: 'RUB', days: 1, date: '2022-03-01', rate: '117.2', before: '93' }],
      held_waiting: 1,
      gap_count: 11,
    });
    expect(outcome.result.gaps).toContainEqual(
      expect.objectContaining({ code: 'ISK', date: '2018-02-01', before_date: '2008-12-09' }),
    );
    expect(environment.logged('rates.quarantined')).toHaveLength(1);
    expect(environment.logged('rates.gap_accepted')).toHaveLength(4);
    const before = await world.everything();
    expect(await world.succeed({ file })).toMatchObject({ nothing_new: true, gap_count: 0, held_waiting: 1 });
    expect(await world.everything()).toEqual(before);

    // An unknown currency waits until somebody takes its first rate, and is compared like any other after that.
    const codes = ['USD', 'JPY', 'GBP', 'CHF', 'SEK', 'NOK', 'DKK', 'PLN', 'CZK', 'HUF', 'QQA'];
    const ofDay = (day: string, rate: string) =>
      ecbCsv(codes, { [day]: codes.map((code) => (code === 'QQA' ? rate : '1.1')) });
    await writeFile(file, ofDay('2005-01-03', '5'));
    expect(await world.succeed({ file })).toMatchObject({
      rates_stored: 10,
      held: [{ code: 'QQA', rate: '5', before: null, change_percent: null }],
    });
    expect(await world.succeed({ file })).toMatchObject({ nothing_new: true, held_waiting: 2 });
    expect(await decide(world, 'accept', ['QQA'])).toMatchObject({ decided: [{ quote: 'QQA', rate: '5' }] });
    await writeFile(file, ofDay('2005-01-04', '5.1'));
    expect(await world.succeed({ file })).toMatchObject({ rates_stored: 11, held: [] });

    // One day a run: the third day after the jump takes all four, and nothing waits any more.
    const waiting: number[] = [];
    for (const [day, rate] of [
      ['02', '118'],
      ['03', '117'],
      ['04', '119'],
    ]) {
      clock.set(`2022-03-${day}T15:00:00Z`);
      await writeFile(
        file,
        ecbCsv(['USD', 'CHF', 'ISK', 'RUB'], { [`2022-03-${day}`]: ['1.1', '1.03', '141', rate ?? ''] }),
      );
      waiting.push((await world.succeed({ file })).held_waiting);
    }
    expect(waiting).toEqual([2, 3, 0]);
    expect((await world.published()).filter((line) => line.includes('RUB')).slice(-4)).toEqual([
      '2022-03-01 RUB 117.2',
      '2022-03-02 RUB 118',
      '2022-03-03 RUB 117',
      '2022-03-04 RUB 119',
    ]);
  });

  it('stores all but the one rate that cannot be right, fails and names it, until the source is corrected', async () => {
    const world = await newWorld(harness);
    const codes = ['USD', 'JPY', 'GBP', 'CHF', 'SEK', 'NOK', 'DKK', 'PLN', 'CZK', 'HUF'];
    const day = (date: string, chf: string) =>
      frankfurter(date, Object.fromEntries(codes.map((code) => [code, code === 'CHF' ? chf : '7'])));
    world.replies['/latest'] = day('2026-11-23', '7');
    await world.succeed();
    world.replies['/latest'] = day('2026-11-24', '-7');
    const { outcome } = await world.run();
    expect(outcome).toMatchObject({
      ...{ status: 'failed', exitCode: 1 },
      fault: {
        code: 'rates_unreadable',
        message: expect.stringContaining('the rate of CHF of 2026-11-24, "-7", is negative. The others'),
        next: expect.stringContaining('--param file='),
      },
      result: {
        ...{ rates_stored: 9, refused_count: 1, no_longer_quoted: [] },
        refused: [{ date: '2026-11-24', code: 'CHF' }],
      },
    });
    expect((await world.published()).filter((line) => line.startsWith('2026-11-24'))).toHaveLength(9);
    world.replies['/latest'] = day('2026-11-24', '7.1');
    expect(await world.succeed()).toMatchObject({ rates_stored: 1, refused_count: 0, corrections: 0 });
  });

  it('refuses what cannot be right, reports it without a key, and loses nothing', async () => {
    const world = await newWorld(harness, { attached: true });
    const { replies, peer } = world;
    await world.finance({ api_key: 'KEY-SECRET', base_currency: 'EUR' });
    // The manual leaves this right to whoever has such a provider.
    if (harness.kind === 'postgres')
      await sql
        .raw(`grant select (api_key) on finance_settings to ${suiteRunner}`)
        .execute(world.database.db);
    replies['/latest'] = frankfurter('2026-11-23', monday);
    await world.succeed();
    expect(peer.received[0]?.headers.authorization).toBe('Bearer KEY-SECRET');
    const before = await world.everything();
    const good = frankfurter('2026-11-24', monday);
    const cases: readonly (readonly [Reply: World['replies'][string], code: number, reason: RegExp])[] = [
      [good.slice(0, -9), 1, /not JSON, or was cut off/],
      [{ status: 200, body: good, cutOff: true }, 1, /its answer was cut off/],
      ['<!doctype html><title>Sign in</title>', 1, /HTML/],
      [frankfurter('2026-11-24', { USD: '-1', JPY: '160' }), 1, /USD of 2026-11-24, "-1", is negative/],
      [frankfurter('2026-11-24', monday, 'GBP'), 1, /base currency is "GBP"/],
      [frankfurter('2026-11-28', monday), 1, /more than 2 days ahead/],
      [
        { status: 302, headers: { location: 'http://other.example/latest?key=KEY-SECRET' } },
        1,
        /another host, other\.example/,
      ],
      [{ status: 302, headers: { location: `http://127.0.0.1:1/` } }, 1, /another port/],
      [{ status: 302, headers: { location: '/latest' } }, 1, /again and again/],
      [good.replace(',"rates"', `,${' '.repeat(2 ** 21)}"rates"`), 1, /longer than any/],
      [{ status: 200, headers: { 'content-encoding': 'gzip' }, body: gzipSync(good) }, 1, /NUL/],
      [{ status: 404 }, 1, /HTTP 404/],
      [{ status: 403 }, 1, /HTTP 403: it refuses this key/],
      [{ status: 503 }, 6, /HTTP 503/],
      [{ status: 429 }, 6, /HTTP 429/],
    ];
    for (const [reply, code, reason] of cases) {
      replies['/latest'] = reply;
      const { outcome, environment } = await world.run();
      expect(outcome, String(reason)).toMatchObject({
        status: 'failed',
        exitCode: code,
        fault: {
          code: code === 6 ? 'provider_away' : 'rates_refused',
          message: expect.stringMatching(reason),
        },
      });
      expect(`${environment.everything()}${JSON.stringify(outcome)}`).not.toContain('KEY-SECRET');
    }
    const away = { endpoint: `http://127.0.0.1:${await closedPort()}/latest` };
    expect((await world.run({ settings: away })).outcome).toMatchObject({
      exitCode: 6,
      fault: { code: 'provider_away' },
    });
    expect((await world.run({ allowPrivate: false })).outcome).toMatchObject({
      exitCode: 1,
      fault: { code: 'rates_refused', message: expect.stringMatching(/not https/) },
    });
    // Private networks may be asked, and are networks: a key goes out encrypted, or not at all.
    expect((await world.run({ settings: { endpoint: 'http://10.0.0.1/latest' } })).outcome).toMatchObject({
      exitCode: 1,
      fault: { code: 'rates_refused', message: expect.stringMatching(/not https/) },
    });
    // As OpsDeck has it configured; a key may be a part of the address, too.
    await world.finance({
      api_endpoint: `${peer.url}/secret-path?access_key=KEY-SECRET`,
      base_currency: 'EUR',
    });
    const { outcome, environment } = await world.run({ asOpsdeck: true });
    expect(peer.received.at(-1)?.path).toBe('/secret-path?access_key=KEY-SECRET&from=EUR');
    expect(outcome).toMatchObject({ exitCode: 1, fault: { message: expect.stringMatching(/HTTP 404/) } });
    expect(`${environment.everything()}${JSON.stringify(outcome)}`).not.toMatch(/KEY-SECRET|secret-path/);
    await world.finance({ api_provider: 'bank', base_currency: 'EUR' });
    expect((await world.run()).outcome).toMatchObject({
      exitCode: 2,
      fault: { code: 'rates_not_configured' },
    });
    await world.finance({ base_currency: 'EUR' });
    expect((await world.run({ allowPrivate: false })).outcome).toMatchObject({
      exitCode: 1,
      fault: { message: expect.stringMatching(/of this host, which is not allowed/) },
    });
    expect(await world.everything()).toEqual(before);

    // Redirects within the host, and an endpoint under /v1/.
    replies['/v1/latest'] = { status: 301, headers: { location: '/v1/newest?base=EUR' } };
    replies['/v1/newest'] = good;
    expect(await world.succeed({ settings: { endpoint: `${peer.url}/v1/latest` } })).toMatchObject({
      rates_stored: 3,
    });
    expect(peer.received.at(-2)?.path).toBe('/v1/latest?from=EUR&base=EUR');
  });
});

onPostgres((harness) => {
  it('of two at once, one stores and decides: nothing is there twice', async () => {
    const world = await newWorld(harness);
    world.replies['/latest'] = frankfurter('2026-11-23', monday);
    await world.succeed();
    world.replies['/latest'] = frankfurter('2026-11-24', { ...monday, TRY: '60' });
    const other = await harness.second(world.database, { clock: world.clock });
    const runs = await Promise.all([world.run(), world.run({ on: other })]);
    // The second is refused, or finds nothing new when it began after the first.
    expect(runs.map(({ outcome }) => outcome.exitCode).sort()).toSatisfy(
      (codes: number[]) => codes[0] === 0 && [0, 3].includes(codes[1] ?? -1),
    );
    expect(await world.published()).toHaveLength(5);
    expect(await world.everything()).toHaveLength(5 + 1 + 4 + 3);
    const decisions = await Promise.all([
      decide(world, 'accept', ['TRY']),
      decide({ ...world, database: other }, 'reject', ['TRY']),
    ]);
    expect(decisions.map(({ decided }) => decided.length).sort()).toEqual([0, 1]);
    const log = await world.database.db.selectFrom('opsdeck_jobs.action_log').select('action').execute();
    expect(log).toHaveLength(1);
  });
});
