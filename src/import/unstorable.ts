/** The sentence about {@link isUnstorable}; it lacks its subject. */
export const unstorable =
  'holds a character that no text column can store (NUL, or half of a surrogate pair)';

/** Can PostgreSQL not hold this text? With the u flag only a surrogate without its partner matches. */
export function isUnstorable(text: string): boolean {
  return text.includes('\u0000') || /\p{Surrogate}/u.test(text);
}
