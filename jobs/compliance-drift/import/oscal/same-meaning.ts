/*
 * Is a requirement that has the identifier of an earlier one still that requirement? Publishers reword requirements from release to
 * release, and some give the numbers of dropped ones to others. Of the releases of two such publishers this rule takes rewordings for
 * what they are, and other requirements, too.
 */

/** What a requirement means, as far as a catalog says. */
export interface Meaning {
  readonly title: string;
  /** null: the catalog has no text for it. */
  readonly text: string | null;
  /** The publisher's own identity of the requirement, which outlives its number. */
  readonly altIdentifier: string | null;
}

/** A reworded text keeps at least this share of the words of both. */
const keptWords = 0.5;

const folded = (text: string | null) => (text ?? '').trim().replace(/\s+/g, ' ').toLowerCase();

const wordsOf = (text: string) => new Set(text.match(/[\p{L}\p{N}]+/gu) ?? []);

/**
 * Two publisher's identities that differ are two requirements. Otherwise it is the same one when its text is, or when its title is and
 * its text has at most been reworded.
 */
export function sameMeaning(before: Meaning, after: Meaning): boolean {
  const identities = [before.altIdentifier, after.altIdentifier];
  if (!identities.includes(null) && before.altIdentifier !== after.altIdentifier) return false;
  const [then, now] = [folded(before.text), folded(after.text)];
  if (then !== '' && then === now) return true;
  if (folded(before.title) !== folded(after.title)) return false;
  return then === '' || now === '' || shareOfWords(wordsOf(then), wordsOf(now)) >= keptWords;
}

function shareOfWords(some: ReadonlySet<string>, others: ReadonlySet<string>): number {
  const both = [...some].filter((word) => others.has(word)).length;
  return both / (some.size + others.size - both || 1);
}
