import { compile } from 'html-to-text';

const common = {
  // A hostile document must not exhaust the stack.
  limits: { maxDepth: 200 },
  selectors: [
    ...['title', 'img'].map((selector) => ({ selector, format: 'skip' })),
    // Layout by tables: a cell is a paragraph.
    ...['td', 'th'].map((selector) => ({ selector, format: 'block' })),
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
    { selector: 'a', options: { hideLinkHrefIfSameAsText: true } },
  ],
};

/** The plain-text part of a mail: lines of at most 78 characters (RFC 5322, 2.1.1), links in brackets behind their text. */
export const htmlToMailText: (html: string) => string = compile({ ...common, wordwrap: 78 });

/** The same in lines as long as they are, for chats. */
export const htmlToChatText: (html: string) => string = compile({ ...common, wordwrap: false });
