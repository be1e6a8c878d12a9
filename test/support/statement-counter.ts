import { type DatabaseProxy, startDatabaseProxy } from './database-proxy.ts';

export interface StatementCounter extends Pick<DatabaseProxy, 'url' | 'close'> {
  /** Statements sent since the last call: simple queries and parsed ones, transaction control included. */
  take(): number;
}

const sslRequest = 80_877_103;

/**
 * A proxy in front of PostgreSQL that reads the client's side of the protocol and counts statements: independent of what
 * the program under test says about itself.
 */
export async function startStatementCounter(url: string): Promise<StatementCounter> {
  let count = 0;
  const proxy = await startDatabaseProxy(url, (client) => {
    const countIn = frontendReader((type) => {
      if (type === 'Q' || type === 'P') count += 1;
    });
    client.on('data', countIn);
    return true;
  });
  return {
    url: proxy.url,
    take: () => {
      const taken = count;
      count = 0;
      return taken;
    },
    close: proxy.close,
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
