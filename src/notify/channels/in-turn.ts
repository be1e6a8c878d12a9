import { boundedWaitMs } from '../../net/retry-after.ts';
import type { DeliveryOutcome } from '../delivery/outcome.ts';
import { outcomeOfFault } from './http-outcome.ts';
import type { Pace } from './pace.ts';

/** Sends when it is the key's turn; a rate limit that the other side declares holds the key for those who come after. */
export async function inTurn(
  {
    pace,
    key,
    subject,
    signal,
  }: { pace: Pace; key: string; subject: string; signal: AbortSignal | undefined },
  send: () => Promise<DeliveryOutcome>,
): Promise<DeliveryOutcome> {
  let waitMs: number;
  try {
    waitMs = await pace.turn(key, signal);
  } catch (error) {
    if (signal?.aborted !== true) throw error;
    return outcomeOfFault(subject, { kind: 'fault', fault: 'aborted', requested: false });
  }
  if (waitMs > 0) {
    return {
      kind: 'retry',
      code: 'paced',
      reason: `its turn for ${subject} comes later`,
      retryAfterMs: boundedWaitMs(waitMs),
      costsAttempt: false,
      mayHaveArrived: false,
    };
  }
  const outcome = await send();
  if (outcome.kind === 'retry' && outcome.code === 'rate_limited' && outcome.retryAfterMs !== undefined) {
    pace.hold(key, outcome.retryAfterMs);
  }
  return outcome;
}
