import type { JsonObject } from '../../../text/json.ts';
import { plainText } from '../../../text/plain-text.ts';
import type { OutgoingPost } from '../../delivery/outcome.ts';
import { type ChatRow, chatRows, mostChatRows, noticeWithRows } from '../../forms/chat-rows.ts';
import type { Notice } from '../../notice.ts';

/*
 * An Adaptive Card: the subject in the colour of its severity, facts, a line for each item, and one button. Texts from data are text
 * runs, in which Teams reads no Markdown; facts hold only words and numbers of ours.
 *
 * Source: https://adaptivecards.io/explorer
 */

/** Teams refuses a message of more than 28 KB. */
const longestMessage = 28 * 1024;

/** Of a container. */
const styles: Readonly<Record<string, string>> = {
  critical: 'attention',
  high: 'attention',
  medium: 'warning',
  low: 'accent',
  info: 'good',
};

/** The body of the request, with as many whole rows, or lines of text, as it may have. */
export function teamsMessage(post: OutgoingPost): string {
  const notice = noticeWithRows(post.notice);
  const lines = notice === null ? linesOf(post.text) : [];
  let most = notice === null ? lines.length : mostChatRows;
  for (;;) {
    const rows = notice === null ? textRows(lines, most) : itemRows(notice, most);
    const body = JSON.stringify(message(post, rows));
    if (Buffer.byteLength(body) <= longestMessage || most === 0) return body;
    most -= Math.max(1, Math.floor(most / 4));
  }
}

function message(post: OutgoingPost, rows: readonly JsonObject[]): JsonObject {
  const { notice, subject, possibleRepeat } = post;
  const url = notice?.url ?? null;
  const content: JsonObject = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    msteams: { width: 'Full' },
    body: [
      {
        type: 'Container',
        style: styles[notice?.severity ?? ''] ?? 'default',
        bleed: true,
        items: [richText([{ text: plainText(subject), weight: 'Bolder', size: 'Medium' }])],
      },
      ...(possibleRepeat ? [richText([{ text: 'This message may have been posted before.' }])] : []),
      { type: 'FactSet', facts: factsOf(post).map(([title, value]) => ({ title, value })) },
      ...rows,
    ],
    ...(url === null ? {} : { actions: [{ type: 'Action.OpenUrl', title: 'Open in OpsDeck', url }] }),
  };
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
  };
}

function factsOf({ notice, event, run }: OutgoingPost): readonly (readonly [string, string])[] {
  return [
    ...(notice === null
      ? []
      : [
          ['Severity', notice.severity ?? 'unknown'] as const,
          ['Items', String(notice.items_total)] as const,
        ]),
    ['Event', event],
    ...(run === null ? [] : [['Job', run.job] as const]),
  ];
}

function itemRows(notice: Notice, most: number): readonly JsonObject[] {
  const { rows, more } = chatRows(notice, most);
  return [...rows.map(itemRow), ...(more === null ? [] : [richText([{ text: more, isSubtle: true }])])];
}

function itemRow({ severity, name, text, url }: ChatRow): JsonObject {
  const link = url === null ? {} : { selectAction: { type: 'Action.OpenUrl', url } };
  return richText([
    { text: `${severity}  `, weight: 'Bolder' },
    { text: name, ...link },
    ...(text === '' ? [] : [{ text: `: ${text}` }]),
  ]);
}

function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map(plainText)
    .filter((line) => line.trim() !== '');
}

function textRows(lines: readonly string[], most: number): readonly JsonObject[] {
  const left = lines.length - most;
  return [
    ...lines.slice(0, most).map((text) => richText([{ text }])),
    ...(left > 0 ? [richText([{ text: `and ${left} more lines`, isSubtle: true }])] : []),
  ];
}

function richText(runs: readonly JsonObject[]): JsonObject {
  return { type: 'RichTextBlock', inlines: runs.map((run) => ({ type: 'TextRun', ...run })) };
}
