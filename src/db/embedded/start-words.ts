/** What PostgreSQL calls its data folder inside PGlite. */
const inside = '/pglite/data';

/**
 * Why PostgreSQL did not start, out of what it wrote to stderr; undefined: it gave no reason. Pure.
 *
 * @param pgData the folder as people know it.
 */
export function startWords(lines: readonly string[], pgData: string): string | undefined {
  const at = lines.findLastIndex((line) => /\b(?:FATAL|PANIC): |^postgres: /.test(line));
  if (at === -1) return undefined;
  const detail = lines.slice(at + 1).find((line) => /\bDETAIL: /.test(line));
  return [lines[at] ?? '', ...(detail === undefined ? [] : [detail])]
    .map((line) => line.replace(/^.*?\b(?:FATAL|PANIC|DETAIL): +|^postgres: /, '').replaceAll(inside, pgData))
    .join(': ')
    .replace(/\.$/, '');
}
