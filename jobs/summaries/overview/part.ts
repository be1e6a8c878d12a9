import type { Kysely } from 'kysely';
import type { DatabaseMode } from '../../../src/db/database.ts';
import type { Database } from '../../../src/db/tables.ts';
import type { JsonObject } from '../../../src/text/json.ts';
import type { Zones } from '../../../src/time/zones.ts';
import type { Compared } from './month.ts';

/** One number of the overview. */
export interface OverviewLine {
  /** `controls met`. */
  readonly what: string;
  readonly value: number;
  /** Out of so many; undefined: it is no share. */
  readonly of?: number;
  /** In the month before; null: it is not recorded. */
  readonly before: number | null;
  /** More about it, such as a sum of money or names; empty: nothing. */
  readonly detail: string;
  /** More of it is bad. */
  readonly bad: boolean;
  /** Somebody should look at it whatever its value is: nothing was recorded that should have been. */
  readonly lacking?: boolean;
  /** The command that shows more, without the program's name. */
  readonly next: string;
}

export interface OverviewScope {
  readonly db: Kysely<Database>;
  readonly now: Date;
  readonly zones: Zones;
  readonly mode: DatabaseMode;
  readonly compared: Compared;
  /** Of a job, as its runs have them; undefined: it has none. */
  settingsOf(job: string): JsonObject | undefined;
}

/** What one subject contributes. Its statements do not grow with the data, but for the pages of the items that end. */
export interface OverviewPart {
  readonly title: string;
  read(scope: OverviewScope): Promise<readonly OverviewLine[]>;
}
