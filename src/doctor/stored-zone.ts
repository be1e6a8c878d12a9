import { count } from '../text/count.ts';
import { type Finding, note, problem } from './finding.ts';

/** What the newest row of OpsDeck's journal says about the zone of its timestamps. */
export interface ZoneEvidence {
  /** Wall clock of the newest row, as stored; null: the journal is empty. */
  readonly newest: string | null;
  /** Seconds from that row, read in the zone, to now: negative is in the future. */
  readonly ageSeconds: number | null;
}

const toleratedSeconds = 120;
/** A row that is younger was written just now: any other zone would make it older or later by a quarter of an hour at least. */
const freshSeconds = 600;

/** Pure. A row from the future proves a wrong zone, a fresh one the right zone; an old one proves nothing. */
export function judgeZone({ newest, ageSeconds }: ZoneEvidence, zone: string): Finding {
  const again = 'Change anything in OpsDeck, and run this again within 10 minutes.';
  if (newest === null || ageSeconds === null) {
    return note(`OpsDeck's journal is empty: nothing shows whether its timestamps are of ${zone}.`, again);
  }
  if (ageSeconds < -toleratedSeconds) {
    return problem(
      `The newest row of OpsDeck's journal (${newest}) is ${age(-ageSeconds)} in the future in the zone ${zone}: the zone is wrong, or a clock.`,
      'Set OPSDECK_JOBS_STORED_TIMEZONE to the zone in which OpsDeck writes: the TimeZone of its database role.',
    );
  }
  if (ageSeconds <= freshSeconds) {
    return note(
      `The zone of OpsDeck's timestamps is ${zone}: its newest journal row (${newest}) was written just now.`,
    );
  }
  return note(
    `The newest row of OpsDeck's journal (${newest}) is ${age(ageSeconds)} old in the zone ${zone}. That is no proof of the zone.`,
    again,
  );
}

function age(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  const hours = Math.round(minutes / 60);
  if (minutes < 120) return count(minutes, 'minute');
  return hours < 72 ? count(hours, 'hour') : count(Math.floor(hours / 24), 'day');
}
