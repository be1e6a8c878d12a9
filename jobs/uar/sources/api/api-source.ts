import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import type { Download, Downloader } from '../../../../src/net/downloader.ts';
import { DownloadFault } from '../../../../src/net/downloader.ts';
import type { NetworkFault } from '../../../../src/net/guarded-connector.ts';
import { retryAfterMs } from '../../../../src/notify/channels/http-outcome.ts';
import type { Clock } from '../../../../src/time/clock.ts';
import { decodeText, NotText } from '../csv/decode.ts';
import { itemsTable, makeItemsTable, stageObjects } from '../json/stage-objects.ts';
import type { SourceSettings } from '../settings.ts';
import { InconclusiveSource, type LoadedSource, type OpenSource } from '../source.ts';
import { copyItems } from '../staging.ts';
import type { ApiConfig } from './config.ts';
import { JsonListScanner, NotTheList } from './json-list.ts';
import { firstPage, nextPage } from './next-page.ts';
import { Spool } from './spool.ts';

/*
 * An HTTPS API as one side. All pages are read into a private file before any transaction begins, so that no transaction waits for
 * the network; the answers come as a stream and are never held.
 *
 * | what happens                                              | what becomes of it                          |
 * | 429 or 503 with Retry-After                               | waited for, up to two minutes, five times a page |
 * | any other status but 200, a redirect, no answer in time   | inconclusive                                |
 * | an answer that is cut off, no JSON, or not the list       | inconclusive                                |
 * | a page on another host, or one that was there before      | inconclusive                                |
 * | more than api_max_pages pages or api_max_rows rows        | inconclusive: nothing is cut off            |
 * | a secret that is not bound to the host                    | inconclusive; it is not sent                |
 *
 * Not promised: that the pages belong to one instant; an API that shifts rows between pages while they are read does so here.
 */

const longestPage = 256 * 1024 * 1024;
const pageMs = 300_000;
const longestWaitMs = 120_000;
const mostWaits = 5;

/** The way to other hosts. */
export interface SourceWeb {
  /** Closed by who opened it. */
  open(): Promise<Downloader>;
  /** Loopback and private networks may be asked; `http:` then is enough for this machine itself. */
  readonly allowsPrivate: boolean;
}

export interface ApiDeps {
  readonly settings: SourceSettings;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly web: SourceWeb;
  /** The value of `OPSDECK_JOBS_SECRET_<name>`. */
  secret(name: string): string | undefined;
  /** Resolves after that time, and rejects when the signal is aborted. Default: the process's. */
  sleep?(ms: number, signal: AbortSignal): Promise<void>;
}

/** What the pages were. */
interface Fetched {
  readonly sha256: string;
  readonly extractedAt: Date;
  readonly asOf: Date | null;
}

/** Reads every page. @throws InconclusiveSource; whatever the signal was aborted with. */
export async function openApi(config: ApiConfig, deps: ApiDeps): Promise<OpenSource> {
  checkScheme(config.url, deps.web.allowsPrivate);
  const headers = requestHeaders(config, deps);
  const spool = await Spool.open();
  const downloader = await deps.web.open();
  try {
    const fetched = await new PageReader(config, deps, downloader, headers, spool).readAll();
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
    load: async (trx, table) => {
      await makeItemsTable(trx, table);
      const rows = Readable.from(spool.read(), { objectMode: false });
      await copyItems(trx, itemsTable(table), rows, `The answer of ${host}`);
      const { columns, rows: count } = await stageObjects(trx, table, `The answer of ${host}`);
      return { columns, rows: count, sha256, extractedAt, asOf, warnings: [] } satisfies LoadedSource;
    },
    close: async () => {
      if (open) await spool.close();
      open = false;
    },
  };
}

function checkScheme(url: URL, allowsPrivate: boolean): void {
  const thisMachine = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && allowsPrivate && thisMachine)) return;
  throw new InconclusiveSource(`The address of the API source at ${url.host} must begin with https://.`);
}

