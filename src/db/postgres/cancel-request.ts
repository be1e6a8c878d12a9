import { connect } from 'node:net';
import type pg from 'pg';

/** How long a cancelled statement may take to end before its connection is cut. */
export const cancelGraceMs = 5000;

/**
 * A cancel request goes over a connection of its own, without login; the server closes it when it has passed the request on,
 * and the promise resolves then, or when that takes too long.
 */
export function sendCancel(
  client: pg.PoolClient,
  { host = 'localhost', port = 5432 }: pg.ClientConfig,
): Promise<void> {
  const processId: unknown = Reflect.get(client, 'processID');
  const secretKey: unknown = Reflect.get(client, 'secretKey');
  if (typeof processId !== 'number' || typeof secretKey !== 'number') return Promise.resolve();
  const request = Buffer.alloc(16);
  request.writeInt32BE(16, 0);
  request.writeInt32BE(80_877_102, 4);
  request.writeInt32BE(processId, 8);
  request.writeInt32BE(secretKey, 12);
  const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
  socket.unref();
  socket.setTimeout(cancelGraceMs, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.once('connect', () => socket.end(request));
  // Read to its end: otherwise the close of the other side is never seen.
  socket.resume();
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
  });
}
