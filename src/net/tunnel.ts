import { request as plainRequest } from 'node:http';
import { request as encryptedRequest } from 'node:https';
import type { Socket } from 'node:net';
import { authorizationOf } from './headers.ts';
import type { HttpProxy } from './http-proxies.ts';
import { ProxyFault, proxyAnswered, proxyFaultOf } from './proxy-fault.ts';

/*
 * The way to an address through an HTTP proxy (RFC 9110, 9.3.6): CONNECT HOST:PORT, then the connection is the other side's. The
 * proxy looks the name up; it is sent the name, the port and its own login.
 */

/**
 * A connection to `host:port`, on which nothing was sent yet.
 *
 * @throws ProxyFault
 */
export function openTunnel(proxy: HttpProxy, authority: string, timeoutMs: number): Promise<Socket> {
  const url = new URL(proxy.url);
  const ask = url.protocol === 'https:' ? encryptedRequest : plainRequest;
  return new Promise((resolve, reject) => {
    const request = ask(url.origin, {
      method: 'CONNECT',
      path: authority,
      agent: false,
      setHost: false,
      headers: { host: authority, ...proxyLogin(url) },
    });
    const fail = (fault: ProxyFault) => {
      clearTimeout(timer);
      request.destroy();
      reject(fault);
    };
    const timer = setTimeout(
      () => fail(new ProxyFault(proxy, (name) => `${name} did not answer in time`)),
      timeoutMs,
    );
    request.on('error', (error) => fail(proxyFaultOf(proxy, error)));
    request.once('connect', ({ statusCode = 0 }, socket: Socket, first) => {
      clearTimeout(timer);
      if (statusCode >= 200 && statusCode < 300) {
        if (first.length > 0) socket.unshift(first);
        resolve(socket);
        return;
      }
      socket.on('error', () => undefined).destroy();
      reject(proxyAnswered(proxy, statusCode));
    });
    request.end();
  });
}

/** The header for the proxy alone. */
export function proxyLogin(url: URL): Readonly<Record<string, string>> {
  const login = authorizationOf(url);
  return login === undefined ? {} : { 'proxy-authorization': login };
}
