import { addDays, type Day, dayOf } from '../../../src/time/calendar-day.ts';
import type { ControlStatus } from '../status.ts';

/** `absent`: the control was not in the catalog. `not_known`: the snapshots do not tell, or are not what was stored. */
export type RecordedStatus = ControlStatus | 'absent' | 'not_known';

/** A snapshot of the control's framework. */
export interface PeriodSnapshot {
  readonly id: number;
  readonly takenAt: Date;
  /** SHA-256, hexadecimal. */
  readonly chainHash: string;
}

export interface DayRange {
  readonly from: Day;
  readonly to: Day;
  readonly days: number;
}

export interface RecordedDays {
  /** By the last snapshot of each day. */
  readonly days: ReadonlyMap<RecordedStatus, number>;
  /** Days without a snapshot: never counted with a status. */
  readonly without: readonly DayRange[];
  readonly withoutDays: number;
  /** As of the newest snapshot up to that day, also where the day itself has none. */
  readonly statusOn: (day: Day) => RecordedStatus;
}

/** What each day of a period has, from the snapshots in their order and the changes that they found. Today counts once it has a snapshot. */
export function recordedDays(
  {
    first,
    last,
    today,
    zone,
  }: { readonly first: Day; readonly last: Day; readonly today: Day; readonly zone: string },
  snapshots: ReadonlyArray<Pick<PeriodSnapshot, 'id' | 'takenAt'>>,
  initial: RecordedStatus,
  changes: ReadonlyMap<number, RecordedStatus>,
): RecordedDays {
  const ofDay = new Map<Day, RecordedStatus>();
  let status = initial;
  for (const { id, takenAt } of snapshots) {
    status = changes.get(id) ?? status;
    ofDay.set(dayOf(takenAt, zone), status);
  }
  const days = new Map<RecordedStatus, number>();
  const carried: { readonly from: Day; readonly status: RecordedStatus }[] = [];
  const without: DayRange[] = [];
  for (let day = first; day <= last; day = addDays(day, 1)) {
    const found = ofDay.get(day);
    if (found !== undefined) {
      days.set(found, (days.get(found) ?? 0) + 1);
      if (carried.at(-1)?.status !== found) carried.push({ from: day, status: found });
      continue;
    }
    if (day === today) continue;
    const open = without.at(-1);
    if (open !== undefined && addDays(open.to, 1) === day) {
      without[without.length - 1] = { from: open.from, to: day, days: open.days + 1 };
    } else without.push({ from: day, to: day, days: 1 });
  }
  return {
    days,
    without,
    withoutDays: without.reduce((sum, range) => sum + range.days, 0),
    statusOn: (day) => carried.findLast(({ from }) => from <= day)?.status ?? initial,
  };
}
