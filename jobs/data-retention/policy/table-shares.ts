/**
 * What a run has taken of each table without an acceptance. All policies on a table have one share of it: otherwise each could take its
 * own, and together they would take far more than any of them may.
 */
export class TableShares {
  readonly #tables = new Map<string, { readonly rows: number; taken: number }>();

  /** The table as it was when the run first counted it, and the rows that earlier policies of the run have taken from it. */
  look(table: string, rows: number): { readonly rows: number; readonly taken: number } {
    const share = this.#tables.get(table) ?? { rows, taken: 0 };
    this.#tables.set(table, share);
    return { ...share };
  }

  take(table: string, rows: number): void {
    const share = this.#tables.get(table);
    if (share === undefined) throw new TypeError('a table is counted before something is taken from it');
    share.taken += rows;
  }
}
