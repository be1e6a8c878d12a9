import { Agent, request } from 'undici';
import { version } from '../version.ts';
import type { PingAddress } from './ping-address.ts';

/** Connections to ping servers; loaded when the first ping is sent. */
export interface PingConnections {
  /** Answers the status code. With a body it is a POST. Rejects when there is no answer within the signal. */
  send(address: PingAddress, body: string | undefined, signal: AbortSignal): Promise<number>;
  /** Ends what is going, and leaves no socket. */
  destroy(): Promise<void>;
}

export function openPingConnections(): PingConnections {
  // A ping comes minutes after the last one: its connection need not stay.
  const dispatcher = new Agent({ keepAliveTimeout: 1_000, keepAliveMaxTimeout: 1_000 });
  return {
    send: async ({ url, authorization }, body, signal) => {
      const answer = await request(url, {
        dispatcher,
        signal,
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          'user-agent': `opsdeck-jobs/${version}`,
          ...(authorization === undefined ? {} : { authorization }),
          ...(body === undefined ? {} : { 'content-type': 'text/plain; charset=utf-8' }),
        },
        body: body ?? null,
      });
      await answer.body.dump();
      return answer.statusCode;
    },
    destroy: () => dispatcher.destroy(),
  };
}
