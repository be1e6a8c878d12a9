/** One step of the schema. Steps are never edited: their hashes are stored with each database, and a change is a new step. */
export interface Migration {
  /** Numbered, so that the order is plain; stored with the database. */
  readonly name: string;
  /** What it brings, for `migrate` and `migrate --status`. */
  readonly title: string;
  /** Creates tables that belong to OpsDeck: passed over on a database that a running OpsDeck owns. */
  readonly standaloneOnly: boolean;
  /** Plain SQL, one statement each, run in order in one transaction with every other pending step. */
  readonly statements: readonly string[];
}
