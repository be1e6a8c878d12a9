import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { ratesConvert } from '../../../../jobs/exchange-rates/commands/rates-convert.action.ts';
import { ratesDecide } from '../../../../jobs/exchange-rates/commands/rates-decide.action.ts';
import { ratesList } from '../../../../jobs/exchange-rates/commands/rates-list.action.ts';
import { ratesShow } from '../../../../jobs/exchange-rates/commands/rates-show.action.ts';
import type { Io } from '../../../../src/cli/io.ts';
import type { ExitCode } from '../../../../src/errors/exit-code.ts';
import { onPostgres } from '../../../support/databases.ts';
import { memoryIo } from '../../../support/memory-io.ts';
import { environmentFor, visit } from '../../../support/program-database.ts';

const run = '0b8f6a52-6f0e-4b6e-9df2-1c1f0f6a7a11';
const fetched = "'2026-06-30 03:00Z'";

/** HRK went in 2022; the lira jumped on the last day, and waits. */
const rates = `
  insert into finance_settings (api_provider, base_currency) values ('ecb', 'EUR');
  insert into opsdeck_jobs.fx_rate (provider, rate_date, base, quote, rate, fetched_at, run_id)
  select 'ecb', d::date, 'EUR', c, r, ${fetched}, '${run}'
    from (values ('2022-12-30', 'HRK', 7.5365), ('2022-12-30', 'USD', 1.0666), ('2026-06-29', 'USD', 1.1),
                 ('2026-06-29', 'TRY', 40.0), ('2026-06-29', 'JPY', 160.10)) as v (d, c, r);
  insert into opsdeck_jobs.fx_rate (provider, rate_date, base, quote, version, rate, fetched_at, run_id)
  values ('ecb', '2026-06-29', 'EUR', 'JPY', 2, 160.20, ${fetched}, '${run}');
  insert into opsdeck_jobs.fx_held (provider, rate_date, base, quote, rate, compared_rate, compared_date, fetched_at, run_id)
  values ('ecb', '2026-06-30', 'EUR', 'TRY', 48, 40, '2026-06-29', ${fetched}, '${run}')`;

const later = `
  insert into opsdeck_jobs.fx_held (provider, rate_date, base, quote, rate, compared_rate, compared_date, fetched_at, run_id)
  values ('ecb', '2026-07-01', 'EUR', 'TRY', 49, 40, '2026-06-29', ${fetched}, '${run}')`;

