export interface RestoreScope {
  /** Only this table of the archive. */
  readonly table: string | undefined;
  /** Only rows whose columns have these values, as PostgreSQL writes them. */
  readonly where: readonly { readonly column: string; readonly value: string }[];
  /** Where the files are, when they are no longer where they were written. */
  readonly folder: string | undefined;
  readonly dryRun: boolean;
  readonly actor: string;
}

/** What became of the rows of one table. */
export interface RestoredTable {
  readonly table: string;
  readonly restored: number;
  readonly already: number;
}

/** With the keys that are in the table now, as JSON; null: none, or the table is not the policy's own. */
export interface RestoredRows extends RestoredTable {
  readonly keys: string | null;
}
