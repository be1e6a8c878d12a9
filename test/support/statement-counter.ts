import { connect as connectTo, createServer, type Socket } from 'node:net';

export interface StatementCounter {
  /** URL of the same database through the counter. */
  readonly url: string;
  /** Statements sent since the last call: simple queries and parsed ones, transaction control included. */
  take(): number;
  close(): Promise<void>;
}

const sslRequest = 80_877_103;

/**
 * A proxy in front of PostgreSQL that reads the client's side of the protocol and counts statements: independent of what
 * the program under test says about itself.
 */
export async function startStatementCounter(url: string): Promise<StatementCounter> {
  const target = new URL(url);
  let count = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connectTo(Number(target.port), target.hostname);
    const countIn = frontendReader((type) => {
      if (type === 'Q' || type === 'P') count += 1;
    });
    client.on('data', countIn);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => sockets.delete(from));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  const through = new URL(url);
  through.host = `127.0.0.1:${address.port}`;
  return {
    url: through.href,
    take: () => {
      const taken = count;
      count = 0;
      return taken;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Cuts a client's bytes into protocol messages. The first has no type, and may come again after an SSL request. */
function frontendReader(onMessage: (type: string) => void): (bytes: Buffer) => void {
  let rest = Buffer.alloc(0);
  let started = false;
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    for (;;) {
      const lengthAt = started ? 1 : 0;
      if (rest.length < lengthAt + 4) return;
      const end = lengthAt + rest.readInt32BE(lengthAt);
      if (rest.length < end) return;
      if (started) onMessage(rest.toString('latin1', 0, 1));
      else if (rest.length < 8 || rest.readInt32BE(4) !== sslRequest) started = true;
      rest = rest.subarray(end);
    }
  };
}
