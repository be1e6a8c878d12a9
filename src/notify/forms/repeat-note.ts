import { Parser } from 'htmlparser2';

const note =
  'You may have received this message before: an earlier attempt to send it broke off before the mail server confirmed it.';

/** The HTML of a mail that may have arrived before, with a paragraph about that as the first thing of its body. */
export function withRepeatNote(html: string): string {
  let start = 0;
  const parser = new Parser({
    onopentag: (name) => {
      if (name === 'body') start = parser.endIndex + 1;
    },
  });
  parser.end(html);
  return `${html.slice(0, start)}<p style="background-color:#fdf3c4;color:#6b4a06">${note}</p>${html.slice(start)}`;
}
