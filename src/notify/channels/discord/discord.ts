import { z } from 'zod';
import type { HttpAnswer } from '../../../net/http-answer.ts';
import type { HttpClient } from '../../../net/http-client.ts';
import { boundedWaitMs } from '../../../net/retry-after.ts';
import type { DeliveryOutcome, OutgoingPost } from '../../delivery/outcome.ts';
import { noticeWithRows } from '../../forms/chat-rows.ts';
import { cutText } from '../../forms/cut-text.ts';
import { escapeMarkdown } from '../../forms/markdown.ts';
import { outcomeOfFault, outcomeOfStatus, waiting } from '../http-outcome.ts';
import { inTurn } from '../in-turn.ts';
import type { Pace } from '../pace.ts';
import { readJson } from '../provider-json.ts';
import { discordEmbed } from './embed.ts';

/*
 * Discord, by a webhook of a channel. It says in headers how many messages it still takes, and when the next ones.
 *
 * Sources: https://discord.com/developers/docs/resources/webhook#execute-webhook, …/topics/rate-limits
 */

export interface DiscordOptions {
  readonly http: HttpClient;
  /** Of the channel's pacing. */
  readonly pace: Pace;
  readonly now: () => Date;
}

export interface DiscordChannel {
  send(url: string, post: OutgoingPost, signal?: AbortSignal): Promise<DeliveryOutcome>;
}

const longestContent = 2000;
const longestSubject = 256;

export function createDiscord({ http, pace, now }: DiscordOptions): DiscordChannel {
  return {
    send: (url, post, signal) =>
      inTurn({ pace, key: url, subject: 'Discord', signal }, async () => {
        const answer = await http.post({
          url,
          headers: { 'content-type': 'application/json' },
          // Nobody is notified by a text that happens to hold @everyone.
          body: JSON.stringify({ ...contentOf(post), allowed_mentions: { parse: [] } }),
          ...(signal === undefined ? {} : { signal }),
        });
        if (answer.kind === 'fault') return outcomeOfFault('Discord', answer);
        if (answer.headers['x-ratelimit-remaining'] === '0')
          pace.hold(url, seconds(answer, 'x-ratelimit-reset-after') ?? 0);
        const outcome = outcomeOfStatus('Discord', answer, now());
        if (outcome.kind !== 'retry' || outcome.code !== 'rate_limited') return outcome;
        return waiting('rate_limited', outcome.reason, pauseOf(answer) ?? outcome.retryAfterMs);
      }),
  };
}

function contentOf(post: OutgoingPost) {
  const notice = noticeWithRows(post.notice);
  if (notice === null) return { content: discordText(post) };
  const repeat = post.possibleRepeat ? { content: '*This message may have been posted before.*' } : {};
  return { ...repeat, embeds: [discordEmbed(post, notice)] };
}

/** The subject in bold and the text below it, as OpsDeck posts it. */
export function discordText({ subject, text, possibleRepeat }: OutgoingPost): string {
  const repeat = possibleRepeat ? '*This message may have been posted before.*\n' : '';
  return cutText(
    `${repeat}**${escapeMarkdown(cutText(subject, longestSubject))}**\n${text}`.trimEnd(),
    longestContent,
  );
}

const limited = z.object({ retry_after: z.number() });

/** The body is more exact than the headers. */
function pauseOf(answer: HttpAnswer): number | undefined {
  const said = readJson(answer.body, limited);
  if (said !== undefined) return boundedWaitMs(said.retry_after * 1000);
  return seconds(answer, 'retry-after') ?? seconds(answer, 'x-ratelimit-reset-after');
}

/** A header in seconds, with a fraction, as milliseconds. */
function seconds(answer: HttpAnswer, name: string): number | undefined {
  const value = answer.headers[name]?.trim() ?? '';
  return /^\d+(?:\.\d+)?$/.test(value) ? boundedWaitMs(Number(value) * 1000) : undefined;
}
