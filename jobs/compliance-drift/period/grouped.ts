/** Lists by a number, each in the order of the rows. */
export function grouped<R, T>(
  rows: readonly R[],
  entry: (row: R) => readonly [number, T],
): ReadonlyMap<number, readonly T[]> {
  const found = new Map<number, T[]>();
  for (const row of rows) {
    const [key, value] = entry(row);
    const list = found.get(key);
    if (list === undefined) found.set(key, [value]);
    else list.push(value);
  }
  return found;
}
