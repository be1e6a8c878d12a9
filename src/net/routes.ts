import { Agent, buildConnector } from 'undici';
import { DestinationRefused, refusalOfHost } from './destination-guard.ts';
import { type GuardOptions, guardedConnector, type NetworkFault, networkFault } from './guarded-connector.ts';
import { headersFor } from './headers.ts';
import { type HttpProxies, type HttpProxy, proxyFor, unusedProxy } from './http-proxies.ts';
import { proxyFaultOf } from './proxy-fault.ts';
import { openTunnel, proxyLogin } from './tunnel.ts';

/*
 * Which way a request takes.
 *
 * | the address            | way                                                                     |
 * | no proxy is for it     | directly; where its name leads is checked when it is connected to       |
 * | `https:`, with a proxy | a tunnel: the proxy sees host and port, the certificate is the address's |
 * | `http:`, with a proxy  | the proxy is asked for the whole address (RFC 9112, 3.2.2), as many proxies allow tunnels to port 443 only |
 *
 * With a proxy, the name is looked up by the proxy: only names and written addresses can be judged here.
 */

export interface RouteOptions {
  readonly proxies: HttpProxies;
  /** undefined: every address may be asked. */
  readonly guard?: Pick<GuardOptions, 'allowInternal' | 'lookup'>;
  /** PEM; trusted instead of the system's authorities. */
  readonly ca?: string;
  readonly connectMs: number;
  readonly agent: Agent.Options;
}

export interface Route {
  readonly agent: Agent;
  readonly origin: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The proxy that was asked for the whole address: status 407 then is its own. */
  readonly forwardedBy: HttpProxy | undefined;
}

export interface Routes {
  /** @throws DestinationRefused */
  to(url: URL, headers: Readonly<Record<string, string>>): Route;
  /** What an error of a request to that address means. */
  faultOf(error: Error, url: URL): NetworkFault;
  /** Waits for what is under way. */
  close(): Promise<void>;
  destroy(): Promise<void>;
}

export function openRoutes(options: RouteOptions): Routes {
  const { guard, proxies, connectMs } = options;
  const tls = options.ca === undefined ? {} : { ca: options.ca };
  const agents = new Map<string, Agent>();
  const agentFor = (way: string, connector: () => buildConnector.connector): Agent => {
    const agent = agents.get(way) ?? new Agent({ ...options.agent, connect: connector() });
    agents.set(way, agent);
    return agent;
  };
  const plain = () => buildConnector({ timeout: connectMs, ...tls });
  const direct = () => (guard === undefined ? plain() : guardedConnector({ ...guard, ...tls }, connectMs));

  return {
    to: (url, given) => {
      const headers = headersFor(url, given);
      const path = url.pathname + url.search;
      const proxy = proxyFor(url, proxies);
      if (proxy === undefined) {
        return {
          agent: agentFor('direct', direct),
          origin: url.origin,
          path,
          headers,
          forwardedBy: undefined,
        };
      }
      const refusal = guard === undefined ? undefined : refusalOfHost(url, guard.allowInternal);
      if (refusal !== undefined) throw new DestinationRefused(refusal);
      if (url.protocol === 'https:') {
        const agent = agentFor('tunnel', () => tunnelConnector(proxy, plain(), connectMs));
        return { agent, origin: url.origin, path, headers, forwardedBy: undefined };
      }
      const place = new URL(proxy.url);
      return {
        agent: agentFor('forward', () => proxyConnector(proxy, connectMs)),
        origin: place.origin,
        path: url.origin + path,
        headers: { ...headers, host: url.host, ...proxyLogin(place) },
        forwardedBy: proxy,
      };
    },
    faultOf: (error, url) => networkFault(error, unusedProxy(url, proxies)),
    close: async () => {
      await Promise.all([...agents.values()].map((agent) => agent.close()));
    },
    destroy: async () => {
      await Promise.all([...agents.values()].map((agent) => agent.destroy()));
    },
  };
}

function tunnelConnector(
  proxy: HttpProxy,
  secure: buildConnector.connector,
  timeoutMs: number,
): buildConnector.connector {
  return (target, callback) => {
    const port = target.port === '' ? '443' : target.port;
    openTunnel(proxy, `${target.hostname}:${port}`, timeoutMs).then(
      (httpSocket) => secure({ ...target, httpSocket }, callback),
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
    );
  };
}

/** To the proxy itself, which the operator chose. */
function proxyConnector(proxy: HttpProxy, timeout: number): buildConnector.connector {
  const connect = buildConnector({ timeout });
  return (target, callback) =>
    connect(target, (...[error, socket]) => {
      if (error === null) callback(null, socket);
      else callback(proxyFaultOf(proxy, error), null);
    });
}
