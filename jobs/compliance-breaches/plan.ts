import { type Day, daysBetween } from '../../src/time/calendar-day.ts';
import type { Breach } from './breaches.sql.ts';

/** `new`: no alert about this breach was sent; `repeated`: it lasts, and the last alert is so long ago. */
export type Why = 'new' | 'repeated';

export interface DueBreach extends Breach {
  readonly why: Why;
}

/** What is to be done about each breach, in the order in which they were given. */
export interface Plan {
  readonly due: readonly DueBreach[];
  /** The last alert about it is not so long ago. */
  readonly waiting: readonly Breach[];
  /** A drift alert, or a message of OpsDeck's, named it within 24 hours. It stays due. */
  readonly named: readonly Breach[];
}

/** @param repeat calendar days between two alerts about one breach. */
export function planAlerts(breaches: readonly Breach[], today: Day, repeat: number): Plan {
  const due: DueBreach[] = [];
  const waiting: Breach[] = [];
  const named: Breach[] = [];
  for (const breach of breaches) {
    const { alerted_on: last } = breach;
    if (last !== null && daysBetween(last, today) < repeat) waiting.push(breach);
    else if (breach.named_by !== null) named.push(breach);
    else due.push({ ...breach, why: last === null ? 'new' : 'repeated' });
  }
  return { due, waiting, named };
}