function requestHeaders(config: ApiConfig, { settings, secret }: ApiDeps): Record<string, string> {
  const headers: Record<string, string> = { accept: 'application/json', ...config.headers };
  if (config.secret === undefined) return headers;
  const variable = `OPSDECK_JOBS_SECRET_${config.secret}`;
  const hosts = (settings.api_hosts[config.secret] ?? []).map((host) => host.toLowerCase());
  if (!hosts.includes(config.url.hostname.replace(/^\[|\]$/g, ''))) {
    throw new InconclusiveSource(
      `The secret ${config.secret} may not be sent to ${config.url.hostname}: add the host to jobs.uar.settings.api_hosts.${config.secret} if it may.`,
    );
  }
  const value = secret(config.secret);
  if (value === undefined) throw new InconclusiveSource(`The secret ${variable} is not set.`);
  if (!/^[\x20-\x7e]+$/.test(value))
    throw new InconclusiveSource(`The secret ${variable} holds a character that no header can have.`);
  const usual = /^authorization$/i.test(config.secret_header) ? 'Bearer ' : '';
  return { ...headers, [config.secret_header]: `${config.secret_prefix ?? usual}${value}` };
}

class PageReader {
  readonly #config: ApiConfig;
  readonly #deps: ApiDeps;
  readonly #downloader: Downloader;
  readonly #headers: Record<string, string>;
  readonly #spool: Spool;
  readonly #hash = createHash('sha256');
  /** SHA-256 of the pages with items, and their addresses. */
  readonly #seen = new Set<string>();
  #rows = 0;
  #asOf: Date | null = null;

  constructor(
    config: ApiConfig,
    deps: ApiDeps,
    downloader: Downloader,
    headers: Record<string, string>,
    spool: Spool,
  ) {
    this.#config = config;
    this.#deps = deps;
    this.#downloader = downloader;
    this.#headers = headers;
    this.#spool = spool;
  }

  async readAll(): Promise<Fetched> {
    const { settings, clock } = this.#deps;
    const { url: configured, pagination } = this.#config;
    const extractedAt = clock.now();
    const first = firstPage(configured, pagination);
    let url: URL | undefined = first;
    for (let number = 0; url !== undefined; number += 1) {
      if (number === settings.api_max_pages)
        throw this.#wrong(number, `there are more than ${number} pages (api_max_pages)`);
      if (url.origin !== first.origin) throw this.#wrong(number, 'the page is on another host');
      this.#onlyOnce(`address ${url.href}`, number);
      url = await this.#readPage(first, url, number);
    }
    return { sha256: this.#hash.digest('hex'), extractedAt, asOf: this.#asOf };
  }

  /** @returns the address of the next page. */
  async #readPage(first: URL, url: URL, number: number): Promise<URL | undefined> {
    const answer = await this.#ask(url, number);
    const { pagination, items = [] } = this.#config;
    const scanner = new JsonListScanner({
      path: items,
      cursor: pagination.type === 'cursor' ? pagination.path : undefined,
      rowsBefore: this.#rows,
    });
    const page = createHash('sha256');
    try {
      for await (const bytes of decodeText(this.#hashed(answer.body, page), 'utf-8', noNotes)) {
        await this.#spool.write(scanner.write(bytes));
        if (this.#rows + scanner.items > this.#deps.settings.api_max_rows)
          throw this.#wrong(
            number,
            `there are more than ${this.#deps.settings.api_max_rows} rows (api_max_rows)`,
          );
      }
      scanner.end();
    } catch (error) {
      throw this.#unusable(error, number);
    }
    this.#rows += scanner.items;
    if (scanner.items > 0) this.#onlyOnce(`content ${page.digest('hex')}`, number);
    if (number === 0) this.#asOf = instantOf(answer.headers['last-modified']);
    try {
      const { cursor } = scanner;
      return nextPage(first, url, pagination, number, {
        items: scanner.items,
        cursor,
        link: answer.headers['link'],
      });
    } catch {
      throw this.#wrong(number, 'what it says about the next page is no address');
    }
  }

  async *#hashed(body: AsyncGenerator<Buffer>, page: ReturnType<typeof createHash>): AsyncGenerator<Buffer> {
    for await (const bytes of body) {
      this.#hash.update(bytes);
      page.update(bytes);
      yield bytes;
    }
  }