onPostgres((harness) => {
  it('rates show, convert, list and accept show the day of each rate, and which wait', async () => {
    const where = await harness.config();
    await visit(where, async (_, runSql) => {
      for (const statement of rates.split(';')) await runSql(statement);
      await runSql(
        `insert into "user" (name, email, is_archived, hide_from_org_chart) values ('Ana', 'ana@example.org', false, false)`,
      );
    });
    const tell = async (action: (io: Io) => Promise<ExitCode>): Promise<string> => {
      const memory = memoryIo({ env: environmentFor(where) });
      expect(await action(memory.io)).toBe(0);
      return memory.stdout();
    };
    const asOf = { date: '2026-06-30' };

    const shown = await tell((io) => ratesShow(io, {}, undefined, asOf));
    expect(shown).toMatch(/USD +0\.90909091 +2026-06-29 +1 EUR = 1\.1 USD +ecb/);
    expect(shown).toContain('160.20');
    expect(shown).not.toMatch(/HRK|160\.10/);
    expect(await tell((io) => ratesShow(io, {}, 'hrk', asOf))).toMatch(
      /HRK.*2022-12-30[\s\S]*Older than five business days: HRK/,
    );
    expect(await tell((io) => ratesShow(io, {}, 'EUR', {}))).toContain('it is the base currency');
    expect(JSON.parse(await tell((io) => ratesShow(io, {}, 'JPY', { ...asOf, json: true })))).toMatchObject({
      schema: 1,
      as_of: '2026-06-30',
      base: 'EUR',
      rates: [
        {
          code: 'JPY',
          rate: '0.0062421972534332084894',
          rate_date: '2026-06-29',
          derived: false,
          old: false,
        },
      ],
    });

    const convert = (from: string, to: string, options: object = asOf) =>
      tell((io) => ratesConvert(io, {}, { amount: '100', from, to }, options));
    expect(await convert('USD', 'EUR')).toBe(
      '100 USD = 90.91 EUR\nRate of 2026-06-29 (ecb): 1 USD = 0.90909091 EUR\n',
    );
    // Today, without a date: a newer rate of the lira waits.
    expect(await convert('TRY', 'EUR', {})).toMatch(
      /100 TRY = 2\.50 EUR\nRate of 2026-06-29[\s\S]*A newer rate is quarantined.*TRY/,
    );
    expect(await tell((io) => ratesShow(io, {}, 'TRY', {}))).toMatch(/A newer rate is quarantined.*TRY/);
    // The newest day on which both are quoted.
    expect(await convert('HRK', 'USD')).toMatch(
      /100 HRK = 14\.15 USD\nRate of 2022-12-30 \(ecb, derived\).*\n.*older than five/,
    );
    expect(await convert('usd', 'USD')).toContain('100 USD = 100.00 USD');
    expect(JSON.parse(await convert('EUR', 'JPY', { ...asOf, json: true }))).toMatchObject({
      converted: '16020',
      exact: '16020',
      rate: '160.2',
      rate_date: '2026-06-29',
    });

    expect(await tell((io) => ratesList(io, {}, undefined, { limit: '50' }))).toMatch(
      /2026-06-29 +JPY +1 EUR = 160\.20 +2 +ecb[\s\S]*160\.10 +1 +ecb/,
    );
    expect(await tell((io) => ratesList(io, {}, undefined, { quarantined: true, limit: '50' }))).toMatch(
      /TRY +1 +2026-06-30 +2026-06-30 +1 EUR = 48 +40 \(2026-06-29\) +20 %/,
    );
    expect(await tell((io) => ratesList(io, {}, 'try', { quarantined: true, limit: '50' }))).toMatch(
      /TRY +2026-06-30 +1 EUR = 48 +40 \(2026-06-29\) +20 %/,
    );
    const mailed = 'A mail to ana@example.org reports what was recorded in their name.\n';
    const said = { as: 'ana@example.org', reason: 'confirmed by the central bank' };
    expect(await tell((io) => ratesDecide(io, {}, 'reject', ['TRY'], { ...said, from: '2026-07-01' }))).toBe(
      'TRY: nothing from 2026-07-01 waits for a decision.\n',
    );
    expect(await tell((io) => ratesDecide(io, {}, 'accept', ['try', 'JPY'], { ...said, dryRun: true }))).toBe(
      'This would accept 1 quarantined rate of TRY of 2026-06-30. Nothing was changed.\n',
    );
    const asked: string[] = [];
    const answer = (text: string) => async (question: string) => {
      asked.push(question);
      // It comes while the person thinks, and was not seen.
      await visit(where, (_, runSql) => runSql(later));
      return text;
    };
    const no = memoryIo({ env: environmentFor(where), ask: answer('n') });
    expect(await ratesDecide(no.io, {}, 'accept', ['try'], said)).toBe(3);
    expect(no.stdout()).toBe('Nothing was changed.\n');
    await visit(where, (_, runSql) =>
      runSql("delete from opsdeck_jobs.fx_held where rate_date = '2026-07-01'"),
    );
    const yes = memoryIo({ env: environmentFor(where), ask: answer('y') });
    expect(await ratesDecide(yes.io, {}, 'accept', ['try', 'JPY'], said)).toBe(0);
    expect(asked[1]).toBe('Accept 1 quarantined rate of TRY of 2026-06-30? [y/N] ');
    expect(yes.stdout()).toBe(
      `TRY: its rate of 2026-06-30, 48, accepted.\nJPY: nothing waits for a decision.\n${mailed}`,
    );
    await expect(tell((io) => ratesDecide(io, {}, 'reject', ['TRY'], said))).rejects.toMatchObject({
      code: 'confirmation_needed',
      exitCode: 2,
    });
    expect(await tell((io) => ratesDecide(io, {}, 'reject', ['TRY'], { ...said, yes: true }))).toBe(
      `TRY: its rate of 2026-07-01, 49, rejected.\n${mailed}`,
    );
    expect(await tell((io) => ratesList(io, {}, undefined, { quarantined: true, limit: '50' }))).toBe(
      'No rate waits for a decision.\n',
    );
    expect(await convert('TRY', 'EUR')).toContain('100 TRY = 2.08 EUR');
    const { rows } = await visit(where, ({ db }) =>
      sql<{
        code: string;
        rate: number;
      }>`select currency_code as code, rate from exchange_rate order by 1`.execute(db),
    );
    // OpsDeck had none of them: it gets what it lacks.
    expect(rows).toMatchObject([
      { code: 'EUR', rate: 1 },
      { code: 'JPY' },
      { code: 'TRY', rate: 1 / 48 },
      { code: 'USD' },
    ]);

    const memory = memoryIo({ env: environmentFor(where) });
    await expect(ratesShow(memory.io, {}, 'USD', { date: '2020-01-01' })).rejects.toMatchObject({
      code: 'no_rate',
      exitCode: 1,
    });
  });
});

const args = { amount: '100', from: 'USD', to: 'EUR' };

it.each([
  [
    'an unknown code',
    (io: Io) => ratesShow(io, {}, 'EURO', {}),
    /'EURO' is not a currency code of ISO 4217; did you mean EUR\?$/,
  ],
  ['a day that is none', (io: Io) => ratesShow(io, {}, 'USD', { date: '2026-02-30' }), /not a day/],
  [
    'an amount with a comma',
    (io: Io) => ratesConvert(io, {}, { ...args, amount: '1,5' }, {}),
    /not an amount/,
  ],
  [
    'an amount with an exponent',
    (io: Io) => ratesConvert(io, {}, { ...args, amount: '1e9' }, {}),
    /not an amount/,
  ],
  ['no reason', (io: Io) => ratesDecide(io, {}, 'accept', ['USD'], { reason: ' ' }), /--reason is empty/],
  ['a count that is none', (io: Io) => ratesList(io, {}, undefined, { limit: '0' }), /--limit/],
])('%s is refused before anything is opened', async (_, action, message) => {
  const memory = memoryIo({ env: { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' } });
  await expect(action(memory.io)).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringMatching(message),
  });
});
