import type { Web } from './context.ts';

/** For one run; loaded, and connected, when the run asks. */
export function webOf(allowsPrivate: boolean, signal: AbortSignal): Web {
  return {
    allowsPrivate,
    get: async (request) => {
      const [{ createHttpClient }, { lookup }] = await Promise.all([
        import('../net/http-client.ts'),
        import('node:dns'),
      ]);
      const client = createHttpClient({ allowInternal: allowsPrivate, lookup });
      try {
        return await client.get({ ...request, signal });
      } finally {
        await client.close();
      }
    },
    open: async () => {
      const [{ createDownloader }, { lookup }] = await Promise.all([
        import('../net/downloader.ts'),
        import('node:dns'),
      ]);
      return createDownloader({ allowInternal: allowsPrivate, lookup });
    },
  };
}
