import type { Session } from '../../../src/cli/session.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { OperatorError } from '../../../src/errors/operator-error.ts';
import { usage } from '../../../src/errors/usage.ts';
import { readJobsSnapshot } from '../../../src/job/jobs-snapshot.ts';
import { requireAvailable } from '../../../src/job/look.ts';
import type { Report } from '../../../src/job/report.ts';
import { nearest } from '../../../src/text/suggest.ts';
import type { Day } from '../../../src/time/calendar-day.ts';
import { dayOf } from '../../../src/time/calendar-day.ts';
import { isDay } from '../business-days.ts';
import { currencyCodes, isCurrency } from '../currencies.ts';
import { type RateSource, readRateSource } from '../finance-settings.ts';
import exchangeRates from '../job.ts';
import { type RateSettings, rateSettings } from '../settings.ts';

/** What the commands on rates have in common: their arguments, their settings, and tables that may not be there. */

/** A code of ISO 4217, in capitals. @throws OperatorError `usage` (exit 2) */
export function readCurrency(text: string): string {
  const code = text.trim().toUpperCase();
  if (isCurrency(code)) return code;
  const suggestion = nearest(code, currencyCodes());
  throw usage(
    `'${text}' is not a currency code of ISO 4217${suggestion === undefined ? '.' : `; did you mean ${suggestion}?`}`,
    'Give a code of three letters, such as USD.',
  );
}

/** The same, or an unknown code of three letters: its rates wait for that. @throws OperatorError `usage` (exit 2) */
export function readHeldCode(text: string): string {
  const code = text.trim().toUpperCase();
  return /^[A-Z]{3}$/.test(code) ? code : readCurrency(text);
}

/** `--date`, or another option; the whole text must be a day of the calendar. @throws OperatorError `usage` (exit 2) */
export function readDate(text: string | undefined, option = '--date'): Day | undefined {
  if (text === undefined || isDay(text.trim())) return text?.trim();
  throw usage(
    `${option} '${text}' is not a day of the calendar.`,
    'Give it as YYYY-MM-DD, such as 2026-06-30.',
  );
}

export function settingsOf({ config }: Pick<Session, 'config'>): RateSettings {
  return rateSettings.parse(config.jobs['exchange-rates']?.settings ?? {});
}

/** @throws OperatorError `job_unavailable` (exit 3) where the database lacks the tables. */
export async function requireRates({ database }: Pick<Session, 'database'>): Promise<void> {
  requireAvailable(exchangeRates, await readJobsSnapshot(database.db, [exchangeRates]));
}

/**
 * The provider that goes first and OpsDeck's base currency, and the day that is asked about.
 *
 * @throws what {@link requireRates} throws.
 */
export async function readRateContext(
  session: Session,
  date: Day | undefined,
): Promise<RateSource & { readonly day: Day }> {
  const { database, zones } = session;
  await requireRates(session);
  const source = await readRateSource(database.db, settingsOf(session));
  return { ...source, day: date ?? dayOf(database.clock.now(), zones.business) };
}

export function noRate(what: string, day: Day): OperatorError {
  return new OperatorError({
    code: 'no_rate',
    message: `There is no rate for ${what} of ${day} or before.`,
    next: 'Bring rates in with `run-job exchange-rates`; `rates list --quarantined` shows what waits for a decision.',
    exitCode: ExitCode.failed,
  });
}

/** What is said where a newer rate waits for a decision; empty: none does. */
export function heldLines(codes: readonly string[]): Report {
  if (codes.length === 0) return [];
  const text = `A newer rate is quarantined, and waits for a decision: ${codes.join(', ')} (\`rates list --quarantined\`)`;
  return [{ kind: 'line', text, tone: 'warning' }];
}
