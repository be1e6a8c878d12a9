import { parseDocument } from 'htmlparser2';
import { Flow } from './flow.ts';

/*
 * HTML to Slack's mrkdwn (https://api.slack.com/reference/surfaces/formatting), element by element:
 *
 * | HTML                     | mrkdwn                                                                            |
 * | ------------------------ | --------------------------------------------------------------------------------- |
 * | b, strong, th, h1 … h6   | *text*; headings on a line of their own                                           |
 * | i, em / s, del / code    | _text_ / ~text~ / `text`                                                          |
 * | a                        | <url|text>; only http, https and mailto, of others the text                       |
 * | ul, ol                   | lines with • or a number, indented                                                |
 * | pre / blockquote         | ``` / lines with >                                                                |
 * | tr, td                   | a line, cells set apart by |                                                      |
 * | img                      | its alternative text                                                              |
 *
 * `&`, `<` and `>` of the text are escaped, so that no text can become a link or a mention such as <!channel>.
 */

type Node = ReturnType<typeof parseDocument>['children'][number];
type Element = Extract<Node, { attribs: unknown }>;

/** What surrounds a node. */
interface Place {
  /** Marks that are open, so that none is set twice. */
  readonly marks: ReadonlySet<string>;
  /** Those of them that the text is between: it must not have one itself. */
  readonly open: readonly string[];
  readonly preformatted: boolean;
  readonly depth: number;
  /** One entry a list, from the outermost. */
  readonly lists: readonly List[];
}

interface List {
  /** Number of the next item; undefined: without numbers. */
  next: number | undefined;
}

const invisible = new Set(['head', 'title', 'style', 'script', 'template', 'noscript', 'svg', 'object']);
const paragraphs = new Set([
  'p',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'ul',
  'ol',
  'pre',
  'blockquote',
  'table',
  'hr',
]);
const lines = new Set([
  'div',
  'section',
  'article',
  'header',
  'footer',
  'main',
  'tr',
  'li',
  'dt',
  'dd',
  'address',
]);
const marks: Readonly<Record<string, string>> = {
  b: '*',
  strong: '*',
  th: '*',
  h1: '*',
  h2: '*',
  h3: '*',
  h4: '*',
  h5: '*',
  h6: '*',
  i: '_',
  em: '_',
  s: '~',
  strike: '~',
  del: '~',
  code: '`',
};

