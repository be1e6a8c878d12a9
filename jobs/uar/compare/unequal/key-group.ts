import type { KeySettings } from '../settings.ts';
import { invisible, space } from '../text.sql.ts';

/** Letters and digits that keep their place whatever the database makes of capital letters and accents: of most scripts in use. */
const kept =
  /[^!-~\u03b1-\u03c1\u03c4-\u03c9\u0430-\u044f\u05d0-\u05ea\u0621-\u063a\u0641-\u064a\u0904-\u0939\u0e01-\u0e30\u1100-\u115e\u1161-\u11ff\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff]/gu;

const unseen = new Set(space + invisible);

/** Are keys compared by their exact text? */
export function isExact({ trim, case_fold, unicode_nfc, strip_domain }: KeySettings): boolean {
  return !trim && !case_fold && !unicode_nfc && strip_domain === false;
}

/**
 * The same for two keys that the database may take for the same; it may be the same for others, too. Empty: it may be no key.
 * Without accents, capital letters, white space and domain, of whatever these settings ask for only some.
 */
export function keyGroup(key: string, settings: KeySettings): string {
  if (isExact(settings)) return [...key].some((letter) => !unseen.has(letter)) ? key : '';
  const plain = key.normalize('NFD').toLowerCase().replaceAll('\u0131', 'i').replace(kept, '');
  if (settings.strip_domain === false) return plain;
  const at = plain.indexOf('@');
  return at < 0 ? plain : plain.slice(0, at);
}
