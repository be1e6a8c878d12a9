import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenDatabase } from './database.ts';

/** A statement may begin just after those that ran were ended. */
const againAfterMs = 100;

/**
 * From the moment the signal comes, ends every statement that is running, until the returned function is called: so that
 * what waits for a lock, or takes long, fails at once and its caller ends.
 */
export function cancelOnStop(
  database: Pick<OpenDatabase, 'cancelStatements'>,
  signal: AbortSignal | undefined,
): () => void {
  let over = false;
  const cancel = async () => {
    while (!over) {
      // A statement that cannot be cancelled ends by itself; whoever stops a second time ends the process.
      await database.cancelStatements().catch(() => undefined);
      await sleep(againAfterMs, undefined, { ref: false });
    }
  };
  const onStop = () => void cancel();
  if (signal?.aborted === true) onStop();
  else signal?.addEventListener('abort', onStop, { once: true });
  return () => {
    over = true;
    signal?.removeEventListener('abort', onStop);
  };
}