export function escapeMrkdwn(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Slack has no escape for its marks: where one would end the formatting, a sign that looks like it stands for it. */
const lookalikes: Readonly<Record<string, string>> = { '*': '∗', _: 'ˍ', '~': '∼', '`': 'ˋ' };

/** Text that stands between these marks. */
export function insideMarks(text: string, open: readonly string[]): string {
  return open.reduce((clean, mark) => clean.replaceAll(mark, lookalikes[mark] ?? mark), text);
}

export function htmlToMrkdwn(html: string): string {
  const flow = new Flow();
  visit(parseDocument(html).children, flow, {
    marks: new Set(),
    open: [],
    preformatted: false,
    depth: 0,
    lists: [],
  });
  return flow.text;
}

/** No document is nested so deep; a hostile one must not exhaust the stack. */
const deepest = 200;

function visit(nodes: readonly Node[], flow: Flow, place: Place): void {
  if (place.depth > deepest) return;
  const inner = { ...place, depth: place.depth + 1 };
  for (const node of nodes) {
    if ('attribs' in node) element(node, flow, inner);
    else if (node.type === 'text') text(node.data, flow, inner);
  }
}

function text(data: string, flow: Flow, place: Place): void {
  if (place.preformatted) {
    flow.add(escapeMrkdwn(data.replaceAll('\r\n', '\n').replaceAll('```', 'ˋˋˋ')));
    return;
  }
  if (/^\s/.test(data)) flow.space();
  flow.add(escapeMrkdwn(insideMarks(data.trim().replace(/\s+/g, ' '), place.open)));
  if (/\s$/.test(data)) flow.space();
}

function element(node: Element, flow: Flow, place: Place): void {
  const { name, attribs } = node;
  if (invisible.has(name) || 'hidden' in attribs || /display\s*:\s*none/i.test(attribs['style'] ?? ''))
    return;
  const breaks =
    paragraphs.has(name) && place.lists.length === 0 ? 2 : paragraphs.has(name) || lines.has(name) ? 1 : 0;
  flow.block(breaks);
  switch (name) {
    case 'br':
      flow.lineBreak();
      break;
    case 'hr':
      flow.add('———');
      break;
    case 'img':
      flow.add(escapeMrkdwn(attribs['alt'] ?? ''));
      break;
    case 'a':
      link(node, flow, place);
      break;
    case 'ul':
    case 'ol':
      visit(node.children, flow, { ...place, lists: [...place.lists, { next: firstNumber(node) }] });
      break;
    case 'li':
      item(node, flow, place);
      break;
    case 'pre':
      put(
        flow,
        inside(node, { ...place, marks: new Set(['*', '_', '~', '`']), preformatted: true }),
        (content) => ['```', content.replace(/^\n+|\n+$/g, ''), '```'].join('\n'),
      );
      break;
    case 'blockquote':
      put(flow, inside(node, place), (content) => content.replaceAll(/^/gm, '> '));
      break;
    case 'td':
    case 'th':
      marked(node, flow, place);
      flow.separate(' | ');
      break;
    default:
      marked(node, flow, place);
  }
  flow.block(breaks);
}

/** The content, between the marks of the element if it has any and they are not open already. */
function marked(node: Element, flow: Flow, place: Place): void {
  const mark = marks[node.name];
  if (mark === undefined || place.marks.has(mark)) {
    visit(node.children, flow, place);
    return;
  }
  // A mark ends with its line.
  put(
    flow,
    inside(node, { ...place, marks: new Set([...place.marks, mark]), open: [...place.open, mark] }),
    (content) => content.replaceAll(/^(?=.*\S).*$/gm, (line) => mark + line + mark),
  );
}

function inside(node: Element, place: Place): Flow {
  const inner = new Flow();
  visit(node.children, inner, place);
  return inner;
}

/** Marks stand next to the text: its white space goes outside. */
function put(flow: Flow, inner: Flow, wrap: (content: string) => string): void {
  if (inner.leadingSpace) flow.space();
  if (inner.text !== '') flow.add(wrap(inner.text));
  if (inner.trailingSpace) flow.space();
  flow.block(inner.pendingBreaks);
}

function link(node: Element, flow: Flow, place: Place): void {
  const url = (node.attribs['href'] ?? '').trim();
  if (!/^(?:https?:\/\/|mailto:)/i.test(url)) {
    visit(node.children, flow, place);
    return;
  }
  const target = escapeMrkdwn(url.replace(/[\s|<>]/g, (character) => encodeURIComponent(character)));
  // Marks are not shown inside a link, and a line end would break it.
  put(flow, inside(node, { ...place, marks: new Set(['*', '_', '~', '`']) }), (content) =>
    content === target ? `<${target}>` : `<${target}|${content.replaceAll('\n', ' ')}>`,
  );
}

function firstNumber(node: Element): number | undefined {
  if (node.name === 'ul') return undefined;
  const start = Number(node.attribs['start'] ?? 1);
  return Number.isSafeInteger(start) ? start : 1;
}

function item(node: Element, flow: Flow, place: Place): void {
  const list = place.lists.at(-1);
  const bullet = list?.next === undefined ? '•' : `${list.next}.`;
  if (list?.next !== undefined) list.next += 1;
  const indent = '    '.repeat(Math.max(0, place.lists.length - 1));
  put(flow, inside(node, place), (content) => `${indent}${bullet} ${content}`);
}
