/** One figure: what was measured, and the bar it is held to (a ratio or a count, never bare seconds). */
export interface Figure {
  readonly what: string;
  readonly value: string;
  readonly bar?: string;
  readonly met?: boolean;
}

export interface BenchContext {
  /** The checkout. */
  readonly root: string;
  /** A folder of this run, removed afterwards. */
  readonly folder: string;
  /** URL of a database of a PostgreSQL server that was started for this run. */
  databaseUrl(database: string): string;
}
