import { printParseErrorCode, visit } from 'jsonc-parser';

/** Lines and columns count from 1, as editors show them. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

type Path = readonly PropertyKey[];

const strict = { disallowComments: true, allowTrailingComma: false } as const;

const key = (path: Path): string => path.map(String).join('\u0000');

/** How deep a file may be nested: readers of JSON call themselves for every level. OSCAL needs about twenty. */
const deepest = 200;

const [quotationMark, backslash] = [0x22, 0x5c];
const [openBracket, closeBracket] = [0x5b, 0x5d];
const [openBrace, closeBrace] = [0x7b, 0x7d];

/** The place where the nesting becomes deeper than any catalog's; undefined when it does not. Text in quotes is skipped. */
export function findTooDeep(text: string): Place | undefined {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (quoted) {
      if (character === backslash) at += 1;
      else if (character === quotationMark) quoted = false;
    } else if (character === quotationMark) quoted = true;
    else if (character === openBracket || character === openBrace) depth += 1;
    else if (character === closeBracket || character === closeBrace) depth -= 1;
    if (depth > deepest) return placeOf(text, at);
  }
  return undefined;
}

function placeOf(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  const lastNewline = before.lastIndexOf('\n');
  return { line: before.split('\n').length, column: offset - lastNewline };
}

/** What is wrong with text that is not JSON, in words, and where. The text is not nested too deep. */
export function findSyntaxError(text: string): Place & { readonly what: string } {
  let first: (Place & { readonly what: string }) | undefined;
  visit(
    text,
    {
      onError: (error, _offset, _length, line, character) => {
        const words = printParseErrorCode(error).replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
        first ??= { what: words.trim(), line: line + 1, column: character + 1 };
      },
    },
    strict,
  );
  return first ?? { what: 'invalid', line: 1, column: 1 };
}

/**
 * Finds the places of values by their paths, in one pass; only done when there is something to complain about. For a value
 * that is not there: the place of what should hold it.
 */
export function findPlaces(text: string, paths: readonly Path[]): (path: Path) => Place {
  const wanted = new Set(paths.flatMap((path) => path.map((_, index) => key(path.slice(0, index + 1)))));
  const places = new Map<string, Place>();
  const note = (path: Path, line: number, character: number) => {
    const name = key(path);
    if (wanted.has(name)) places.set(name, { line: line + 1, column: character + 1 });
  };
  visit(
    text,
    {
      onObjectBegin: (_offset, _length, line, character, path) => note(path(), line, character),
      onArrayBegin: (_offset, _length, line, character, path) => note(path(), line, character),
      onLiteralValue: (_value, _offset, _length, line, character, path) => note(path(), line, character),
    },
    strict,
  );
  return (path) => {
    for (let length = path.length; length > 0; length -= 1) {
      const place = places.get(key(path.slice(0, length)));
      if (place !== undefined) return place;
    }
    return { line: 1, column: 1 };
  };
}
