/** What Discord reads as formatting, a link or a mention. `-` is not among them: only at the beginning of a line is it a list. */
const special = ['\\', '*', '_', '~', '`', '|', '<', '>', '#', '[', ']', '(', ')'];

/** By character, as Discord shows it unchanged: https://support.discord.com/hc/articles/210298617 */
export const markdownEscapes: Readonly<Record<string, string>> = Object.fromEntries(
  special.map((character) => [character, `\\${character}`]),
);

/** Text of data, so that none of it becomes a link (`[Sign in](https://…)`), a mention or formatting in Discord. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\*_~`|<>#[\]()]/g, '\\$&');
}
