import { lookup } from 'node:dns';
import type { SourceDeps } from '../../../../jobs/uar/sources/open-source.ts';
import { sourceSettings } from '../../../../jobs/uar/sources/settings.ts';
import { createDownloader } from '../../../../src/net/downloader.ts';
import type { GuardOptions } from '../../../../src/net/guarded-connector.ts';
import { createHttpClient } from '../../../../src/net/http-client.ts';
import { systemClock } from '../../../../src/time/clock.ts';
import { noProxies } from '../../../support/no-proxies.ts';

/** A way to other hosts, also to this machine. */
export function sourceWeb(options: Partial<GuardOptions> = {}): SourceDeps['web'] {
  const network = { allowInternal: true, lookup, proxies: noProxies, ...options };
  return {
    allowsPrivate: network.allowInternal,
    post: async (request) => {
      const http = createHttpClient(network);
      try {
        return await http.post(request);
      } finally {
        await http.close();
      }
    },
    open: () => Promise.resolve(createDownloader(network)),
  };
}

/** What sources need, with these settings, on a database that is not OpsDeck's. */
export function sourceDeps(
  settings: Readonly<Record<string, unknown>> = {},
  rest: Partial<SourceDeps> = {},
): SourceDeps {
  return {
    settings: sourceSettings.parse(settings),
    clock: systemClock,
    mode: 'standalone',
    comparisonId: 1,
    signal: new AbortController().signal,
    web: sourceWeb(),
    secret: () => undefined,
    ...rest,
  };
}
