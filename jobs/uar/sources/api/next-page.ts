import type { Pagination } from './config.ts';

/** What an answer says about what follows it. */
export interface PageEnd {
  readonly items: number;
  readonly cursor: string | undefined;
  /** Of the header `Link`. */
  readonly link: string | undefined;
}

/** The address of page `number` (from 0), where the configuration alone says it. */
export function firstPage(url: URL, pagination: Pagination): URL {
  return pagination.type === 'page' ? withParameter(url, pagination.param, String(pagination.start)) : url;
}

/**
 * The address of the page that follows page `number` (from 0); undefined: there is none.
 *
 * @throws TypeError when what the answer says is no address.
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
      if (end.cursor === undefined) return undefined;
      return pagination.param === undefined
        ? new URL(end.cursor, current)
        : withParameter(first, pagination.param, end.cursor);
    case 'page':
      return end.items === 0
        ? undefined
        : withParameter(first, pagination.param, String(pagination.start + number + 1));
    default:
      return pagination satisfies never;
  }
}

function withParameter(url: URL, name: string, value: string): URL {
  const changed = new URL(url);
  changed.searchParams.set(name, value);
  return changed;
}

/** The target of the first link with the relation `next` (RFC 8288, 3). */
export function nextLink(header: string): string | undefined {
  for (const [, target, parameters = ''] of header.matchAll(/<([^>]*)>((?:[^,"<]|"(?:[^"\\]|\\.)*")*)/g)) {
    const relation = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i.exec(parameters);
    const relations = (relation?.[1] ?? relation?.[2] ?? '').toLowerCase().split(/\s+/);
    if (relations.includes('next')) return target;
  }
  return undefined;
}
