import type { Server } from 'node:http';
import type { Socket } from 'node:net';

const mostConnections = 64;

/**
 * Keeps a server from being filled with requests that never become whole: beyond the most connections, the oldest one that has
 * nothing to answer is dropped for the new one. The new one is, where all are being answered.
 */
export function limitConnections(server: Server): void {
  /** Without a whole request, oldest first. */
  const waiting = new Set<Socket>();
  const answering = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    waiting.add(socket);
    socket.once('close', () => {
      waiting.delete(socket);
      answering.delete(socket);
    });
    if (waiting.size + answering.size <= mostConnections) return;
    const [oldest] = waiting;
    oldest?.destroy();
  });
  server.on('request', ({ socket }, response) => {
    waiting.delete(socket);
    answering.add(socket);
    response.once('close', () => {
      // Kept alive, it waits for the next request, as one that has just come.
      if (answering.delete(socket) && !socket.destroyed) waiting.add(socket);
    });
  });
}
