/*
 * `{{ start_date.strftime('%d.%m.%Y') }}` calls a method of a Python date. Here dates are text, and the engine lets nobody
 * add methods to text, only filters. So before a template is parsed, each such call becomes the filter of that name:
 * `{{ (start_date|strftime('%d.%m.%Y')) }}`. Only expressions are read, by their tokens: text between them, comments, raw
 * blocks and strings stay as they are.
 */

const method = 'strftime';

interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const opening = /\{[{%#]/g;
const raw = /\{%[-+]?\s*raw\s*[-+]?%\}/y;
const endRaw = /\{%[-+]?\s*endraw\s*[-+]?%\}/g;
const token = /\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[\p{L}_][\p{L}\p{N}_]*|\d+|[\s\S])/uy;

/** The template with calls of `strftime` as filters; a template that cannot be parsed is left to the engine to refuse. */
export function dateCallsAsFilters(template: string): string {
  if (!template.includes(method)) return template;
  const edits = expressions(template).flatMap(callsIn);
  // From the end, so that the places that are still to come stay right.
  edits.sort((a, b) => b.start - a.start);
  return edits.reduce((text, edit) => text.slice(0, edit.start) + edit.text + text.slice(edit.end), template);
}

/** The tokens of every `{{ … }}` and `{% … %}`. */
function expressions(template: string): Token[][] {
  const found: Token[][] = [];
  let position = 0;
  for (;;) {
    opening.lastIndex = position;
    const start = opening.exec(template);
    if (start === null) return found;
    raw.lastIndex = start.index;
    if (start[0] === '{#') {
      position = after(template, '#}', opening.lastIndex);
    } else if (raw.test(template)) {
      endRaw.lastIndex = raw.lastIndex;
      position = endRaw.test(template) ? endRaw.lastIndex : template.length;
    } else {
      const tokens = tokensUntil(template, start[0] === '{{' ? '}' : '%', opening.lastIndex);
      found.push(tokens);
      position = tokens.at(-1)?.end ?? opening.lastIndex;
    }
  }
}

function after(template: string, text: string, from: number): number {
  const index = template.indexOf(text, from);
  return index === -1 ? template.length : index + text.length;
}

/** Up to and with the first character of the closing `}}` or `%}`, which is outside every bracket. */
function tokensUntil(template: string, closing: string, from: number): Token[] {
  const tokens: Token[] = [];
  let depth = 0;
  let position = from;
  for (;;) {
    token.lastIndex = position;
    const text = token.exec(template)?.[1];
    if (text === undefined) return tokens;
    position = token.lastIndex;
    tokens.push({ text, start: position - text.length, end: position });
    if (depth === 0 && text === closing && template[position] === '}') return tokens;
    if (/^[([{]$/.test(text)) depth += 1;
    else if (/^[)\]}]$/.test(text)) depth -= 1;
  }
}

function callsIn(tokens: readonly Token[]): Edit[] {
  return tokens.flatMap((name, index) => {
    const dot = tokens[index - 1];
    if (name.text !== method || dot?.text !== '.' || tokens[index + 1]?.text !== '(') return [];
    const operand = tokens[operandStart(tokens, index - 2)];
    const end = tokens[matching(tokens, index + 1, 1)];
    if (operand === undefined || end === undefined) return [];
    return [
      { start: operand.start, end: operand.start, text: '(' },
      { start: dot.start, end: dot.end, text: '|' },
      { start: end.end, end: end.end, text: ')' },
    ];
  });
}

/** Index of the bracket that belongs to the one at `index`; -1: there is none. */
function matching(tokens: readonly Token[], index: number, step: 1 | -1): number {
  let depth = 0;
  for (let at = index; at >= 0 && at < tokens.length; at += step) {
    const text = tokens[at]?.text ?? '';
    if (/^[([{]$/.test(text)) depth += step;
    else if (/^[)\]}]$/.test(text)) depth -= step;
    if (depth === 0) return at;
  }
  return -1;
}

/** Index of the first token of `user.contracts[0].dates(1)`, whose last one is at `end`; -1: no such operand. */
function operandStart(tokens: readonly Token[], end: number): number {
  let at = end;
  for (;;) {
    const text = tokens[at]?.text ?? '';
    const before = tokens[at - 1]?.text ?? '';
    if (/^[)\]}]$/.test(text)) {
      at = matching(tokens, at, -1);
      // Brackets after an operand are a call or an index; otherwise they are the operand itself.
      if (at === -1 || !endsOperand(tokens[at - 1]?.text ?? '')) return at;
      at -= 1;
    } else if (before === '.') {
      at -= 2;
    } else {
      return /^[\p{L}_"']/u.test(text) ? at : -1;
    }
  }
}

const keywords = new Set(['and', 'or', 'not', 'in', 'is', 'if', 'elif', 'else', 'set', 'print', 'call']);

function endsOperand(text: string): boolean {
  return /^[\p{L}\p{N}_)\]}"']/u.test(text) && !keywords.has(text);
}
