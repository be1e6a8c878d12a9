/** What came of a read: the value, or why there is none. */
export type ReadResult<T> =
  | { readonly kind: 'read'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'late' };

export interface SharedReadOptions {
  /** How long a result counts, a failure included. */
  readonly keepMs: number;
  /** How long a caller waits. */
  readonly limitMs: number;
  /** Monotonic milliseconds. Default: `performance.now`. */
  readonly monotonic?: () => number;
}

/**
 * A read of the database that any number of callers may ask for: at most one is going, its result is shared for a while, and
 * nobody waits longer than the limit. One that takes longer goes on, so that a hanging database is asked once and not again
 * with every call; its result is there for those who come later.
 */
export function sharedRead<T>(
  read: () => Promise<T>,
  { keepMs, limitMs, monotonic = () => performance.now() }: SharedReadOptions,
): () => Promise<ReadResult<T>> {
  let last: { readonly result: ReadResult<T>; readonly at: number } | undefined;
  let going: Promise<ReadResult<T>> | undefined;

  async function readOnce(): Promise<ReadResult<T>> {
    let result: ReadResult<T>;
    try {
      result = { kind: 'read', value: await read() };
    } catch (error) {
      result = { kind: 'failed', error };
    }
    last = { result, at: monotonic() };
    going = undefined;
    return result;
  }

  return () => {
    if (going === undefined) {
      if (last !== undefined && monotonic() - last.at < keepMs) return Promise.resolve(last.result);
      going = readOnce();
    }
    return atMost(going, limitMs);
  };
}

async function atMost<T>(result: Promise<ReadResult<T>>, limitMs: number): Promise<ReadResult<T>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<ReadResult<T>>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'late' }), limitMs);
  });
  try {
    return await Promise.race([result, late]);
  } finally {
    clearTimeout(timer);
  }
}
