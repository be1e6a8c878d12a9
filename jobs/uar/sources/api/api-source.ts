import { Readable } from 'node:stream';
import { Spool } from '../../../../src/files/spool.ts';
import type { LoadedSource, OpenSource } from '../../../../src/sources/source.ts';
import { copyItems } from '../../../../src/sources/staging.ts';
import { itemsTable, makeItemsTable, stageObjects } from '../json/stage-objects.ts';
import type { ApiDeps } from './api-deps.ts';
import type { ApiConfig } from './config.ts';
import { openCredentials } from './credentials.ts';
import { type Fetched, PageReader } from './read-pages.ts';

/*
 * An HTTPS API as one side. All pages are read into a private file before any transaction begins, so that no transaction waits for
 * the network; the answers come as a stream and are never held.
 *
 * | what happens                                              | what becomes of it                          |
 * | 429, 503 with Retry-After, 403 with a used-up limit       | waited for, up to two minutes, five times a page |
 * | any other status but 200, a redirect, no answer in time   | inconclusive                                |
 * | an answer that is cut off, no JSON, or not the list       | inconclusive                                |
 * | a page on another host, or one that was there before      | inconclusive                                |
 * | more that follows, or a total that is not the rows read   | inconclusive                                |
 * | a setting for the next page that no answer has            | inconclusive, unless it may be absent       |
 * | more than api_max_pages, api_max_rows or api_max_megabytes | inconclusive: nothing is cut off           |
 * | an item of more than 16 MB                                | inconclusive                                |
 * | a secret that is not bound to scheme, host and port       | inconclusive; it is not sent                |
 * | a token that ends, or is refused (401)                    | renewed, once a page; refused again: inconclusive |
 *
 * Not promised: that the pages belong to one instant; an API that shifts rows between pages while they are read does so here.
 */

/** Reads every page. @throws InconclusiveSource; whatever the signal was aborted with. */
export async function openApi(config: ApiConfig, deps: ApiDeps): Promise<OpenSource> {
  const credentials = openCredentials(config, deps);
  const spool = await Spool.open();
  const downloader = await deps.web.open();
  try {
    const fetched = await new PageReader(config, deps, downloader, credentials, spool).readAll();
    return spooled(spool, fetched, config.url.host);
  } catch (error) {
    await spool.close();
    deps.signal.throwIfAborted();
    throw error;
  } finally {
    await downloader.close();
  }
}

function spooled(spool: Spool, { sha256, extractedAt, asOf }: Fetched, host: string): OpenSource {
  let open = true;
  return {
    load: async (trx, table, choose) => {
      await makeItemsTable(trx, table);
      const rows = Readable.from(spool.read(), { objectMode: false });
      await copyItems(trx, itemsTable(table), rows, `The answer of ${host}`);
      const staged = await stageObjects(trx, table, `The answer of ${host}`, choose);
      return { ...staged, sha256, extractedAt, asOf, warnings: [] } satisfies LoadedSource;
    },
    close: async () => {
      if (open) await spool.close();
      open = false;
    },
  };
}
