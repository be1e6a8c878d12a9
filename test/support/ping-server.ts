import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { onTestFinished } from 'vitest';

/** What a ping server was sent. */
export interface ReceivedPing {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly body: string;
  readonly authorization: string | undefined;
}

export interface PingServer {
  /** An address for a job, without a slash at its end. */
  readonly url: string;
  /** Oldest first, as they came in; also those that were not answered. */
  readonly received: readonly ReceivedPing[];
  /** Resolves when so many have come in. */
  receivedAtLeast(count: number): Promise<void>;
  /** Sockets that are open. */
  connections(): Promise<number>;
}

/** Answers a status code, or null: never. `number`: the how many-eth ping it is, from 0 on. */
export type AnswerPing = (ping: ReceivedPing, number: number) => number | null;

/** A real server in the place of healthchecks; closed at the end of the test. */
export async function startPingServer(answer: AnswerPing = () => 200): Promise<PingServer> {
  const received: ReceivedPing[] = [];
  const server = createServer(async (request, response) => {
    const ping = {
      method: request.method ?? '',
      path: request.url ?? '',
      body: await bodyOf(request),
      authorization: request.headers.authorization,
    };
    received.push(ping);
    server.emit('ping');
    const status = answer(ping, received.length - 1);
    if (status !== null) response.writeHead(status).end('OK');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return {
    url: `http://127.0.0.1:${address.port}/ping/0f3c1a`,
    received,
    receivedAtLeast: async (count) => {
      while (received.length < count) await once(server, 'ping');
    },
    connections: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
      ),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}
