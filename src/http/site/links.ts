/*
 * Where the links of a page lead. How often a page loads itself anew is the reader's choice and goes along. A list goes on by the key of
 * its last row; the keys of the pages before go along, too, so that the way back is by key as well.
 */

import type { Month } from '../../time/day.ts';

/** Which part of a list is shown. */
export interface ListPart {
  /** The key of the row before its first; undefined: the list begins. */
  readonly after: string | undefined;
  /** The keys of the pages before, newest last; '' is the first page. Without it the way back is not known. */
  readonly trail: readonly string[];
}

/** So many pages lead back one by one; from there on to the first. */
const mostTrail = 20;

export function withRefresh(path: string, refreshSeconds: number | undefined): string {
  return refreshSeconds === undefined ? path : `${path}?refresh=${refreshSeconds}`;
}

/** What comes after this part, beginning after `key`. */
export function nextPart({ after = '', trail }: ListPart, key: string): ListPart {
  return { after: key, trail: [...trail, after].slice(-mostTrail) };
}

/** undefined: this is the first, or what came before it is not known. */
export function previousPart({ after, trail }: ListPart): ListPart | undefined {
  const before = trail.at(-1);
  if (after === undefined || before === undefined) return undefined;
  return { after: before === '' ? undefined : before, trail: trail.slice(0, -1) };
}

/** The address of a part on the same page. */
export function queryOf({ after, trail }: ListPart, refreshSeconds: number | undefined): string {
  const query = new URLSearchParams();
  if (refreshSeconds !== undefined) query.set('refresh', String(refreshSeconds));
  if (after !== undefined) {
    query.set('after', after);
    for (const key of trail) query.append('back', key);
  }
  return `?${query}`;
}

/** The address of a month on the same page. */
export function monthQuery(month: Month, refreshSeconds: number | undefined): string {
  return `?${new URLSearchParams({ ...(refreshSeconds === undefined ? {} : { refresh: String(refreshSeconds) }), month })}`;
}
