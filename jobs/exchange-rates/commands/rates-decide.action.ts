import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { writeJson } from '../../../src/cli/render/json.ts';
import { writeLine } from '../../../src/cli/render/line.ts';
import { authorOf, readActor } from '../../../src/cli/runs/actor.ts';
import { consent } from '../../../src/cli/runs/confirm.ts';
import { readReason } from '../../../src/cli/runs/read-reason.ts';
import { withSession } from '../../../src/cli/session.ts';
import { findDecider } from '../../../src/decisions/author.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { count } from '../../../src/text/count.ts';
import type { Day } from '../../../src/time/calendar-day.ts';
import { decideRates, type RateSelection, readSelected, type WaitingRate } from '../held.sql.ts';
import { readDate, readHeldCode, requireRates, settingsOf } from './rate-options.ts';
import type { ratesAccept } from './rates-decide.ts';

/** As typed. */
type RatesDecisionOptions = OptionsOf<typeof ratesAccept>;

/** `rates accept|reject CODE…`: decides about all that is held of these currencies, and records who, when and why. */
export async function ratesDecide(
  io: Io,
  globals: GlobalOptions,
  action: 'accept' | 'reject',
  texts: readonly string[],
  options: RatesDecisionOptions,
): Promise<ExitCode> {
  const codes = [...new Set(texts.map(readHeldCode))];
  const note = readReason(options.reason);
  const from = readDate(options.from, '--from') ?? null;
  const until = readDate(options.until, '--until') ?? null;
  const actor = readActor(io, options.as);
  const json = options.json === true;
  return withSession(io, globals, { quiet: json }, async (session) => {
    const { database, logger, zones, secrets } = session;
    await requireRates(session);
    const settings = settingsOf(session);
    let selection: RateSelection = { codes, from, until };
    const ended = await consent(io, options, async () => {
      await findDecider(database.db, actor);
      const rates = await readSelected(database.db, selection);
      selection = { ...selection, ids: rates.map(({ id }) => id) };
      const label = secrets.scrub(database.label);
      return {
        words: changeWords(action, codes, rates),
        count: rates.length,
        document: { database: label, action, rates: rates.map(document) },
      };
    });
    if (ended !== null) return ended;
    const { decided, opsdeckRows, mail } = await decideRates(database, {
      ...selection,
      action,
      note,
      author: authorOf(session, actor),
      storedZone: zones.stored,
      settings,
    });
    if (decided.length > 0) {
      logger.info(
        { 'event.action': `rate.${action}`, 'labels.count': decided.length, 'user.name': actor },
        `${decided.length} quarantined rates: ${action} by ${actor}`,
      );
    }
    if (json) {
      const rates = decided.map(document);
      writeJson(io, { database: secrets.scrub(database.label), action, rates, opsdeck_rows: opsdeckRows });
    } else {
      for (const code of codes) writeLine(io.stdout, sentence(action, code, decided, { from, until }));
      if (mail !== null) writeLine(io.stdout, mail);
    }
    return ExitCode.ok;
  });
}

function document({ quote, rate_date, rate, provider }: WaitingRate) {
  return { code: quote, rate_date, rate, provider };
}

/** `accept 3 quarantined rates of TRY, 2026-11-20 to 2026-11-24`. */
function changeWords(
  action: 'accept' | 'reject',
  codes: readonly string[],
  rates: readonly WaitingRate[],
): string {
  const days = rates.map(({ rate_date: day }) => day).sort();
  const [first, last] = [days.at(0), days.at(-1)];
  const when = first === undefined ? '' : first === last ? ` of ${first}` : `, ${first} to ${last}`;
  const touched = codes.filter((code) => rates.some(({ quote }) => quote === code));
  const which = (touched.length === 0 ? codes : touched).join(', ');
  return `${action} ${count(rates.length, 'quarantined rate')} of ${which}${when}`;
}

function sentence(
  action: 'accept' | 'reject',
  code: string,
  decided: readonly WaitingRate[],
  { from, until }: { readonly from: Day | null; readonly until: Day | null },
): string {
  const rates = decided.filter(({ quote }) => quote === code);
  const last = rates.at(-1);
  if (last === undefined) {
    const days = [from === null ? [] : `from ${from}`, until === null ? [] : `through ${until}`].flat();
    return `${code}: nothing ${days.map((part) => `${part} `).join('')}waits for a decision.`;
  }
  const count = rates.length === 1 ? 'its rate' : `${rates.length} rates, the last`;
  const words = action === 'accept' ? 'accepted' : 'rejected';
  return `${code}: ${count} of ${last.rate_date}, ${last.rate}, ${words}.`;
}
