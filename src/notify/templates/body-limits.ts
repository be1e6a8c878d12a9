import { Parser } from 'htmlparser2';

/** More than any mail program shows of a mail. */
const longestHtml = 1_000_000;
/** Elements within elements; a layout of tables has about thirty. */
const deepest = 200;
/** Quotes and lists within each other: each line of the plain text repeats the sign or the indentation of every one. */
const deepestQuote = 10;
const quoting = new Set(['blockquote', 'ul', 'ol']);
/** Parsed at once: a document that is too deep is given up after the piece in which it is. */
const piece = 16_384;

/**
 * Why a body must not be converted to plain text or to the format of a chat, as a sentence without a full stop; undefined: it may
 * be. One pass, whose work grows with the length alone: conversions grow with the depth, too.
 */
export function bodyExcess(html: string): string | undefined {
  if (isFlat(html)) return undefined;
  const tooLong = lengthExcess(html);
  if (tooLong !== undefined) return tooLong;
  let depth = 0;
  let most = 0;
  let quotes = 0;
  let mostQuotes = 0;
  const parser = new Parser({
    onopentag: (name) => {
      depth += 1;
      most = Math.max(most, depth);
      if (quoting.has(name)) quotes += 1;
      mostQuotes = Math.max(mostQuotes, quotes);
    },
    onclosetag: (name) => {
      depth -= 1;
      if (quoting.has(name)) quotes -= 1;
    },
  });
  for (let at = 0; at < html.length; at += piece) {
    parser.write(html.slice(at, at + piece));
    if (most > deepest) return `the message nests elements deeper than ${deepest} levels`;
    if (mostQuotes > deepestQuote)
      return `the message nests quotes or lists deeper than ${deepestQuote} levels`;
  }
  return undefined;
}

/** The same of a text that is not converted. */
export function lengthExcess(text: string): string | undefined {
  return text.length > longestHtml ? `the message would be longer than ${longestHtml} characters` : undefined;
}

/** Too few tags to be too deep: what nearly all mails are, without reading them twice. */
function isFlat(html: string): boolean {
  if (html.length > piece) return false;
  const tags = html.match(/<(?:blockquote|[uo]l)?/gi) ?? [];
  return tags.length <= deepest && tags.filter((tag) => tag.length > 1).length <= deepestQuote;
}
