import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Spool } from '../../../../src/files/spool.ts';
import { decodeText } from '../../../../src/import/decode-text.ts';
import { NotText } from '../../../../src/import/not-text.ts';
import { type Download, type Downloader, DownloadFault } from '../../../../src/net/downloader.ts';
import { InconclusiveSource } from '../../../../src/sources/source.ts';
import type { ApiDeps } from './api-deps.ts';
import type { ApiConfig } from './config.ts';
import type { Credentials } from './credentials.ts';
import { JsonListScanner } from './json-list.ts';
import { UnclearLink } from './link-header.ts';
import { firstPage, nextPage } from './next-page.ts';
import { NotTheList } from './not-the-list.ts';
import { Claims, Contradiction, failureOf, wantedValues } from './page-claims.ts';
import { waitBefore } from './rate-limit.ts';
import { faultSentence, longestPage, statusSentence } from './sentences.ts';

const pageMs = 300_000;

/** What the pages were. */
export interface Fetched {
  readonly sha256: string;
  readonly extractedAt: Date;
  readonly asOf: Date | null;
}

const processSleep = (ms: number, signal: AbortSignal): Promise<void> => wait(ms, undefined, { signal });
const noNotes = { guessedWindows1252: () => undefined };

/** Reads the pages of an API, once, into a spool. */
export class PageReader {
  readonly #config: ApiConfig;
  readonly #deps: ApiDeps;
  readonly #downloader: Downloader;
  readonly #credentials: Credentials;
  readonly #spool: Spool;
  readonly #claims: Claims;
  readonly #hash = createHash('sha256');
  /** SHA-256 of the items of each page that has some, and the addresses. */
  readonly #seen = new Set<string>();
  #rows = 0;
  #asOf: Date | null = null;

  constructor(
    config: ApiConfig,
    deps: ApiDeps,
    downloader: Downloader,
    credentials: Credentials,
    spool: Spool,
  ) {
    this.#config = config;
    this.#deps = deps;
    this.#downloader = downloader;
    this.#credentials = credentials;
    this.#spool = spool;
    this.#claims = new Claims(config);
  }

  /** @throws InconclusiveSource; what the signal was aborted with. */
  async readAll(): Promise<Fetched> {
    const { settings, clock } = this.#deps;
    const { url: configured, pagination } = this.#config;
    const extractedAt = clock.now();
    const first = firstPage(configured, pagination);
    let url: URL | undefined = first;
    for (let number = 0; url !== undefined; number += 1) {
      if (number === settings.api_max_pages)
        throw this.#wrong(number, `there are more than ${number} pages (api_max_pages)`);
      const elsewhere = elsewhereThan(first, url);
      if (elsewhere !== undefined) throw this.#wrong(number, elsewhere);
      this.#onlyOnce(`address ${url.href}`, number);
      url = await this.#readPage(first, url, number);
    }
    return { sha256: this.#hash.digest('hex'), extractedAt, asOf: this.#asOf };
  }

  /** @returns the address of the next page. */
  async #readPage(first: URL, url: URL, number: number): Promise<URL | undefined> {
    const answer = await this.#ask(url, number);
    const { pagination, items = [[]] } = this.#config;
    const scanner = new JsonListScanner({ list: items, values: wantedValues(this.#config) });
    const content = createHash('sha256');
    try {
      for await (const bytes of decodeText(this.#hashed(answer.body), 'utf-8', noNotes)) {
        const rows = scanner.write(bytes);
        content.update(rows);
        await this.#spool.write(rows);
        this.#checkSize(this.#rows + scanner.items, number);
      }
      scanner.end();
    } catch (error) {
      throw this.#unusable(error, number, scanner);
    }
    this.#rows += scanner.items;
    if (scanner.items > 0) this.#onlyOnce(`content ${content.digest('hex')}`, number);
    if (number === 0) this.#asOf = instantOf(answer.headers['last-modified']);
    const link = answer.headers['link'];
    try {
      const cursor = this.#claims.read(scanner, answer.headers);
      const next = nextPage(first, url, pagination, number, {
        items: scanner.items,
        itemsSoFar: this.#rows,
        cursor,
        link,
        total: this.#claims.total,
      });
      if (next === undefined) this.#claims.check(this.#rows, { scanner, link });
      return next;
    } catch (error) {
      if (error instanceof Contradiction || error instanceof UnclearLink)
        throw this.#wrong(number, error.message);
      throw this.#wrong(number, 'its next page is not an address');
    }
  }

  #checkSize(rows: number, number: number): void {
    const { api_max_rows: mostRows, api_max_megabytes: most } = this.#deps.settings;
    if (rows > mostRows) throw this.#wrong(number, `there are more than ${mostRows} rows (api_max_rows)`);
    if (this.#spool.bytes > most * 1024 * 1024)
      throw this.#wrong(number, `the rows have more than ${most} MB (api_max_megabytes)`);
  }

  async *#hashed(body: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
    for await (const bytes of body) {
      this.#hash.update(bytes);
      yield bytes;
    }
  }

  /** An answer with status 200. */
  async #ask(url: URL, number: number): Promise<Download> {
    const { signal, clock, sleep = processSleep } = this.#deps;
    let waits = 0;
    let renewed = false;
    for (;;) {
      const headers = await this.#credentials.headers();
      const answer = await this.#downloader.get({
        url,
        headers,
        signal,
        totalMs: pageMs,
        longestBody: longestPage,
      });
      signal.throwIfAborted();
      if (answer.kind === 'fault') throw this.#wrong(number, faultSentence(answer));
      if (answer.status === 200) return answer;
      await answer.discard();
      if (answer.status === 401 && this.#credentials.kind === 'token' && !renewed) {
        await this.#credentials.headers(true);
        renewed = true;
        continue;
      }
      const wait = waitBefore(answer, waits, clock.now());
      if (wait === undefined)
        throw this.#wrong(number, statusSentence(answer.status, this.#credentials.kind));
      waits += 1;
      await sleep(wait, signal);
    }
  }

  #onlyOnce(what: string, number: number): void {
    if (this.#seen.has(what))
      throw this.#wrong(number, 'the page is one that came before: the pages never end');
    this.#seen.add(what);
  }

  #unusable(error: unknown, number: number, scanner: JsonListScanner): unknown {
    if (error instanceof NotTheList)
      return this.#wrong(number, failureOf(scanner) ?? `the answer ${error.message}`);
    if (error instanceof NotText) return this.#wrong(number, 'the answer is not UTF-8 text');
    return error instanceof DownloadFault ? this.#wrong(number, faultSentence(error)) : error;
  }

  /** Without the address: its parameters may hold what is nobody's business. */
  #wrong(number: number, reason: string): InconclusiveSource {
    return new InconclusiveSource(`The API at ${this.#config.url.host}, page ${number + 1}: ${reason}.`);
  }
}

/** Why the page may not be read where the answer says it is; a clause. */
function elsewhereThan(first: URL, url: URL): string | undefined {
  if (url.origin === first.origin) return undefined;
  if (url.hostname !== first.hostname) return 'the page is on another host';
  if (url.protocol !== first.protocol)
    return `the page has another scheme than the first one: ${url.protocol.slice(0, -1)} instead of ${first.protocol.slice(0, -1)}`;
  return 'the page is on another port of the host';
}

function instantOf(header: string | undefined): Date | null {
  const time = Date.parse(header ?? '');
  return Number.isNaN(time) ? null : new Date(time);
}
