import type { Pagination } from './config.ts';
import { nextLink } from './link-header.ts';

/** What an answer says about what follows it. */
export interface PageEnd {
  readonly items: number;
  /** Of this page and those before it. */
  readonly itemsSoFar: number;
  /** null: the answer has one, and it says that this is the last page; undefined: it has none. */
  readonly cursor: string | null | undefined;
  /** Of the headers `Link`. */
  readonly link: string | undefined;
  /** Stated for the whole list. */
  readonly total: number | undefined;
}

/** The address of the first page. */
export function firstPage(url: URL, pagination: Pagination): URL {
  switch (pagination.type) {
    case 'page':
      return withParameter(url, pagination.param, String(pagination.start));
    case 'offset':
    case 'start_index': {
      const { param, start, size, size_param } = pagination;
      const first = withParameter(url, param, String(start));
      return size === undefined ? first : withParameter(first, size_param, String(size));
    }
    default:
      return url;
  }
}

/**
 * The address of the page that follows page `number` (from 0); undefined: there is none.
 *
 * @throws TypeError when what the answer says is no address; UnclearLink.
 */
export function nextPage(
  first: URL,
  current: URL,
  pagination: Pagination,
  number: number,
  end: PageEnd,
): URL | undefined {
  switch (pagination.type) {
    case 'none':
      return undefined;
    case 'link': {
      const target = nextLink(end.link ?? '');
      return target === undefined ? undefined : new URL(target, current);
    }
    case 'cursor':
      if (end.cursor == null) return undefined;
      return pagination.param === undefined
        ? new URL(end.cursor, current)
        : withParameter(first, pagination.param, end.cursor);
    case 'page':
      return end.items === 0
        ? undefined
        : withParameter(first, pagination.param, String(pagination.start + number + 1));
    case 'offset':
      return end.items === 0 ? undefined : after(first, pagination, end.itemsSoFar);
    case 'start_index':
      return end.items === 0 || (end.total !== undefined && end.itemsSoFar >= end.total)
        ? undefined
        : after(first, pagination, end.itemsSoFar);
    default:
      return pagination satisfies never;
  }
}

function after(
  first: URL,
  { param, start }: { readonly param: string; readonly start: number },
  items: number,
): URL {
  return withParameter(first, param, String(start + items));
}

function withParameter(url: URL, name: string, value: string): URL {
  const changed = new URL(url);
  changed.searchParams.set(name, value);
  return changed;
}
