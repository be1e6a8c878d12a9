/** Words that the output does not use: they are private, vague, or have another meaning here. */
const banned: readonly RegExp[] = [
  /\b(?:say|says|said|saying)\b/i,
  /\b(?:tell|tells|told|telling)\b/i,
  /\bheld\b/i,
  /\bnobody\b/i,
  /\bof late\b/i,
  /\blet(?:s|ting)? go\b/i,
  /\b(?:come|comes|came|coming) to\b/i,
  /\b(?:find|finds|found) out\b/i,
  /\b(?:is|are|was|were) gone\b/i,
  /\bvouch(?:es|ed|ing)?\b/i,
];

/** The banned words of a text, as they stand in it. What is typed (`--state held`, a choice in quotes) stays what it is. */
export function bannedWords(text: string): readonly string[] {
  const prose = text.replaceAll(/`[^`]*`/g, '').replaceAll(/<code>.*?<\/code>|"[a-z]+"/g, '');
  return banned.flatMap((word) => prose.match(word)?.slice(0, 1) ?? []);
}
