import type { Kysely } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import { dayOf, daysBetween } from '../../../src/time/calendar-day.ts';
import type { Day } from '../../../src/time/day.ts';
import { type Removal, readRemovals } from '../population/removal.sql.ts';
import { departureDay } from './departure-day.ts';
import { leaverKeys } from './keys.sql.ts';
import { type Departure, listedDepartures, offboardedDepartures } from './people.sql.ts';
import { readSystems, type System, type UnreadList } from './systems.sql.ts';

/*
 * Who left in a period, and when each system stopped to have their accounts.
 *
 * Model: departures are those of the lists whose comparison sets `departure`; where no comparison does, those of OpsDeck's offboardings. Systems
 * are the sides B of the comparisons, by their populations. Days are days of the business zone.
 *
 * | what the populations have                                    | state      | days count to       |
 * | the newest execution has the account                         | `active`   | today               |
 * | it went, but only another source or other rules looked since | `open`     | today               |
 * | a later execution of the same source and rules lacks it      | `removed`  | the first such one  |
 * | no system ever had an account                                | `never`    | -                   |
 * | the person is back                                           | `returned` | -                   |
 *
 * Not promised: that an access went on the day of `first_absent`; it went between that execution and the one before.
 */

/** Worst first. */
export const leaverStates = ['active', 'open', 'removed', 'never', 'returned'] as const;

export interface LeaverRow {
  readonly person: string;
  readonly name: string | null;
  readonly left: Day;
  /** Of an offboarding whose date was written over: as it is written now. */
  readonly left_now: string | null;
  readonly state: (typeof leaverStates)[number];
  /** Null: the row is about no system. */
  readonly system: System | null;
  readonly removal: Removal | null;
  /** Negative: the account went before the person. */
  readonly days: number | null;
  /** Null: no limit, or nothing to count. */
  readonly over_limit: boolean | null;
}

/** What could not be looked at; with any of these the report is incomplete. */
export interface LeaverGaps {
  /** Departures that are no dates. */
  readonly dates: ReadonlyArray<{
    readonly person: string;
    readonly text: string;
    readonly list: string | null;
  }>;
  readonly lists: readonly UnreadList[];
  /** Offboardings whose first date is not sure. */
  readonly journal: readonly string[];
  /** Systems without a key in common with the list of those who left. */
  readonly systems: readonly System[];
}

export interface LeaversReport {
  /** Comparisons whose side A says who left; none: OpsDeck's offboardings do. */
  readonly lists: readonly System[];
  readonly systems: readonly System[];
  readonly people: number;
  readonly rows: readonly LeaverRow[];
  readonly gaps: LeaverGaps;
}

export interface LeaversScope {
  readonly database: string;
  /** The business zone. */
  readonly zone: string;
  readonly first: Day;
  readonly last: Day;
  readonly today: Day;
}

/** At most five statements. */
export async function readLeavers(db: Kysely<Database>, scope: LeaversScope): Promise<LeaversReport> {
  const { systems, unread } = await readSystems(db);
  const lists = systems.filter(({ settings }) => settings.departure !== undefined);
  const byList = lists.length > 0 || unread.length > 0;
  const { departures, unsure } = byList
    ? { departures: await listedDepartures(db, lists), unsure: [] }
    : await offboardedDepartures(db);
  const listNames = new Map(lists.map(({ comparison_id: id, list }) => [id, list]));
  const dates: { person: string; text: string; list: string | null }[] = [];
  const left: LeftOn[] = [];
  for (const departure of departures) {
    const day = departureDay(departure.text);
    if (day === undefined) {
      const { key: person, text, list } = departure;
      dates.push({ person, text, list: list === null ? null : (listNames.get(list) ?? null) });
    } else if (day >= scope.first && day <= scope.last && day <= scope.today)
      left.push({ ...departure, day });
  }
  const { keys, joined } =
    byList && lists.length === 0
      ? { keys: [], joined: new Set<number>() }
      : await leaverKeys(db, left, systems, lists);
  const found = await readRemovals(
    db,
    keys.map(({ comparisonId, key }) => ({ comparisonId, key, withoutKey: false })),
  );
  const systemOf = new Map(systems.map((one) => [one.comparison_id, one]));
  const people = new Map<string, Person>();
  for (const one of left) {
    const person = personOf(one);
    if (!people.has(person)) people.set(person, { one, accesses: new Map() });
  }
  for (const [index, { place, comparisonId, key }] of keys.entries()) {
    const [one, system, removal] = [left[place], systemOf.get(comparisonId), found.get(index)];
    if (one === undefined || system === undefined || removal === undefined) continue;
    people.get(personOf(one))?.accesses.set(`${comparisonId} ${key}`, { system, removal });
  }
  return {
    lists,
    systems,
    people: people.size,
    rows: [...people.values()].flatMap((one) => rowsOf(one, scope)).toSorted(worstFirst),
    gaps: {
      dates,
      lists: unread,
      journal: unsure,
      systems: systems.filter(({ comparison_id: id }) => !joined.has(id)),
    },
  };
}

interface LeftOn extends Departure {
  readonly day: Day;
}

interface Person {
  readonly one: LeftOn;
  readonly accesses: Map<string, { readonly system: System; readonly removal: Removal }>;
}

/** Two lists that write the same name and day mean one person. */
function personOf({ key, day }: LeftOn): string {
  return `${day} ${key}`;
}

function rowsOf({ one, accesses }: Person, { zone, today }: LeaversScope): readonly LeaverRow[] {
  const person = { person: one.key, name: one.name, left: one.day, left_now: one.now };
  const without = { system: null, removal: null, days: null, over_limit: null };
  if (one.returned) return [{ ...person, ...without, state: 'returned' }];
  if (accesses.size === 0) return [{ ...person, ...without, state: 'never' }];
  return [...accesses.values()].map(({ system, removal }) => {
    const state = stateOf(system, removal);
    const gone = removal.first_absent_at;
    const until = state === 'removed' && gone !== null ? dayOf(gone, zone) : today;
    const days = daysBetween(one.day, until);
    return {
      ...person,
      state,
      system,
      removal,
      days,
      over_limit: system.limit === null ? null : days > system.limit,
    };
  });
}

/** An archived comparison is read no more: it may be removed by now. */
function stateOf({ archived }: System, { state }: Removal): LeaverRow['state'] {
  if (state === 'present') return archived ? 'open' : 'active';
  return state;
}

function worstFirst(one: LeaverRow, other: LeaverRow): number {
  return (
    leaverStates.indexOf(one.state) - leaverStates.indexOf(other.state) ||
    (other.days ?? 0) - (one.days ?? 0) ||
    compare(one.left, other.left) ||
    compare(one.person, other.person) ||
    compare(one.system?.name ?? '', other.system?.name ?? '')
  );
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
