import { plainText } from '../../../text/plain-text.ts';
import type { OutgoingPost } from '../../delivery/outcome.ts';
import { chatRows } from '../../forms/chat-rows.ts';
import { cutText } from '../../forms/cut-text.ts';
import { escapeMarkdown } from '../../forms/markdown.ts';
import type { Notice, NoticeItem } from '../../notice.ts';

/** https://discord.com/developers/docs/resources/message#embed-object-embed-limits */
const longestTitle = 256;
const longestDescription = 4096;

const colours: Readonly<Record<NonNullable<NoticeItem['severity']>, number>> = {
  critical: 0xb91c1c,
  high: 0xea580c,
  medium: 0xd97706,
  low: 0x2563eb,
  info: 0x15803d,
};

/** A line for each item, the severity first; as many whole lines as there is room for. */
export function discordEmbed({ subject, event }: OutgoingPost, notice: Notice) {
  let most: number | undefined;
  let description = descriptionOf(notice, most);
  while (description.length > longestDescription) {
    most = (most ?? chatRows(notice).rows.length) - 1;
    description = descriptionOf(notice, most);
  }
  return {
    title: whole(subject),
    description,
    ...(notice.url === null ? {} : { url: notice.url }),
    ...(notice.severity === null ? {} : { color: colours[notice.severity] }),
    footer: { text: `This channel is named by the event ${cutText(event, 60)}.` },
  };
}

function descriptionOf(notice: Notice, most?: number): string {
  const { rows, more } = chatRows(notice, most);
  return [
    ...rows.map(({ severity, name, text, url }) => {
      const matter = text === '' ? '' : `: ${escapeMarkdown(text)}`;
      return `**${severity}** ${link(url, escapeMarkdown(name))}${matter}`;
    }),
    ...(more === null ? [] : [link(notice.url, more)]),
  ].join('\n');
}

/** Shortened before it is escaped: no escape is cut in two. */
function whole(subject: string): string {
  const plain = plainText(subject);
  for (let length = longestTitle; ; length -= 16) {
    const title = escapeMarkdown(cutText(plain, length));
    if (title.length <= longestTitle) return title;
  }
}

function link(url: string | null, label: string): string {
  return url === null
    ? label
    : `[${label}](${url.replace(/[()<>\s]/g, (one) => `%${one.charCodeAt(0).toString(16)}`)})`;
}