  /** An answer with status 200. */
  async #ask(url: URL, number: number): Promise<Download> {
    const { signal, clock, sleep = processSleep } = this.#deps;
    for (let waits = 0; ; waits += 1) {
      const answer = await this.#downloader.get({
        url,
        headers: this.#headers,
        signal,
        totalMs: pageMs,
        longestBody: longestPage,
      });
      signal.throwIfAborted();
      if (answer.kind === 'fault') throw this.#wrong(number, faultSentence(answer));
      if (answer.status === 200) return answer;
      await answer.discard();
      const wait =
        answer.status === 429 || answer.status === 503 ? retryAfterMs(answer, clock.now()) : undefined;
      if (wait === undefined || wait > longestWaitMs || waits === mostWaits)
        throw this.#wrong(number, statusSentence(answer.status));
      await sleep(wait, signal);
    }
  }

  #onlyOnce(what: string, number: number): void {
    if (this.#seen.has(what))
      throw this.#wrong(number, 'the page is one that came before: the pages never end');
    this.#seen.add(what);
  }

  #unusable(error: unknown, number: number): unknown {
    if (error instanceof NotTheList) return this.#wrong(number, `the answer ${error.message}`);
    if (error instanceof NotText) return this.#wrong(number, 'the answer is not UTF-8 text');
    return error instanceof DownloadFault ? this.#wrong(number, faultSentence(error)) : error;
  }

  /** Without the address: its parameters may hold what is nobody's business. */
  #wrong(number: number, reason: string): InconclusiveSource {
    return new InconclusiveSource(`The API at ${this.#config.url.host}, page ${number + 1}: ${reason}.`);
  }
}

const processSleep = (ms: number, signal: AbortSignal): Promise<void> => wait(ms, undefined, { signal });
const noNotes = { guessedWindows1252: () => undefined };

function instantOf(header: string | undefined): Date | null {
  const time = Date.parse(header ?? '');
  return Number.isNaN(time) ? null : new Date(time);
}

function statusSentence(status: number): string {
  if (status === 401 || status === 403)
    return `it answered ${status}: the secret is missing, wrong or not allowed this`;
  if (status === 429)
    return 'it answered 429: there were too many requests, and it names no wait that is short enough';
  if (status >= 300 && status < 400) return `it answered ${status}; redirects are not followed`;
  if (status >= 500) return `it answered ${status}: it is out of order`;
  return `it answered ${status} instead of 200`;
}

function faultSentence({
  fault,
  detail,
}: {
  readonly fault: NetworkFault['fault'] | 'too_long';
  readonly detail?: string;
}): string {
  switch (fault) {
    case 'too_long':
      return `the answer is longer than ${longestPage / 1024 / 1024} MB`;
    case 'destination_refused':
      return `it may not be asked: ${detail ?? 'its address is not allowed'}`;
    case 'no_connection':
      return `there was no connection${detail === undefined ? '' : ` (${detail})`}`;
    case 'tls':
      return `its certificate was not accepted${detail === undefined ? '' : ` (${detail})`}`;
    case 'timed_out':
      return 'it did not answer in time';
    case 'lost':
      return 'the connection was lost before the answer was whole';
    case 'aborted':
      return 'the run was stopped';
    case 'invalid_url':
      return 'its address cannot be used';
    default:
      return fault satisfies never;
  }
}
