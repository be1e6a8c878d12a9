import { type DatabaseProxy, startDatabaseProxy } from './database-proxy.ts';

export interface StallingProxy extends Pick<DatabaseProxy, 'url' | 'close'> {
  /** From now on nothing is forwarded, on old and new connections, and none is closed: a network that swallows everything. */
  swallow(): void;
  /** New connections go through again; the old ones stay as they are. */
  letNewThrough(): void;
}

/** A proxy in front of PostgreSQL that can turn into a black hole. */
export async function startStallingProxy(url: string): Promise<StallingProxy> {
  let swallowing = false;
  const proxy = await startDatabaseProxy(url, () => !swallowing);
  return {
    url: proxy.url,
    swallow: () => {
      swallowing = true;
      for (const socket of proxy.sockets) socket.unpipe().pause();
    },
    letNewThrough: () => {
      swallowing = false;
    },
    close: proxy.close,
  };
}
