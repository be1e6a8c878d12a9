import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { writeJson } from '../../../src/cli/render/json.ts';
import { printReport } from '../../../src/cli/runs/print-report.ts';
import { readCount } from '../../../src/cli/runs/read-count.ts';
import { withSession } from '../../../src/cli/session.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { usage } from '../../../src/errors/usage.ts';
import type { Cell, Report } from '../../../src/job/report.ts';
import { wallClock } from '../../../src/time/human-time.ts';
import { readStored, type StoredRate } from '../fx-rates.sql.ts';
import { readWaiting, readWaitingCurrencies, type WaitingCurrency, type WaitingRate } from '../held.sql.ts';
import { changePercent } from '../result.ts';
import { readHeldCode } from './rate-options.ts';
import type { ratesList as ratesListDeclaration } from './rates-list.ts';

/** As typed. */
type RatesListOptions = OptionsOf<typeof ratesListDeclaration>;

/** `rates list`: what was published, every version of it; `--quarantined`: what waits for a decision, by currency, or each of one. */
export async function ratesList(
  io: Io,
  globals: GlobalOptions,
  text: string | undefined,
  options: RatesListOptions,
): Promise<ExitCode> {
  const limit = readCount(options.limit, '--limit', 10_000);
  if (text !== undefined && options.quarantined !== true) {
    throw usage(
      '`rates list` takes a currency with --quarantined only.',
      'Give --quarantined, or look with `rates show`.',
    );
  }
  const code = text === undefined ? undefined : readHeldCode(text);
  const json = options.json === true;
  return withSession(io, globals, { quiet: json }, async ({ database, zones, secrets }) => {
    const { db } = database;
    const label = secrets.scrub(database.label);
    if (options.quarantined === true && code === undefined) {
      const waiting = await readWaitingCurrencies(db, limit);
      if (json) writeJson(io, { database: label, quarantined: waiting.map(currencyDocument) });
      else printReport(io, currencyReport(waiting));
    } else if (code !== undefined) {
      const waiting = await readWaiting(db, code, limit);
      if (json) writeJson(io, { database: label, quarantined: waiting.map(heldDocument) });
      else printReport(io, heldReport(waiting));
    } else {
      const stored = await readStored(db, limit);
      if (json) writeJson(io, { database: label, rates: stored.map(storedDocument) });
      else printReport(io, storedReport(stored, zones.business));
    }
    return ExitCode.ok;
  });
}

function currencyDocument({ quote, ...one }: WaitingCurrency): Readonly<Record<string, unknown>> {
  return { code: quote, ...one, change_percent: changePercent(one.compared_rate, one.rate) };
}

function currencyReport(waiting: readonly WaitingCurrency[]): Report {
  if (waiting.length === 0) return [{ kind: 'line', text: 'No rate waits for a decision.' }];
  return [
    {
      kind: 'table',
      columns: ['Currency', 'Days', 'Oldest', 'Newest', 'After', 'Before', 'Change', 'By'],
      rows: waiting.map((one) => [
        one.quote,
        String(one.days),
        one.oldest,
        one.newest,
        `1 ${one.base} = ${one.rate}`,
        ...comparison(one),
        one.provider,
      ]),
    },
    {
      kind: 'line',
      text: 'See each with `rates list --quarantined CODE`; decide with `rates accept CODE --reason "why"` or `rates reject CODE --reason "why"`, with --from and --until for some days.',
    },
  ];
}

/** What it was before, and by how much it differs. */
function comparison(
  one: Pick<WaitingRate, 'rate' | 'compared_rate' | 'compared_date'>,
): readonly [string, string | Cell] {
  const change = changePercent(one.compared_rate, one.rate);
  if (change === null) return ['unknown currency', ''];
  return [`${one.compared_rate} (${one.compared_date})`, { text: `${change} %`, tone: 'warning' }];
}

function heldDocument({ id: _, quote, ...rate }: WaitingRate): Readonly<Record<string, unknown>> {
  return {
    code: quote,
    ...rate,
    change_percent: changePercent(rate.compared_rate, rate.rate),
    fetched_at: rate.fetched_at.toISOString(),
  };
}

function storedDocument({ quote, ...rate }: StoredRate): Readonly<Record<string, unknown>> {
  return { code: quote, ...rate, fetched_at: rate.fetched_at.toISOString() };
}

function heldReport(waiting: readonly WaitingRate[]): Report {
  if (waiting.length === 0) return [{ kind: 'line', text: 'No rate waits for a decision.' }];
  return [
    {
      kind: 'table',
      columns: ['Currency', 'Day', 'Rate', 'Before', 'Change', 'By'],
      rows: waiting.map((one) => [
        one.quote,
        one.rate_date,
        `1 ${one.base} = ${one.rate}`,
        ...comparison(one),
        one.provider,
      ]),
    },
    {
      kind: 'line',
      text: 'Decide with `rates accept CODE --reason "why"` or `rates reject CODE --reason "why"`.',
    },
  ];
}

function storedReport(stored: readonly StoredRate[], zone: string): Report {
  if (stored.length === 0) {
    return [{ kind: 'line', text: 'No rates are stored; `run-job exchange-rates` brings them in.' }];
  }
  return [
    {
      kind: 'table',
      columns: ['Day', 'Currency', 'Rate', 'Version', 'By', 'Fetched'],
      rows: stored.map((one) => [
        one.rate_date,
        one.quote,
        `1 ${one.base} = ${one.rate}`,
        one.version === 1 ? '1' : { text: String(one.version), tone: 'notice' },
        one.provider,
        wallClock(one.fetched_at, zone),
      ]),
    },
  ];
}
