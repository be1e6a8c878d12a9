import type { HttpAnswer, HttpBodyFault, HttpFault, HttpGet } from '../notify/channels/http-client.ts';
import type { RunEnvironment } from './run-environment.ts';

/** Reads from other hosts, guarded as messages are: see `src/notify/channels/http-client.ts`. Redirects are not followed. */
export interface Web {
  /** Never rejects. Aborted with the run. */
  get(request: Omit<HttpGet, 'signal'>): Promise<HttpAnswer | HttpFault | HttpBodyFault>;
  /** Whether hosts on loopback and private networks may be asked. */
  readonly allowsPrivate: boolean;
}

/** For one run; loaded, and connected, when the run asks. */
export function webOf({ config }: Pick<RunEnvironment, 'config'>, signal: AbortSignal): Web {
  const allowsPrivate = config.allowPrivateDestinations;
  return {
    allowsPrivate,
    get: async (request) => {
      const [{ createHttpClient }, { lookup }] = await Promise.all([
        import('../notify/channels/http-client.ts'),
        import('node:dns'),
      ]);
      const client = createHttpClient({ allowInternal: allowsPrivate, lookup });
      try {
        return await client.get({ ...request, signal });
      } finally {
        await client.close();
      }
    },
  };
}
