import type { Kind } from './json-path.ts';

/** The text is not what it should be; the sentence goes on after "the answer". */
export class NotTheList extends Error {
  override readonly name = 'NotTheList';
}

/** @param listName where the list should be; empty: the whole text */
export function noList(listName: string, kind: Kind): NotTheList {
  const where = listName === '' ? 'is' : `has at '${listName}'`;
  return new NotTheList(`${where} ${kind}, not a list of objects`);
}

/** A string of the text, by the bytes between its quotation marks. @throws NotTheList */
export function unescaped(bytes: readonly number[]): string {
  try {
    const value: unknown = JSON.parse(`"${Buffer.from(bytes).toString('utf8')}"`);
    return String(value);
  } catch {
    throw new NotTheList('is not JSON: a string cannot be read');
  }
}
