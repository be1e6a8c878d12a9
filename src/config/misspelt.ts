import { distance } from 'fastest-levenshtein';
import type { Layer } from './layers.ts';
import { isRead } from './variables.ts';

/** A variable of a `.env` file that is read by nothing, and looks like one of ours. */
export interface Misspelling {
  readonly name: string;
  /** The file with its line. */
  readonly origin: string;
  readonly meant: string;
}

/** Two neighbouring letters have changed places. */
function isSwapped(word: string, other: string): boolean {
  if (word.length !== other.length) return false;
  const at = [...word].findIndex((letter, index) => letter !== other[index]);
  return `${word.slice(0, at)}${word[at + 1]}${word[at]}${word.slice(at + 2)}` === other;
}

/** Near enough to be a slip of the fingers: the variables of other programs, such as SMTP_HOST, are not. */
function isSlip(word: string, meant: string): boolean {
  const [typed, right] = [word.toUpperCase(), meant];
  return typed === right || isSwapped(typed, right) || distance(typed, right) <= (right.length < 12 ? 1 : 2);
}

/**
 * The misspelt variables of a `.env` file: what they set does not count, and nothing else would say so. A `.env` may also be
 * the one of other programs, so this is a warning; a name of ours that is set as well was not meant. The environment is full
 * of other people's names.
 */
export function misspellings(layers: readonly Layer[], known: readonly string[]): readonly Misspelling[] {
  const isSet = (name: string) => layers.some((layer) => layer.names.includes(name));
  return layers
    .filter(({ isFile }) => isFile)
    .flatMap((layer) =>
      layer.names.flatMap((name) => {
        if (isRead(name)) return [];
        const meant = known.find((one) => isSlip(name, one) && !isSet(one));
        const found = layer.find(name);
        return meant === undefined || found === undefined ? [] : [{ name, origin: found.origin, meant }];
      }),
    );
}

/** As a sentence. */
export function misspellingWords({ name, origin, meant }: Misspelling): string {
  return `${name} (${origin}) is not read: did you mean ${meant}?`;
}
