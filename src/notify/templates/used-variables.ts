import type { JsonObject } from '../../text/json.ts';

/*
 * Whether a template can mean anything with what is given to it: one that was written for other variables renders to its fixed words.
 * Jinja is read as far as this needs: names that are printed or looped over. One that an `if` asks about may be missing, and so may the
 * reader's name and the day, which every message has.
 */

/** An end inside a quoted text is none; a beginning ends the search, so that it takes no longer than the text is long. */
const inside = String.raw`((?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?!\{[{%])[^"'])*?)`;
const tags = new RegExp(String.raw`\{\{${inside}\}\}|\{%${inside}%\}`, 'gs');
const comments = /\{#.*?#\}/gs;
const strings = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/gs;
/** What follows a dot or a bar is no variable, and neither is the name of an argument, of a function or of a test. */
const notVariables = /[.|]\s*[A-Za-z_]\w*|\bis\s+(?:not\s+)?[A-Za-z_]\w*|[A-Za-z_]\w*\s*(?:\(|=(?!=))/g;
const words = /[A-Za-z_]\w*/g;
const keywords: ReadonlySet<string> = new Set(
  'and or not in is if else true false none True False None loop self'.split(' '),
);
const always: ReadonlySet<string> = new Set(['recipient_name', 'today']);

/** The variables that a text prints, and does without none of them. */
export function printedVariables(template: string): ReadonlySet<string> {
  const printed = new Set<string>();
  const optional = new Set<string>();
  for (const [, output, statement = ''] of template.replaceAll(comments, '').matchAll(tags)) {
    if (output !== undefined) {
      for (const name of namesIn(output)) printed.add(name);
      continue;
    }
    const [, keyword, rest = ''] = /^[-+]?\s*(\w+)(.*?)[-+]?$/s.exec(statement) ?? [];
    if (keyword === 'if' || keyword === 'elif') for (const name of namesIn(rest)) optional.add(name);
    if (keyword === 'set') for (const name of namesIn(rest.split('=')[0] ?? '')) optional.add(name);
    if (keyword === 'for') {
      const [targets = '', list = ''] = rest.split(/\bin\b(.*)/s);
      for (const name of namesIn(targets)) optional.add(name);
      for (const name of namesIn(list)) printed.add(name);
    }
  }
  return new Set([...printed].filter((name) => !optional.has(name) && !always.has(name)));
}

/** The variables of these texts when none of them has a value; undefined: the texts can be rendered. */
export function withoutAnyValue(
  templates: readonly string[],
  context: JsonObject,
): readonly string[] | undefined {
  const names = new Set(templates.flatMap((template) => [...namesOf(template)]));
  return names.size > 0 && [...names].every((name) => isEmpty(context[name])) ? [...names] : undefined;
}

/** Of the texts that were asked about last: a text is the same for many messages. */
const lately = new Map<string, ReadonlySet<string>>();
const mostLately = 20;

function namesOf(template: string): ReadonlySet<string> {
  const known = lately.get(template);
  if (known !== undefined) return known;
  if (lately.size >= mostLately) lately.clear();
  const names = printedVariables(template);
  lately.set(template, names);
  return names;
}

function isEmpty(value: JsonObject[string] | undefined): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function namesIn(expression: string): readonly string[] {
  const plain = expression.replaceAll(strings, ' ').replaceAll(notVariables, keepCalls);
  return [...plain.matchAll(words)].map(([word]) => word).filter((word) => !keywords.has(word));
}

/** A comparison is no argument. */
function keepCalls(match: string): string {
  return /[(=]$/.test(match) ? ' ( ' : ' ';
}
