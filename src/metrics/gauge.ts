import type { Kysely } from 'kysely';
import type { Columns } from '../db/readable-columns.ts';
import type { Database } from '../db/tables.ts';
import type { Channel } from '../notify/channels/names.ts';
import type { Zones } from '../time/zones.ts';

export type Labels = Readonly<Record<string, string>>;

/** Values of one name, each with its labels; all of one gauge have the same ones. */
export interface Gauge {
  /** snake_case with its unit at its end; the program's prefix is put in front. */
  readonly name: string;
  /** One sentence. */
  readonly help: string;
  /** None: the gauge is left out. */
  readonly values: readonly (readonly [labels: Labels, value: number])[];
}

/** What a job counts for the metrics, whether it runs or not. */
export interface GaugeSource {
  /** Tables with the columns that are read. Where one is missing, or this role may not read it, the gauges are left out. */
  readonly requires: Columns;
  /** One or two statements. `now`: business time; `off`: the channels that the configuration switches off. */
  read(
    db: Kysely<Database>,
    moment: { readonly zones: Zones; readonly now: Date; readonly off: readonly Channel[] },
  ): Promise<readonly Gauge[]>;
}
