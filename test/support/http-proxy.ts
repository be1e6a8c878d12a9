import { request as ask, createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { HttpProxies } from '../../src/net/http-proxies.ts';

/** How the proxy behaves instead of doing its work: a status, or nothing, or the end of the connection. */
export type Misbehaviour = number | 'hangs' | 'closes';

export interface TestProxy {
  readonly port: number;
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** Used for everything. */
  readonly proxies: HttpProxies;
  /** What it was asked: `CONNECT hooks.example:443`, `POST http://hooks.example/hook`. */
  readonly asked: readonly string[];
  /** The headers of each of those. */
  readonly headers: readonly IncomingMessage['headers'][];
}

/** A real HTTP proxy on loopback. Every name leads to `targetPort` on this machine; closed with the test. */
export async function startHttpProxy(targetPort: number, misbehaves?: Misbehaviour): Promise<TestProxy> {
  const asked: string[] = [];
  const headers: IncomingMessage['headers'][] = [];
  const sockets = new Set<Socket | Duplex>();
  const note = (request: IncomingMessage) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    headers.push(request.headers);
  };
  const server = createServer((request, response) => {
    note(request);
    if (misbehaves === 'hangs') return;
    if (misbehaves === 'closes') {
      request.socket.destroy();
      return;
    }
    if (misbehaves !== undefined) {
      response.writeHead(misbehaves).end('the proxy');
      return;
    }
    const url = new URL(request.url ?? '');
    const { method = 'GET', headers: sent } = request;
    const onward = { port: targetPort, method, path: url.pathname + url.search, headers: sent };
    const forward = ask({ host: '127.0.0.1', ...onward }, (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    forward.on('error', () => response.writeHead(502).end());
    request.pipe(forward);
  });
  server.on('connect', (request, client: Duplex) => {
    note(request);
    client.on('error', () => client.destroy());
    sockets.add(client);
    if (misbehaves === 'hangs') return;
    if (misbehaves === 'closes') {
      client.destroy();
      return;
    }
    if (misbehaves !== undefined) {
      client.end(`HTTP/1.1 ${misbehaves} x\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const upstream = connect(targetPort, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on('error', () => client.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n'));
    sockets.add(upstream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return { port, url, proxies: through(url), asked, headers };
}

/** Everything goes through that proxy. */
export function through(url: string): HttpProxies {
  const proxy = { name: 'http_proxy', url };
  return { used: true, https: proxy, http: proxy, noProxy: '' };
}
