import { closest, distance } from 'fastest-levenshtein';

/** The candidate that the word was probably meant to be; undefined when none is near enough to be worth suggesting. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0 || word === '') return undefined;
  const wanted = word.toLowerCase();
  const byLowerCase = new Map(candidates.map((candidate) => [candidate.toLowerCase(), candidate]));
  const match = closest(wanted, [...byLowerCase.keys()]);
  const limit = Math.max(1, Math.floor(Math.max(wanted.length, match.length) * 0.4));
  return distance(wanted, match) <= limit ? byLowerCase.get(match) : undefined;
}
