import { lookup } from 'node:dns';
import type { Networks } from '../../../src/net/destination-guard.ts';
import { askEndpoint, type Observation } from './ask-endpoint.ts';
import type { Endpoint } from './endpoint.ts';

/** So many connections are open at the same time. */
const atOnce = 10;
const answerMs = 10_000;

export interface AskAllOptions {
  readonly networks: Networks;
  readonly signal: AbortSignal;
  /** For all of them together; those whose turn does not come are not asked. */
  readonly wholeMs: number;
}

/** What was observed, by the text of the endpoint; one that was not asked is not in it. Rejects only when the signal was aborted. */
export async function askEndpoints(
  endpoints: readonly Endpoint[],
  { networks, signal, wholeMs }: AskAllOptions,
): Promise<ReadonlyMap<string, Observation>> {
  const observed = new Map<string, Observation>();
  const turns = endpoints.values();
  const over = AbortSignal.timeout(wholeMs);
  const askSome = async (): Promise<void> => {
    for (const endpoint of turns) {
      if (over.aborted) return;
      observed.set(
        endpoint.text,
        await askEndpoint(endpoint, { networks, lookup, timeoutMs: answerMs, signal }),
      );
    }
  };
  await Promise.all(Array.from({ length: atOnce }, askSome));
  return observed;
}
