import type { HttpProxies } from '../net/http-proxies.ts';
import { proxyAnswered } from '../net/proxy-fault.ts';
import { openRoutes } from '../net/routes.ts';

/** Connections to ping servers; loaded when the first ping is sent. */
export interface PingConnections {
  /** Answers the status code. With a body it is a POST. Rejects when there is no answer within the signal. */
  send(address: URL, body: string | undefined, signal: AbortSignal): Promise<number>;
  /** Why it has no answer: a code of the system, or what the proxy did. It names no address. */
  faultOf(error: Error, address: URL): string | undefined;
  /** Ends what is going, and leaves no socket. */
  destroy(): Promise<void>;
}

export function openPingConnections(proxies: HttpProxies): PingConnections {
  // A ping comes minutes after the last one: its connection need not stay.
  const agentOptions = { keepAliveTimeout: 1_000, keepAliveMaxTimeout: 1_000 };
  const routes = openRoutes({ proxies, connectMs: 4_000, agent: agentOptions });
  return {
    send: async (address, body, signal) => {
      const type: Record<string, string> =
        body === undefined ? {} : { 'content-type': 'text/plain; charset=utf-8' };
      const { agent, forwardedBy, ...route } = routes.to(address, type);
      const method = body === undefined ? 'GET' : 'POST';
      const answer = await agent.request({ ...route, signal, method, body: body ?? null });
      await answer.body.dump();
      if (forwardedBy !== undefined && answer.statusCode === 407)
        throw proxyAnswered(forwardedBy, answer.statusCode);
      return answer.statusCode;
    },
    faultOf: (error, address) => routes.faultOf(error, address).detail,
    destroy: () => routes.destroy(),
  };
}
