import { compile, type FormatCallback } from 'html-to-text';
import { markdownEscapes } from './markdown.ts';

/** `critical: ` on the line of what follows. */
const status: FormatCallback = (element, walk, builder) => {
  walk(element.children ?? [], builder);
  builder.addInline(': ', { noWordTransform: true });
};

const common = {
  formatters: { status },
  // A hostile document must not exhaust the stack.
  limits: { maxDepth: 200 },
  selectors: [
    ...['title', 'img', '[style*="display:none"]'].map((selector) => ({ selector, format: 'skip' })),
    // A badge stands before what it is about, in one line.
    { selector: 'div.status', format: 'status' },
    // Layout by tables: a cell is a paragraph.
    ...['td', 'th'].map((selector) => ({ selector, format: 'block' })),
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
    { selector: 'a', options: { hideLinkHrefIfSameAsText: true } },
  ],
};

/** The plain-text part of a mail: lines of at most 78 characters (RFC 5322, 2.1.1), links in brackets behind their text. */
export const htmlToMailText: (html: string) => string = compile({ ...common, wordwrap: 78 });

/** The same in lines as long as they are. */
export const htmlToLongLines: (html: string) => string = compile({ ...common, wordwrap: false });

/** The text and behind it the address, once where they are the same. */
const chatLink: FormatCallback = (element, walk, builder) => {
  const address = String(element.attribs?.['href'] ?? '').trim();
  const isWeb = /^(?:https?:\/\/|mailto:)\S+$/i.test(address);
  const [only] = element.children ?? [];
  if (isWeb && element.children?.length === 1 && only?.data?.trim() === address) {
    builder.addInline(address, { noWordTransform: true });
    return;
  }
  walk(element.children ?? [], builder);
  if (isWeb) builder.addInline(` [${address}]`, { noWordTransform: true });
};

/** For a chat that reads Markdown: nothing of the text becomes a link, a mention or formatting; addresses of links stay whole. */
export const htmlToChatText: (html: string) => string = compile({
  ...common,
  selectors: [
    ...common.selectors.filter(({ selector }) => selector !== 'a'),
    { selector: 'a', format: 'chatLink' },
  ],
  formatters: { status, chatLink },
  encodeCharacters: { ...markdownEscapes },
  wordwrap: false,
});
