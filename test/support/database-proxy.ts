import { connect as connectTo, createServer, type Socket } from 'node:net';

export interface DatabaseProxy {
  /** URL of the same database through the proxy. */
  readonly url: string;
  /** Of both sides, as long as they are open. */
  readonly sockets: ReadonlySet<Socket>;
  close(): Promise<void>;
}

/**
 * A proxy in front of PostgreSQL.
 *
 * @param admit asked for each client; false: it is kept, and led nowhere
 */
export async function startDatabaseProxy(
  url: string,
  admit: (client: Socket) => boolean,
): Promise<DatabaseProxy> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    keep(client);
    if (!admit(client)) return;
    const upstream = connectTo(Number(target.port), target.hostname);
    keep(upstream);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.pipe(to);
      from.on('close', () => {
        if (from.readableFlowing !== false) to.destroy();
      });
    }
  });

  function keep(socket: Socket): void {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  const through = new URL(url);
  through.host = `127.0.0.1:${address.port}`;
  return {
    url: through.href,
    sockets,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
