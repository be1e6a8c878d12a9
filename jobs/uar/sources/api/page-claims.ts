import type { ApiConfig } from './config.ts';
import type { JsonListScanner } from './json-list.ts';
import type { FoundValue, JsonPath } from './json-path.ts';
import { nextLink, UnclearLink } from './link-header.ts';

/*
 * What answers claim about the whole list, beside its items: how many there are, and that more follow. A list is complete only when
 * nothing that any answer claimed speaks against it.
 */

/** Names that APIs give the number of all items, where no `total` is configured. */
const usualTotals = ['totalResults', 'total_count', 'totalCount', '@odata.count', 'total'];
const totalHeaders = ['x-total-count', 'x-total'];

const usualFlags = [
  'has_more',
  'hasMore',
  'has_next',
  'hasNext',
  'hasNextPage',
  'isTruncated',
  'IsTruncated',
];
const usualNexts = [
  '@odata.nextLink',
  'nextLink',
  'next',
  'next_page',
  'next_page_url',
  'nextPage',
  'next_cursor',
  'nextCursor',
  'next_page_token',
  'nextPageToken',
  'next_token',
  'nextToken',
  'NextToken',
];
const usualParents = [
  'meta',
  'pagination',
  'paging',
  'page_info',
  'pageInfo',
  'links',
  '_links',
  'response_metadata',
];

const markers: Readonly<Record<string, JsonPath>> = Object.fromEntries(
  [...usualFlags, ...usualNexts].flatMap((name) => [
    [`more ${name}`, [[name]]],
    ...usualParents.map((parent) => [`more ${parent}.${name}`, [[parent, name]]]),
  ]),
);

/** What a scanner must look for. */
export function wantedValues({ pagination, total }: ApiConfig): Readonly<Record<string, JsonPath>> {
  return {
    ...markers,
    'outcome ok': [['ok']],
    'outcome error': [['error']],
    ...(pagination.type === 'cursor' ? { cursor: pagination.path } : {}),
    ...(total === false
      ? {}
      : total === undefined
        ? Object.fromEntries(usualTotals.map((name) => [`total ${name}`, [[name]]]))
        : { total }),
  };
}

/** An answer contradicts the configuration or itself; a clause. */
export class Contradiction extends Error {
  override readonly name = 'Contradiction';
}

/** Gathers what the answers of one list claim. */
export class Claims {
  readonly #config: ApiConfig;
  readonly #totals = new Set<number>();
  #pagingSeen = false;
  #totalSeen = false;

  constructor(config: ApiConfig) {
    this.#config = config;
  }

  /** The number that the list was said to have; undefined: it was not said, or differently. */
  get total(): number | undefined {
    const [one, ...others] = this.#totals;
    return others.length === 0 ? one : undefined;
  }

  /** @returns where the next page begins; as in PageEnd. @throws Contradiction */
  read(scanner: JsonListScanner, headers: Readonly<Record<string, string>>): string | null | undefined {
    const { pagination, total } = this.#config;
    const failure = failureOf(scanner);
    if (failure !== undefined) throw new Contradiction(failure);
    for (const name of usualTotals) this.#addTotal(scanner.value(`total ${name}`), false);
    this.#addTotal(scanner.value('total'), true);
    if (total === undefined) {
      for (const name of totalHeaders) {
        const text = headers[name];
        if (text !== undefined) this.#addTotal({ kind: 'text', text }, false);
      }
    }
    const found = scanner.value('cursor');
    this.#pagingSeen ||= pagination.type === 'link' ? headers['link'] !== undefined : found !== undefined;
    return cursorOf(found);
  }

  #addTotal(found: FoundValue | undefined, configured: boolean): void {
    if (found === undefined) return;
    const text = 'text' in found ? found.text.trim() : '';
    if (/^\d{1,15}$/.test(text)) {
      this.#totals.add(Number(text));
      this.#totalSeen ||= configured;
    } else if (configured && text !== 'null') {
      throw new Contradiction('its total is not a number');
    }
  }

  /** After the last page. @throws Contradiction when the list may have more, or other, items than were read. */
  check(rows: number, last: { readonly scanner: JsonListScanner; readonly link: string | undefined }): void {
    const { pagination, total } = this.#config;
    const more = moreAfter(last);
    if (more !== undefined) throw new Contradiction(more);
    const other = [...this.#totals].find((one) => one !== rows);
    if (other !== undefined) throw new Contradiction(`it states a total of ${other}, and ${rows} were read`);
    if (total !== undefined && total !== false && !this.#totalSeen)
      throw new Contradiction('no answer has the total that is configured');
    if (pagination.type !== 'link' && pagination.type !== 'cursor') return;
    if (this.#pagingSeen || this.#totalSeen || pagination.may_be_absent) return;
    const what = pagination.type === 'link' ? 'a Link header' : `'${pagination.path[0]?.join('.') ?? ''}'`;
    throw new Contradiction(
      `no answer has ${what}, which pagination names; if one page may be the whole list, name its total or set may_be_absent`,
    );
  }
}

/** Why an answer is none although its status is 200, as Slack's (`ok: false`); a clause. */
export function failureOf(scanner: JsonListScanner): string | undefined {
  const ok = scanner.value('outcome ok');
  if (ok?.kind !== 'word' || ok.text !== 'false') return undefined;
  const error = scanner.value('outcome error');
  const code = error !== undefined && 'text' in error ? /^[\w.-]{1,60}$/.exec(error.text)?.[0] : undefined;
  return `it answered that it failed: ok is false${code === undefined ? '' : `, error ${code}`}`;
}

function cursorOf(found: FoundValue | undefined): string | null | undefined {
  if (found === undefined) return undefined;
  if (found.kind === 'text') return found.text === '' ? null : found.text;
  if (found.kind !== 'word')
    throw new Contradiction(`the answer has ${found.kind} where its next page should be`);
  if (/^-?\d/.test(found.text)) return found.text;
  if (found.text === 'null' || found.text === 'false') return null;
  throw new Contradiction(`the answer has '${found.text}' where its next page should be`);
}

/** Why more must follow the last page that was read; a clause. */
function moreAfter({
  scanner,
  link,
}: {
  readonly scanner: JsonListScanner;
  readonly link: string | undefined;
}): string | undefined {
  const marker = Object.keys(markers).find((name) => saysMore(scanner.value(name)));
  if (marker !== undefined)
    return `by its '${marker.slice('more '.length)}' the last answer has more after it, which pagination does not read`;
  try {
    if (nextLink(link ?? '') !== undefined)
      return 'the last answer has a Link header with a next page, which pagination does not read';
  } catch (error) {
    if (error instanceof UnclearLink && /\bnext\b/i.test(link ?? '')) return error.message;
  }
  return undefined;
}

function saysMore(found: FoundValue | undefined): boolean {
  if (found === undefined) return false;
  if ('text' in found)
    return found.kind === 'text'
      ? found.text !== '' && !/^(?:false|null|0)$/i.test(found.text)
      : !/^(?:false|null|0)$/.test(found.text);
  return found.kind === 'an object';
}
