import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { writeJson } from '../../../src/cli/render/json.ts';
import { printReport } from '../../../src/cli/runs/print-report.ts';
import { readCount } from '../../../src/cli/runs/read-count.ts';
import { withSession } from '../../../src/cli/session.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import type { Report } from '../../../src/job/report.ts';
import { wallClock } from '../../../src/time/human-time.ts';
import { readStored, type StoredRate } from '../fx-rates.sql.ts';
import { readWaiting, type WaitingRate } from '../held.sql.ts';
import { changePercent } from '../result.ts';
import type { ratesList as ratesListDeclaration } from './rates-list.ts';

/** As typed. */
type RatesListOptions = OptionsOf<typeof ratesListDeclaration>;

/** `rates list`: what was published, every version of it; `--quarantined`: what waits for a decision. */
export async function ratesList(
  io: Io,
  globals: GlobalOptions,
  options: RatesListOptions,
): Promise<ExitCode> {
  const limit = readCount(options.limit, '--limit', 10_000);
  const json = options.json === true;
  return withSession(io, globals, { quiet: json }, async ({ database, zones, secrets }) => {
    const { db } = database;
    const label = secrets.scrub(database.label);
    if (options.quarantined === true) {
      const waiting = await readWaiting(db, limit);
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
        `${one.compared_rate} (${one.compared_date})`,
        { text: `${changePercent(one.compared_rate, one.rate)} %`, tone: 'warning' },
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
