import { raw } from 'hono/html';
import type { JSX } from './jsx-runtime.ts';

/** No text of a page can have it: the runtime makes a mark of the character. */
const gap = '\u0000';

/** Stands where the rest of a page or table is written later. */
export const slot = raw(gap);

/** The markup as text. Nothing in a page is loaded while it is set. */
export function markup(element: JSX.Element): string {
  const text = element.toString();
  if (typeof text !== 'string') throw new TypeError('A page cannot wait for a part of it.');
  return text;
}

/** What stands before the slot, and what after it. */
export function pieceBefore(element: JSX.Element): readonly [before: string, after: string] {
  const [before, after, ...more] = markup(element).split(gap);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new TypeError('The element must have one slot.');
  }
  return [before, after];
}
