import { headWords, type RecordHead } from './head.ts';

const style =
  'margin:0;padding:0 10px 24px 10px;text-align:center;font-family:sans-serif;font-size:11px;line-height:16px;word-break:break-word;background-color:#eef0f3;color:#5b6472';

/** Who keeps the mail keeps the head. As the last thing of the body, whatever template it is. */
export function withHead(html: string, head: Pick<RecordHead, 'day' | 'hash'> | null): string {
  if (head === null) return html;
  const line = `<p style="${style}">${headWords(head)}</p>\n`;
  const end = html.toLowerCase().lastIndexOf('</body>');
  return end === -1 ? `${html}${line}` : `${html.slice(0, end)}${line}${html.slice(end)}`;
}
