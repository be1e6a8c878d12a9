const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Longer than any character that people see as one, joined emoji included. */
const longestGrapheme = 64;

/**
 * At most `limit` UTF-16 units, which is how the limits of Slack and Discord are counted at the strictest. A text that is
 * longer is cut between two characters as people see them and ends in `…`.
 */
export function cutText(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, boundaryBefore(text, limit - 1))}…`;
}

/** The last boundary between two characters at or before the offset. */
function boundaryBefore(text: string, offset: number): number {
  const start = Math.max(0, offset - longestGrapheme);
  let boundary = start;
  for (const { index } of graphemes.segment(text.slice(start, offset + longestGrapheme))) {
    if (start + index > offset) break;
    boundary = start + index;
  }
  return boundary;
}

/** The same for Slack's mrkdwn: neither a link `<…>` nor an entity `&…;` is cut in two. */
export function cutMrkdwn(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const cut = text.slice(0, boundaryBefore(text, limit - 1));
  const link = cut.lastIndexOf('<') > cut.lastIndexOf('>') ? cut.lastIndexOf('<') : cut.length;
  const entity = cut.lastIndexOf('&') > cut.lastIndexOf(';') ? cut.lastIndexOf('&') : cut.length;
  // An `&` is always the beginning of an entity here, but one far behind is of a text that only lacks a semicolon.
  return `${cut.slice(0, Math.min(link, cut.length - entity > 6 ? cut.length : entity))}…`;
}
