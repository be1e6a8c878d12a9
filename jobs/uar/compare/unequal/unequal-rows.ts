import type { RowDigests } from './row-digests.ts';

/** Which rows of both sides the database has to look at; by row, from 0: 1. */
export interface UnequalRows {
  readonly a: Uint8Array;
  readonly b: Uint8Array;
  /** So many of each side are left out: their partners are the same. */
  readonly same: number;
}

/** More than one row. */
const several = -2;
const nobody = -1;

/**
 * All rows but those that are alone in their group on both sides, are the same there, and that neither filter excludes.
 *
 * @param selected of each side: whether the filter selects rows with the filtered cells of that place
 */
export function unequalRows(
  a: RowDigests,
  b: RowDigests,
  selected: { readonly a: readonly boolean[]; readonly b: readonly boolean[] },
): UnequalRows {
  const groups = new Groups(a);
  /** By row of A: the row of B with its group. */
  const partners = new Int32Array(a.rows).fill(nobody);
  for (let row = 0; row < b.rows; row += 1) {
    const partner = groups.rowOf(b, row);
    if (partner >= 0) partners[partner] = partners[partner] === nobody ? row : several;
  }
  const looked = { a: new Uint8Array(a.rows).fill(1), b: new Uint8Array(b.rows).fill(1) };
  let same = 0;
  for (let row = 0; row < a.rows; row += 1) {
    const partner = partners[row] ?? nobody;
    if (partner < 0 || groups.isShared(row) || !sameContent(a, row, b, partner)) continue;
    if (!isSelected(a, row, selected.a) || !isSelected(b, partner, selected.b)) continue;
    looked.a[row] = 0;
    looked.b[partner] = 0;
    same += 1;
  }
  return { ...looked, same };
}

/** The rows of a side by their groups: a table of hashes with open addresses. */
class Groups {
  readonly #digests: RowDigests;
  /** One more than the row; 0: nothing there. */
  readonly #table: Int32Array;
  readonly #mask: number;
  readonly #shared: Uint8Array;

  constructor(digests: RowDigests) {
    this.#digests = digests;
    this.#table = new Int32Array(2 ** Math.ceil(Math.log2(2 * digests.rows + 2)));
    this.#mask = this.#table.length - 1;
    this.#shared = new Uint8Array(digests.rows);
    for (let row = 0; row < digests.rows; row += 1) {
      if (!hasKey(digests, row)) continue;
      const place = this.#placeOf(digests, row);
      const first = (this.#table[place] ?? 0) - 1;
      if (first < 0) this.#table[place] = row + 1;
      else this.#shared[first] = 1;
    }
  }

  /** The first row with the group of that row, which may be of another side; -1: there is none. */
  rowOf(digests: RowDigests, row: number): number {
    return hasKey(digests, row) ? (this.#table[this.#placeOf(digests, row)] ?? 0) - 1 : -1;
  }

  isShared(row: number): boolean {
    return this.#shared[row] === 1;
  }

  #placeOf(digests: RowDigests, row: number): number {
    const [low, high] = [digests.hashes[row * 4] ?? 0, digests.hashes[row * 4 + 1] ?? 0];
    const { hashes } = this.#digests;
    for (let place = low & this.#mask; ; place = (place + 1) & this.#mask) {
      const found = (this.#table[place] ?? 0) - 1;
      if (found < 0 || (hashes[found * 4] === low && hashes[found * 4 + 1] === high)) return place;
    }
  }
}

function hasKey({ filteredAs }: RowDigests, row: number): boolean {
  return filteredAs[row] !== 0;
}

function isSelected({ filteredAs }: RowDigests, row: number, selected: readonly boolean[]): boolean {
  return selected[(filteredAs[row] ?? 0) - 1] === true;
}

function sameContent(a: RowDigests, rowA: number, b: RowDigests, rowB: number): boolean {
  const [atA, atB] = [rowA * 4 + 2, rowB * 4 + 2];
  return a.hashes[atA] === b.hashes[atB] && a.hashes[atA + 1] === b.hashes[atB + 1];
}
