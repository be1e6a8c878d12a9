import { lookup } from 'node:dns';
import type { SourceDeps } from '../../../../jobs/uar/sources/open-source.ts';
import { sourceSettings } from '../../../../jobs/uar/sources/settings.ts';
import { createDownloader } from '../../../../src/net/downloader.ts';
import { systemClock } from '../../../../src/time/clock.ts';
import { noProxies } from '../../../support/no-proxies.ts';

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
    web: {
      allowsPrivate: true,
      open: () => Promise.resolve(createDownloader({ allowInternal: true, lookup, proxies: noProxies })),
    },
    secret: () => undefined,
    ...rest,
  };
}
