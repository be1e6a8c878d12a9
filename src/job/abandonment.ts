import type { DatabaseOfRun } from '../db/database.ts';

/** After the abort signal a job has so long to stop by itself before its statements are ended … */
const politeMs = 250;
/** … and so long before the runner goes on without it. */
const defaultGraceMs = 5000;

/**
 * What happens to a job that was asked to stop: its running statements are ended after a moment, and after the grace the
 * runner goes on without it. Its open transactions are rolled back then, and what it still tries to write fails at the fence. The
 * one connection of an embedded database is taken from it a moment later, should it still not have given it back.
 */
export function startAbandonment(
  database: Pick<DatabaseOfRun, 'cancelStatements' | 'abandon'>,
  signal: AbortSignal,
  graceMs: number = defaultGraceMs,
): { readonly promise: Promise<never>; dispose(): void } {
  const timers: NodeJS.Timeout[] = [];
  let onAbort = (): void => undefined;
  const promise = new Promise<never>((_, reject) => {
    const cancel = () => database.cancelStatements().catch(reject);
    const goOn = async () => {
      await cancel();
      reject(signal.reason);
      // Not among the timers: the run is over by then.
      setTimeout(() => void database.abandon().catch(() => undefined), politeMs).unref();
    };
    onAbort = () => {
      timers.push(
        setTimeout(cancel, Math.min(politeMs, graceMs)),
        setTimeout(() => void goOn(), graceMs),
      );
    };
  });
  // Nobody may be waiting for it when it comes.
  promise.catch(() => undefined);
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  return {
    promise,
    dispose: () => {
      for (const timer of timers) clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    },
  };
}
