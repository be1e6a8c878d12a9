import { connect as connectTo, createServer, type Socket } from 'node:net';

export interface StallingProxy {
  /** URL of the same database through the proxy. */
  readonly url: string;
  /** From now on nothing is forwarded, on old and new connections, and none is closed: a network that swallows everything. */
  swallow(): void;
  /** New connections go through again; the old ones stay as they are. */
  letNewThrough(): void;
  close(): Promise<void>;
}

/** A proxy in front of PostgreSQL that can turn into a black hole. */
export async function startStallingProxy(url: string): Promise<StallingProxy> {
  const target = new URL(url);
  let swallowing = false;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    keep(client);
    if (swallowing) return;
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
    swallow: () => {
      swallowing = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    letNewThrough: () => {
      swallowing = false;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
