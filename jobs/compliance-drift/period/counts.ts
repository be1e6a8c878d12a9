import type { RulePeriod } from './read.ts';

/** What a test of a period counts; there is no verdict in it. */
export interface PeriodCounts {
  /** Due in the period. */
  readonly expected: number;
  readonly onTime: number;
  readonly late: number;
  readonly missing: number;
  /** Evidence that counts, also what came early or in addition. */
  readonly performed: number;
  readonly recordedLater: number;
  /** When it was recorded is not known. */
  readonly recordingUnknown: number;
  /** Rows whose status does not count. */
  readonly notCounted: number;
}

export function countsOf(rules: readonly RulePeriod[]): PeriodCounts {
  const all = rules.flatMap(({ occurrences }) => occurrences);
  const having = (...outcomes: readonly string[]) =>
    all.filter(({ outcome }) => outcomes.includes(outcome)).length;
  const performed = all.flatMap(({ evidence }) => evidence ?? []);
  return {
    expected: having('on_time', 'late', 'missing'),
    onTime: having('on_time'),
    late: having('late'),
    missing: having('missing'),
    performed: performed.length,
    recordedLater: performed.filter(({ recordedLater }) => recordedLater === true).length,
    recordingUnknown: performed.filter(({ recordedLater }) => recordedLater === null).length,
    notCounted: rules.reduce((sum, { notCounted }) => sum + notCounted.length, 0),
  };
}
