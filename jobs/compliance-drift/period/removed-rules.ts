import { type Day, dayOf } from '../../../src/time/calendar-day.ts';
import type { RuleState } from '../rule-state.ts';
import type { EdgeState, PeriodChange } from './recorded.sql.ts';

/** A rule that snapshots have and the database has not: its criteria are gone with it, so what it expected is not computed. */
export interface RemovedRule {
  readonly name: string;
  /** The newest day on which something recorded it. */
  readonly lastSeen: Day;
  /** The first day after that on which a snapshot did not have it; null: no snapshot of the period found that. */
  readonly gone: Day | null;
}

interface Sighting {
  readonly at: Date;
  readonly rules: readonly RuleState[];
}

/** @param there Numbers of the rules that are there now. */
export function removedRules(
  there: ReadonlySet<number>,
  {
    edges,
    changes,
  }: {
    readonly edges: ReadonlyArray<Pick<EdgeState, 'taken' | 'rules' | 'altered'>>;
    readonly changes: ReadonlyArray<Pick<PeriodChange, 'at' | 'before' | 'after'>>;
  },
  zone: string,
): readonly RemovedRule[] {
  const sightings: Sighting[] = [
    ...edges.filter(({ altered }) => !altered).map(({ taken, rules }) => ({ at: taken, rules })),
    // What a change has from before was so up to the snapshot that found it.
    ...changes.flatMap(({ at, before, after }) => [
      { at: new Date(at.getTime() - 1), rules: before },
      { at, rules: after },
    ]),
  ].toSorted((a, b) => a.at.getTime() - b.at.getTime());
  const found = new Map<number, RemovedRule>();
  for (const [place, { at, rules }] of sightings.entries()) {
    for (const { id, name } of rules) {
      if (there.has(id)) continue;
      const next = sightings.slice(place + 1).find((one) => one.rules.every((rule) => rule.id !== id));
      found.set(id, {
        name,
        lastSeen: dayOf(at, zone),
        gone: next === undefined ? null : dayOf(next.at, zone),
      });
    }
  }
  return [...found.values()];
}

export function removedWords({ name, lastSeen, gone }: RemovedRule): string {
  const when =
    gone === null
      ? `after ${lastSeen}, the last day on which it is recorded`
      : gone === lastSeen
        ? `on ${gone}`
        : `between ${lastSeen} and ${gone}`;
  return `The rule '${name}' was removed ${when}. What it expected until then cannot be computed: its criteria were removed with it.`;
}
