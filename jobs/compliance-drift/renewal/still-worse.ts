import type { FailOnLevel } from '../../../src/job/fail-on-levels.ts';
import { classOf } from '../classify.ts';
import { isKnown } from '../status.ts';
import type { ChangedControl } from './held-facts.sql.ts';

/**
 * How bad it still is that a control got worse; null: it is as good as it was before, or is not looked at any more. Pure. What
 * cannot be evaluated now was not seen to be better.
 */
export function stillWorse({
  from_status: from,
  now,
  cause,
  severity,
}: Pick<ChangedControl, 'from_status' | 'now' | 'cause' | 'severity'>): FailOnLevel | null {
  if (now === null || now === from || now === 'not_applicable') return null;
  if (now === 'unknown') return severity;
  if (from === null || !isKnown(from)) return now === 'compliant' ? null : severity;
  return classOf(from, now, cause).severity;
}
