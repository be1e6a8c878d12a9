import type { Generated, GeneratedAlways } from 'kysely';
import type { CalendarDate, Instant, NullableInstant } from './column-types.ts';

/** A rate as its provider published it: units of `quote` for one unit of `base`. */
export interface FxRateTable {
  id: GeneratedAlways<string>;
  /** `ecb`, `frankfurter`. */
  provider: string;
  rate_date: CalendarDate;
  base: string;
  quote: string;
  /** From 1; a correction is the next one, and the greatest is in force. */
  version: Generated<number>;
  /** Decimal text, never a binary float. */
  rate: string;
  fetched_at: Instant;
  run_id: string;
}

/** A rate that jumped, or of an unknown currency, and what an operator decided about it. */
export interface FxHeldTable {
  id: Generated<string>;
  provider: string;
  rate_date: CalendarDate;
  base: string;
  quote: string;
  rate: string;
  /** The rate it was compared with: the last one that was taken; null: the code of the currency is unknown. */
  compared_rate: string | null;
  compared_date: CalendarDate | null;
  /** `superseded`: its provider has published another rate of that day since, which was taken. */
  state: Generated<'held' | 'accepted' | 'rejected' | 'superseded'>;
  fetched_at: Instant;
  run_id: string;
  decided_at: NullableInstant;
  /** As in `action_log`. */
  decided_by: string | null;
  note: string | null;
  /** The dedupe key of the alert that reported it while it waited. */
  announced_by: string | null;
}

export interface RateTables {
  'opsdeck_jobs.fx_rate': FxRateTable;
  'opsdeck_jobs.fx_held': FxHeldTable;
}
