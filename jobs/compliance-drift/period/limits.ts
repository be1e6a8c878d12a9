import { addDays, type Day, laterOf } from '../../../src/time/calendar-day.ts';

/** What a rule asked for. */
export interface RuleLimit {
  readonly enabled: boolean;
  readonly frequencyDays: number;
}

/** A rule as something recorded it. */
export interface Observation {
  readonly on: Day;
  readonly limit: RuleLimit;
  /** Of a change that a snapshot found: as it was until then. */
  readonly before?: RuleLimit | undefined;
}

/** From this day on; business zone. */
export interface LimitSegment extends RuleLimit {
  readonly from: Day;
}

export interface LimitChange {
  readonly on: Day;
  readonly before: RuleLimit;
  readonly after: RuleLimit;
  /** null: a snapshot found the change on that day. Else it happened after this day, and which day was not recorded. */
  readonly after_day: Day | null;
}

/** What a rule asked for on each day, from what was recorded of it. Until something else was seen, it is what it was. */
export function limitsOf(observations: readonly Observation[]): {
  readonly segments: readonly LimitSegment[];
  readonly changes: readonly LimitChange[];
} {
  const [first, ...rest] = observations.toSorted((a, b) => (a.on < b.on ? -1 : a.on > b.on ? 1 : 0));
  if (first === undefined) return { segments: [], changes: [] };
  const start = first.before ?? first.limit;
  const segments: LimitSegment[] = [{ from: firstDay, ...start }];
  const changes: LimitChange[] = [];
  let [current, seen] = [start, first.on];
  const change = (on: Day, after: RuleLimit, after_day: Day | null) => {
    changes.push({ on, before: current, after, after_day });
    segments.push({ from: on, ...after });
    current = after;
  };
  for (const { on, limit, before } of [first, ...rest]) {
    if (before !== undefined && !same(before, current)) change(on, before, seen);
    if (!same(limit, current)) change(on, limit, before === undefined ? seen : null);
    seen = on;
  }
  return { segments, changes };
}

const firstDay: Day = '0001-01-01';

/** More days than this are no limit that anybody reaches. */
const mostDays = 100_000;

function same(a: RuleLimit, b: RuleLimit): boolean {
  return a.enabled === b.enabled && a.frequencyDays === b.frequencyDays;
}

export function limitOn(segments: readonly LimitSegment[], day: Day): RuleLimit | undefined {
  return segments.findLast(({ from }) => from <= day);
}

/** Days from one occurrence to the next; a limit of 0 days asks for evidence on every day. */
export function stepOf({ frequencyDays }: RuleLimit): number {
  return Math.min(Math.max(frequencyDays, 1), mostDays);
}

/** The last day on which evidence of `day` is within the limit, as the evaluation counts: the next is due by then. */
export function dueAfter(day: Day, segments: readonly LimitSegment[]): Day {
  const next = addDays(day, 1);
  for (const [index, segment] of segments.entries()) {
    const end = segments[index + 1]?.from;
    if (end !== undefined && end <= next) continue;
    const reached = addDays(day, stepOf(segment));
    const due = reached < segment.from ? addDays(segment.from, -1) : reached;
    if (end === undefined || due < addDays(end, -1)) return laterOf(due, next);
  }
  return next;
}
