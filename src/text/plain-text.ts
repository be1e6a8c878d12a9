import { stripVTControlCharacters } from 'node:util';

/**
 * Text from a database or a file, safe to print on a terminal: escape sequences, other control characters and characters
 * that turn the direction of writing are removed; line breaks and tabs become a space.
 */
export function plainText(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\r\n|[\r\n\t\v\f\u0085\u2028\u2029]/g, ' ')
    .replace(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '');
}

/** The same for text of several lines, which stay lines: a document of its own, never a quotation. */
export function plainLines(text: string): string {
  return text.split(/\r?\n/).map(plainText).join('\n');
}
