import type { Transaction } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import type { Day } from '../../src/time/calendar-day.ts';
import { dayAfter } from './business-days.ts';
import type { DayRates } from './check-rates.ts';
import {
  insertHeld,
  insertTaken,
  lockRates,
  newestDay,
  newestOfAll,
  type Origin,
  readKnownDays,
  readReferences,
  readWaitingSince,
  settleHeld,
} from './fx-rates.sql.ts';
import { type HeldRate, type KnownDay, type RateGap, RateJudge } from './judge.ts';

/** What is held of one currency. */
export interface HeldCurrency {
  readonly days: number;
  readonly newest: HeldRate;
}

/** What became of published rates. */
export interface Stored {
  /** The newest day of the same provider and base that was stored before; null: none. */
  readonly previousDay: Day | null;
  /** Days of which something was stored for the first time. */
  readonly newDays: number;
  readonly taken: number;
  readonly corrections: number;
  readonly heldCount: number;
  readonly held: readonly HeldCurrency[];
  /** The first of them. */
  readonly gaps: readonly RateGap[];
  readonly gapCount: number;
  /** The newest of the days lies after everything that was stored before. */
  readonly newestIsNew: boolean;
  /** Of each currency the newest day of which a rate was taken. */
  readonly lastTaken: ReadonlyMap<string, Day>;
  /** Currencies that were quoted on the day before, and are not on the newest. */
  readonly dropped: readonly string[];
}

/** Of a history of decades so much is worked on at once: some 10,000 rates. */
const daysAtOnce = 250;

const mostGapsShown = 50;

const unknownDay: KnownDay = { taken: new Map(), held: new Map() };

/**
 * Judges the days, which come oldest first and are not empty, by what is stored, and stores what was taken and what is held. The
 * number of statements depends on the days alone.
 */
export async function storeRates(
  trx: Transaction<Database>,
  origin: Origin,
  days: readonly DayRates[],
  dryRun: boolean,
): Promise<Stored> {
  if (!dryRun) await lockRates(trx);
  const [oldest] = days;
  const newest = days.at(-1);
  if (oldest === undefined || newest === undefined) throw new TypeError('no days to store');
  const previousDay = await newestDay(trx, origin);
  const newestBefore = await newestOfAll(trx);
  const judge = new RateJudge(
    await readReferences(trx, origin, oldest.date),
    await readWaitingSince(trx, origin, oldest.date),
  );
  const counts = { taken: 0, corrections: 0, heldCount: 0, gapCount: 0 };
  const [newDays, daysBefore] = [new Set<Day>(), new Set<Day>()];
  const heldByCurrency = new Map<string, HeldCurrency>();
  const shown: RateGap[] = [];
  const lastTaken = new Map<string, Day>();
  for (let at = 0; at < days.length; at += daysAtOnce) {
    const chunk = days.slice(at, at + daysAtOnce);
    const next = days[at + daysAtOnce];
    const last = next === undefined ? newest.date : dayAfter(next.date, -1);
    const known = await readKnownDays(trx, origin, chunk[0]?.date ?? last, last);
    for (const day of withKnownDays(chunk, known)) judge.judge(day, known.get(day.date) ?? unknownDay);
    const { taken, held, settled, gaps } = judge.take(next === undefined);
    for (const [date, day] of known) if (day.taken.size > 0) daysBefore.add(date);
    // What later days have confirmed may lie before the first of these.
    for (const { date } of taken) if (date >= oldest.date && !daysBefore.has(date)) newDays.add(date);
    counts.taken += taken.length;
    counts.corrections += taken.filter(({ version }) => version > 1).length;
    counts.heldCount += held.length;
    // Oldest day first.
    for (const { quote, date } of taken) lastTaken.set(quote, date);
    for (const newest of held) {
      heldByCurrency.set(newest.quote, { newest, days: (heldByCurrency.get(newest.quote)?.days ?? 0) + 1 });
    }
    counts.gapCount += gaps.length;
    shown.push(...gaps.slice(0, mostGapsShown - shown.length));
    if (dryRun) continue;
    await insertTaken(trx, origin, taken);
    await insertHeld(trx, origin, held);
    await settleHeld(trx, origin, settled);
  }
  return {
    previousDay,
    newDays: newDays.size,
    ...counts,
    held: [...heldByCurrency.values()].sort((a, b) => (a.newest.quote < b.newest.quote ? -1 : 1)),
    gaps: shown,
    lastTaken,
    newestIsNew: newestBefore === null || newest.date > newestBefore,
    dropped: droppedBetween(judge, previousDay, newest),
  };
}

/** The days with those between them that are stored already: they move the references on, too. */
function withKnownDays(days: readonly DayRates[], known: ReadonlyMap<Day, KnownDay>): readonly DayRates[] {
  const given = new Set(days.map(({ date }) => date));
  const others = [...known.keys()].filter((date) => !given.has(date));
  return [...days, ...others.map((date) => ({ date, rates: new Map<string, string>() }))].sort((a, b) =>
    a.date < b.date ? -1 : 1,
  );
}

function droppedBetween(judge: RateJudge, previous: Day | null, newest: DayRates): readonly string[] {
  if (previous === null || newest.date <= previous) return [];
  return [...judge.references]
    .filter(([code, { date }]) => date >= previous && !newest.rates.has(code))
    .map(([code]) => code)
    .sort();
}
