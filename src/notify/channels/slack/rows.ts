import { chatRows } from '../../forms/chat-rows.ts';
import { cutText } from '../../forms/cut-text.ts';
import { escapeMrkdwn } from '../../forms/mrkdwn.ts';
import type { Notice } from '../../notice.ts';

/** A line for each item, the severity first; whole lines only. Of ten items it is far below what Slack takes. */
export function slackRows(notice: Notice, event: string): string {
  const { rows, more } = chatRows(notice);
  return [
    ...rows.map(({ severity, name, text, url }) => {
      const matter = text === '' ? '' : `: ${escapeMrkdwn(text)}`;
      return `*${severity}* ${link(url, name)}${matter}`;
    }),
    ...(more === null ? [] : [link(notice.url, more)]),
    `_This channel is named by the event ${escapeMrkdwn(cutText(event, 60))}._`,
  ].join('\n');
}

function link(url: string | null, label: string): string {
  const text = escapeMrkdwn(label);
  return url === null
    ? text
    : `<${url.replace(/[<>|\s]/g, encodeURIComponent)}|${text.replaceAll('|', '¦')}>`;
}
