import { ExitCode } from '../errors/exit-code.ts';
import { OperatorError } from '../errors/operator-error.ts';
import type { HttpClient } from '../net/http-client.ts';
import type { NetworkSettings } from '../net/network-of.ts';
import type { Web } from './context.ts';

/** For one run; loaded, and connected, when the run asks. */
export function webOf(settings: NetworkSettings, signal: AbortSignal): Web {
  return {
    allowsPrivate: settings.allowPrivateDestinations,
    get: (request) => withClient(settings, (client) => client.get({ ...request, signal })),
    post: (request) => withClient(settings, (client) => client.post({ ...request, signal })),
    open: async () => {
      const [{ createDownloader }, { networkOf }] = await Promise.all([
        import('../net/downloader.ts'),
        import('../net/network-of.ts'),
      ]);
      return createDownloader(networkOf(settings));
    },
  };
}

async function withClient<T>(
  settings: NetworkSettings,
  work: (client: HttpClient) => Promise<T>,
): Promise<T> {
  const [{ createHttpClient }, { networkOf }] = await Promise.all([
    import('../net/http-client.ts'),
    import('../net/network-of.ts'),
  ]);
  const client = createHttpClient(networkOf(settings));
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

/** The code of a run that needs another host and may ask none. */
export const offlineCode = 'offline';

/** For `--offline`: what is asked for ends the run; a source of several is unreachable. */
export const offlineWeb: Web = {
  allowsPrivate: false,
  get: async () => {
    throw new OperatorError({
      code: offlineCode,
      message: 'It reads from another host, which --offline forbids.',
      next: 'Leave out --offline.',
      exitCode: ExitCode.unavailable,
    });
  },
  post: async () => ({ kind: 'fault', fault: 'no_connection', detail: '--offline', requested: false }),
  open: async () => ({
    get: async () => ({ kind: 'fault', fault: 'no_connection', detail: '--offline' }),
    close: async () => undefined,
  }),
};
