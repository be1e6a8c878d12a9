import { Agent, request } from 'undici';
import { headersFor } from '../net/headers.ts';

/** Connections to ping servers; loaded when the first ping is sent. */
export interface PingConnections {
  /** Answers the status code. With a body it is a POST. Rejects when there is no answer within the signal. */
  send(address: URL, body: string | undefined, signal: AbortSignal): Promise<number>;
  /** Ends what is going, and leaves no socket. */
  destroy(): Promise<void>;
}

export function openPingConnections(): PingConnections {
  // A ping comes minutes after the last one: its connection need not stay.
  const dispatcher = new Agent({ keepAliveTimeout: 1_000, keepAliveMaxTimeout: 1_000 });
  return {
    send: async (address, body, signal) => {
      const answer = await request(`${address.origin}${address.pathname}${address.search}`, {
        dispatcher,
        signal,
        method: body === undefined ? 'GET' : 'POST',
        headers: headersFor(
          address,
          body === undefined ? {} : { 'content-type': 'text/plain; charset=utf-8' },
        ),
        body: body ?? null,
      });
      await answer.body.dump();
      return answer.statusCode;
    },
    destroy: () => dispatcher.destroy(),
  };
}
