import type { RawBuilder } from 'kysely';
import type { Json } from '../text/json.ts';
import type { Zones } from '../time/zones.ts';
import type { Finding } from './finding.ts';

export interface JobCheckScope {
  /** Business time. */
  readonly now: Date;
  readonly zones: Zones;
}

/**
 * What `doctor` looks at for one job, beside its runs. Asked only where the database has all that the job requires; the queries of all
 * jobs are one statement.
 */
export interface JobCheck {
  /** One row with one JSON value. */
  query(scope: JobCheckScope): RawBuilder<unknown>;
  /** What that value means; none: all is well. */
  findings(found: Json): readonly Finding[];
}

/** `Alpha, Beta and 3 more`; at most five names. */
export function someOf(names: readonly string[], total = names.length): string {
  const shown = names.slice(0, 5);
  const rest = total - shown.length;
  return rest > 0 ? `${shown.join(', ')} and ${rest} more` : shown.join(', ');
}
