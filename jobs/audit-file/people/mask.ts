import { createHmac } from 'node:crypto';

/** Puts pseudonyms in place of the people in a text. */
export type Mask = (text: string) => string;

/** Somebody whom the database knows; an e-mail address and a name that belong together have one pseudonym. */
export interface KnownPerson {
  readonly name: string | null;
  readonly email: string | null;
}

/** Who stands behind a pseudonym. */
export interface Pseudonym {
  readonly pseudonym: string;
  /** As it was found in the texts. */
  readonly text: string;
}

/** What looks like an address, also `user@host`. Not in a URL's path, which has no space before the `@` either: it is masked too. */
const address = /[\p{L}\p{N}._%+'’-]+@[\p{L}\p{N}][\p{L}\p{N}.-]*/gu;
const word = /[\p{L}\p{N}]+/gu;
const letter = /[\p{L}\p{N}]/u;

/**
 * Pseudonyms by a keyed hash: the same person has the same one in every file that is made with the key, and nobody without the key can test a
 * guess. Masked are all e-mail addresses, and the names of those whom the database knows, also inside of other text: of several words in any
 * letter case, of a single word as it is written.
 */
export class PeopleMask {
  readonly #key: Buffer;
  /** By the first word, in lower case: names, the longest first. */
  readonly #names = new Map<string, { readonly name: string; readonly pseudonym: string }[]>();
  readonly #used = new Map<string, Pseudonym>();

  constructor(key: Buffer, people: readonly KnownPerson[]) {
    this.#key = key;
    const byName = new Map<string, Set<string>>();
    for (const { name, email } of people) {
      const text = name?.trim().replaceAll(/\s+/g, ' ') ?? '';
      if (text === '') continue;
      const pseudonyms = byName.get(text) ?? new Set();
      pseudonyms.add(this.#pseudonymOf(email?.trim() || text));
      byName.set(text, pseudonyms);
    }
    for (const [name, pseudonyms] of byName) {
      const [first = '', ...others] = pseudonyms;
      const start = name.match(word)?.[0]?.toLowerCase();
      if (start === undefined) continue;
      const entries = this.#names.get(start) ?? [];
      // Of two people with one name nothing tells which one is meant.
      entries.push({ name, pseudonym: others.length === 0 ? first : this.#pseudonymOf(name) });
      this.#names.set(start, entries);
    }
    for (const entries of this.#names.values()) entries.sort((a, b) => b.name.length - a.name.length);
  }

  readonly mask: Mask = (text) =>
    this.#namesOf(text.replace(address, (found) => this.#use(this.#pseudonymOf(found), found)));

  /** Of a text that is a person as a whole, such as the key of a review. */
  readonly whole: Mask = (text) => {
    if (text === '') return text;
    const masked = this.mask(text);
    return masked === text ? this.#use(this.#pseudonymOf(text), text) : masked;
  };

  /** Those that were used, in the order of their names. */
  used(): readonly Pseudonym[] {
    return [...this.#used.values()].sort((a, b) => (a.pseudonym + a.text < b.pseudonym + b.text ? -1 : 1));
  }

  #namesOf(text: string): string {
    let masked = '';
    let end = 0;
    for (const { 0: start, index } of text.matchAll(word)) {
      if (index < end) continue;
      const found = this.#names.get(start.toLowerCase())?.find(({ name }) => isAt(text, index, name));
      if (found === undefined) continue;
      const written = text.slice(index, index + found.name.length);
      masked += text.slice(end, index) + this.#use(found.pseudonym, written);
      end = index + found.name.length;
    }
    return end === 0 ? text : masked + text.slice(end);
  }

  #pseudonymOf(text: string): string {
    const hash = createHmac('sha256', this.#key).update(text.normalize('NFC').toLowerCase()).digest('hex');
    return `person-${hash.slice(0, 12)}`;
  }

  #use(pseudonym: string, text: string): string {
    this.#used.set(`${pseudonym} ${text}`, { pseudonym, text });
    return pseudonym;
  }
}

function isAt(text: string, index: number, name: string): boolean {
  const written = text.slice(index, index + name.length);
  const same = name.includes(' ') ? written.toLowerCase() === name.toLowerCase() : written === name;
  return same && !letter.test(text.charAt(index + name.length));
}
