import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { ListenAddress } from '../config/config.ts';
import { limitConnections } from './limit-connections.ts';
import { listenFailed } from './listen-address.ts';

export interface PageServer {
  /** Where it listens, with the port that was chosen. */
  readonly address: ListenAddress;
  /** Answers what was asked, and leaves nothing open. */
  close(): Promise<void>;
}

/** Nobody who asks needs longer than this. */
const limits = {
  headersTimeout: 2_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 8_192,
} as const;

/** How long a closing server waits for answers that are being written. */
const closeGraceMs = 1_000;

/**
 * Listens for requests.
 *
 * @param onError called with what goes wrong later, such as too many open files while a connection comes in: the pages suffer, the
 *   process does not.
 * @throws OperatorError `listen_failed` (exit 2).
 */
export async function openPageServer(
  answer: Parameters<typeof getRequestListener>[0],
  wanted: ListenAddress,
  onError: (error: Error) => void,
): Promise<PageServer> {
  const server = createServer(limits, getRequestListener(answer, { overrideGlobalObjects: false }));
  limitConnections(server);
  const address = await listen(server, wanted);
  server.on('error', onError);
  return { address, close: () => close(server) };
}

const reasons: Readonly<Record<string, readonly [reason: string, next: string]>> = {
  EADDRINUSE: [
    'another program listens there already',
    'Give --listen another port, or stop the other program.',
  ],
  EADDRNOTAVAIL: ['this machine has no such address', 'Give --listen an address of this machine.'],
  EACCES: ['this user may not use that port', 'Give --listen a port from 1024 up.'],
};

function listen(server: Server, wanted: ListenAddress): Promise<ListenAddress> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      const [reason, next] = reasons[error.code ?? ''] ?? [error.message, 'Give --listen another address.'];
      reject(listenFailed(wanted, reason, next));
    };
    server.once('error', onError);
    server.listen({ host: wanted.host, port: wanted.port, exclusive: true }, () => {
      server.off('error', onError);
      const bound = server.address();
      resolve(
        typeof bound === 'object' && bound !== null ? { host: bound.address, port: bound.port } : wanted,
      );
    });
  });
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), closeGraceMs);
  await closed;
  clearTimeout(timer);
}
