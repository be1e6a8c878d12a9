/** What comes one by one, so many together; the last batch may be smaller, and none is empty. */
export async function* inBatches<T>(
  items: AsyncIterable<T> | Iterable<T>,
  size: number,
): AsyncGenerator<readonly T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

export async function* mapped<A, B>(items: AsyncIterable<A>, change: (item: A) => B): AsyncGenerator<B> {
  for await (const item of items) yield change(item);
}

/** At most so many, in their order. */
export async function firstOf<T>(items: AsyncIterable<T>, most: number): Promise<readonly T[]> {
  const some: T[] = [];
  if (most === 0) return some;
  for await (const item of items) {
    some.push(item);
    if (some.length === most) break;
  }
  return some;
}
