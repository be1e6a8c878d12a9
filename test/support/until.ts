import { vi } from 'vitest';

/** Waits until what is read is as expected, and answers it; the limit is far beyond what a slow machine takes. */
export async function until<T>(read: () => Promise<T> | T, expected: (found: T) => boolean): Promise<T> {
  let found = await read();
  await vi.waitFor(
    async () => {
      found = await read();
      if (!expected(found)) throw new Error(`not yet: ${JSON.stringify(found)?.slice(0, 5000)}`);
    },
    { timeout: 120_000, interval: 50 },
  );
  return found;
}
