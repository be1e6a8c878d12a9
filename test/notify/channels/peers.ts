import { lookup as systemLookup } from 'node:dns';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  type AddressInfo,
  createServer as createTcpServer,
  type LookupFunction,
  type Server,
  type Socket,
} from 'node:net';
import { onTestFinished } from 'vitest';
import { createHttpClient, type HttpClient, type HttpClientOptions } from '../../../src/net/http-client.ts';
import type { OutgoingPost } from '../../../src/notify/delivery/outcome.ts';
import type { Notice } from '../../../src/notify/notice.ts';
import { noProxies } from '../../support/no-proxies.ts';

/** What a peer was sent. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Peer {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly port: number;
  /** Complete requests, in the order of their arrival. */
  readonly received: Received[];
  /** The next complete request, counted from the first. */
  arrival(index: number): Promise<Received>;
}

type Answer = (response: ServerResponse, request: Received, index: number) => void;

/** A real HTTP server on loopback that answers as it is told; closed with the test. */
export async function httpPeer(answer: Answer): Promise<Peer> {
  const received: Received[] = [];
  const waiting = new Map<number, (request: Received) => void>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url: path = '', headers } = request;
    const one = { method, path, headers, body: Buffer.concat(chunks).toString('utf8') };
    const index = received.push(one) - 1;
    waiting.get(index)?.(one);
    answer(response, one, index);
  });
  const port = await listening(server);
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    received,
    arrival: (index) =>
      new Promise((resolve) => {
        const there = received[index];
        if (there === undefined) waiting.set(index, resolve);
        else resolve(there);
      }),
  };
}

/** A TCP server that does what it is told with each connection. */
export async function tcpPeer(
  handle: (socket: Socket) => void,
): Promise<{ readonly url: string; readonly port: number }> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    handle(socket);
  });
  const port = await listening(server);
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${port}`, port };
}

/** A port that nothing listens on. */
export async function closedPort(): Promise<number> {
  const server = createTcpServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

/** Names that resolve to what the test says, all others as the system says. */
export function namesResolving(names: Readonly<Record<string, readonly string[]>>): LookupFunction {
  return (hostname, options, callback) => {
    const addresses = names[hostname];
    if (addresses === undefined) return systemLookup(hostname, options, callback);
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
}

export function httpClient(options: Partial<HttpClientOptions> = {}): HttpClient {
  const client = createHttpClient({
    ...{ allowInternal: true, lookup: systemLookup, proxies: noProxies },
    ...options,
  });
  onTestFinished(() => client.close());
  return client;
}

/** The last of them is critical. */
export function manyItems(items: number, name = 'svc'): Notice {
  return {
    ...{ severity: 'critical', state: 'open', thread: 'x', url: 'https://o.example/all', items_total: items },
    items: Array.from({ length: items }, (_, n) => ({
      ...{ type: 'credential', id: n, name: `${name}-${n}`, text: 'ends today' },
      severity: n === items - 1 ? ('critical' as const) : ('high' as const),
      url: `https://o.example/${n}`,
    })),
  };
}

export function post(change: Partial<OutgoingPost> = {}): OutgoingPost {
  return {
    id: '0b8f6a52-6f0e-4b6e-9df2-1c1f0f6a7a11',
    subject: 'License expiring: Figma',
    text: '*License*\n\nIt ends on *5 December*.',
    attempt: 1,
    possibleRepeat: false,
    createdAt: new Date('2026-11-24T09:30:00.000Z'),
    event: 'LICENSE_EXPIRING',
    communicationId: 41,
    targetType: 'license',
    targetId: 7,
    recipientEmail: 'ana@example.com',
    recipientName: 'Ana',
    run: null,
    notice: null,
    ...change,
  };
}
