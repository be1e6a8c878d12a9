/*
 * What a `Database Query` may be: one SELECT, or WITH … SELECT, that names neither secrets nor the catalogue. This reads the text as
 * PostgreSQL's scanner does, and refuses what it does not know. It is the outer fence; the inner one is the role, the read-only
 * transaction and the function that the query runs in (database-query.ts), which hold whatever the text is.
 */

/** Names that OpsDeck refuses in a query, and that no column of a result may have. */
export const secretName = /password|passwd|secret|token|api_?key|license_?key|webhook|hash/i;

/** The catalogue, and functions that run SQL in a string, change settings, read files, or go elsewhere. */
const refusedNames =
  /^(?:pg_.*|information_schema|set_config|current_setting|nextval|setval|lo_.*|loread|lowrite|dblink.*|(?:query|table|schema|database|cursor)_to_xml.*|ts_stat|ts_rewrite|crosstab.*|connectby|xpath_table)$/i;

export function looksSecret(name: string): boolean {
  return secretName.test(name);
}

const space = /[ \t\n\r\f\v]+/y;
const bareName = /[A-Za-z_\u0080-\u{10FFFF}][A-Za-z0-9_$\u0080-\u{10FFFF}]*/uy;
const quotedName = /"((?:[^"\0]|"")+)"/y;
const plainString = /'(?:[^']|'')*'/y;
const escapeString = /[eE]'(?:[^'\\]|''|\\[\s\S])*'/y;
/** PostgreSQL reads a string on the next line as more of the one before, with its escapes. */
const goesOn = /[ \t\f\v]*[\n\r][ \t\n\r\f\v]*'/y;
const bitString = /[bBxXnN]'[^']*'/y;
const dollarString = /\$([A-Za-z_\u0080-\u{10FFFF}][A-Za-z0-9_\u0080-\u{10FFFF}]*)?\$[\s\S]*?\$\1\$/uy;
const number = /(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const punctuation = /[()[\],.:+\-*/<>=~!@#%^&|?]/y;

/** Why a query is not run; undefined: it may be. The sentence goes on after "The query". */
export function queryRefusal(query: string): string | undefined {
  let depth = 0;
  let first: string | undefined;
  for (let at = 0; at < query.length; ) {
    const read = (pattern: RegExp) => {
      pattern.lastIndex = at;
      return pattern.exec(query);
    };
    const comment = query.startsWith('--', at) || query.startsWith('/*', at);
    if (comment) return 'has a comment, which is not allowed';
    if (query[at] === ';') return 'has a semicolon: it must be one statement, without one';
    if (/^u&['"]/i.test(query.slice(at, at + 3))) return 'has a U& name or string, which is not allowed';
    const silent =
      read(space) ??
      read(escapeString) ??
      read(bitString) ??
      read(plainString) ??
      read(dollarString) ??
      read(number);
    const name = silent === null ? (read(quotedName) ?? read(bareName)) : null;
    const sign = silent === null && name === null ? read(punctuation) : null;
    const found = silent ?? name ?? sign;
    if (found === null) return `cannot be read from "${query.slice(at, at + 20)}" on`;
    if (name !== null) {
      const word = name[1]?.replaceAll('""', '"') ?? name[0];
      first ??= name[0].toLowerCase();
      if (looksSecret(word)) return `names '${word}', which looks like a secret`;
      if (refusedNames.test(word)) return `names '${word}', which is not allowed`;
    } else if (found[0].trim() !== '') {
      first ??= found[0];
    }
    if (silent?.[0].endsWith("'")) {
      goesOn.lastIndex = at + silent[0].length;
      if (goesOn.test(query)) return 'has a string that continues in the next line, which is not allowed';
    }
    depth += sign?.[0] === '(' ? 1 : sign?.[0] === ')' ? -1 : 0;
    if (depth < 0) return 'closes a parenthesis that it did not open';
    at += found[0].length;
  }
  if (first === undefined) return 'is empty';
  if (depth > 0) return 'has a parenthesis that is never closed';
  if (first !== 'select' && first !== 'with') return 'does not begin with SELECT or WITH';
  return undefined;
}
