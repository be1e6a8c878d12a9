/** One variable of a `.env` file. */
export interface EnvFileEntry {
  readonly value: string;
  /** 1-based. */
  readonly line: number;
}

export interface EnvFile {
  readonly entries: ReadonlyMap<string, EnvFileEntry>;
  /** Lines that are neither empty, nor a comment, nor `NAME=value`. */
  readonly badLines: readonly number[];
}

const blank = /[ \t]*(?:#[^\n]*)?(?:\n|$)/y;
const name = /[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.]*)[ \t]*/.source;
const singleQuoted = /'((?:[^'\\]|\\[\s\S])*)'/.source;
const doubleQuoted = /"((?:[^"\\]|\\[\s\S])*)"/.source;
const bare = /([^'"\n][^\n]*)?/.source;
const assignment = new RegExp(
  `${name}(?:=[ \\t]*(?:${singleQuoted}|${doubleQuoted}|${bare}))?${blank.source}`,
  'y',
);

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

function unescaped(text: string): string {
  return text.replace(/\\([\s\S])/g, (_, character: string) => escapes[character] ?? character);
}

/**
 * Reads a `.env` file by the rules of python-dotenv, since it is often the one of a Python program: `export` is allowed,
 * quotes may span lines, a `#` begins a comment only after a space (so that an unquoted password may hold one), and `${NAME}`
 * and `${NAME:-default}` are replaced, except in single quotes.
 *
 * @param outer variables that go before those of the file in `${NAME}`
 */
export function parseEnvFile(
  text: string,
  outer: Readonly<Record<string, string | undefined>> = {},
): EnvFile {
  const source = text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
  const entries = new Map<string, EnvFileEntry>();
  const badLines: number[] = [];
  const expanded = (value: string) =>
    value.replace(
      /\$\{([A-Za-z_][A-Za-z0-9_.]*)(?::-([^}]*))?\}/g,
      (_, wanted: string, fallback: string | undefined) =>
        outer[wanted] ?? entries.get(wanted)?.value ?? fallback ?? '',
    );
  let position = 0;
  let line = 1;
  while (position < source.length) {
    blank.lastIndex = position;
    assignment.lastIndex = position;
    const match = blank.exec(source) ?? assignment.exec(source);
    if (match === null) {
      badLines.push(line);
      const end = source.indexOf('\n', position);
      position = end === -1 ? source.length : end + 1;
      line += 1;
      continue;
    }
    const [whole, key, single, double, unquoted] = match;
    if (key !== undefined && whole.includes('=')) {
      const value =
        single?.replace(/\\(['\\])/g, '$1') ??
        (double === undefined ? undefined : expanded(unescaped(double))) ??
        expanded((unquoted ?? '').replace(/(?:^|[ \t]+)#.*$/, '').trimEnd());
      entries.set(key, { value, line });
    }
    position += whole.length;
    line += whole.split('\n').length - 1;
  }
  return { entries, badLines };
}
