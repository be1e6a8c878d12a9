import { addDays, type Day, daysBetween, laterOf } from '../../../src/time/calendar-day.ts';
import { dueAfter, type LimitSegment, limitOn, stepOf } from './limits.ts';

/**
 * `on_time`: due in the period, with evidence by that day. `late`: evidence came after it. `missing`: none came before the next was due.
 * `early`: evidence for what is due after the period. `additional`: more evidence than the rule asks for, or from before it was
 * there.
 */
export type Outcome = 'on_time' | 'late' | 'missing' | 'early' | 'additional';

/** One row of the test of a rule. */
export interface Occurrence<E extends CountedEvidence> {
  /** null: nothing was due, since the rule was not there yet. */
  readonly due: Day | null;
  readonly outcome: Outcome;
  /** null: missing. */
  readonly evidence: E | null;
  /** 0 unless late. */
  readonly daysLate: number;
}

export interface CountedEvidence {
  /** The day that the evaluation counts from. */
  readonly day: Day;
}

export interface TestedPeriod<E extends CountedEvidence> {
  /** The first day on which the rule is tested. */
  readonly first: Day;
  /** The last one: of the period, or today. */
  readonly last: Day;
  readonly today: Day;
  /** Nothing is due before the rule was there; null: since when it is there was not recorded. */
  readonly since?: Day | null;
  /** The newest evidence before `first`; null: there is none. */
  readonly before: Day | null;
  /** From `first` to `last`, oldest first. */
  readonly evidence: readonly E[];
  readonly limits: readonly LimitSegment[];
  /** On these days nothing is expected: the control is not applicable or not there, or the rule is switched off. */
  readonly excused: (day: Day) => boolean;
}

/**
 * What was expected of a rule and what was performed, by due day. Evidence is good for `frequency_days`, as the evaluation counts; the next is
 * due on the last of them. Of evidence by the same due day the last one is the occurrence. Without any evidence before, the first is
 * due on the first day.
 */
export function occurrencesOf<E extends CountedEvidence>(period: TestedPeriod<E>): Occurrence<E>[] {
  const { first, last, today, before, evidence, limits, excused } = period;
  const found: Occurrence<E>[] = [];
  let due = before === null ? first : dueAfter(before, limits);
  // What was due long before the period is tested as of its last due day before it.
  for (let next = following(due, limits); next < first; next = following(due, limits)) due = next;
  if (period.since != null) due = laterOf(due, period.since);
  let place = 0;
  for (;;) {
    while (due <= last && excused(laterOf(due, first))) due = addDays(laterOf(due, first), 1);
    const inTime: E[] = [];
    for (
      let one = evidence[place];
      one !== undefined && one.day <= due;
      one = evidence[place + inTime.length]
    ) {
      inTime.push(one);
    }
    const chosen = inTime.at(-1);
    if (chosen !== undefined) {
      for (const one of inTime.slice(0, -1))
        found.push({ due, outcome: 'additional', evidence: one, daysLate: 0 });
      found.push({ due, outcome: due > last ? 'early' : 'on_time', evidence: chosen, daysLate: 0 });
      place += inTime.length;
      due = dueAfter(chosen.day, limits);
      continue;
    }
    // What is due today can still be done.
    if (due > last || due === today) return found;
    const next = evidence[place];
    const then = following(due, limits);
    if (next !== undefined && next.day < then) {
      found.push({ due, outcome: 'late', evidence: next, daysLate: daysBetween(due, next.day) });
      place += 1;
      due = dueAfter(next.day, limits);
    } else {
      found.push({ due, outcome: 'missing', evidence: null, daysLate: 0 });
      due = then;
    }
  }
}

function following(due: Day, limits: readonly LimitSegment[]): Day {
  const limit = limitOn(limits, due);
  return addDays(due, limit === undefined ? 1 : stepOf(limit));
}
