import { z } from 'zod';
import type { HttpAnswer } from '../../../net/http-answer.ts';
import type { HttpClient } from '../../../net/http-client.ts';
import { retryAfterMs } from '../../../net/retry-after.ts';
import { plainText } from '../../../text/plain-text.ts';
import type { DeliveryOutcome, OutgoingPost, Retry } from '../../delivery/outcome.ts';
import { noticeWithRows } from '../../forms/chat-rows.ts';
import { cutMrkdwn, cutText } from '../../forms/cut-text.ts';
import { htmlToLongLines } from '../../forms/html-to-plain.ts';
import { escapeMrkdwn, insideMarks } from '../../forms/mrkdwn.ts';
import type { ChannelFault } from '../definition.ts';
import { outcomeOfFault, outcomeOfStatus, refused, waiting } from '../http-outcome.ts';
import { inTurn } from '../in-turn.ts';
import type { Pace } from '../pace.ts';
import { errorWord, readJson } from '../provider-json.ts';
import { slackRows } from './rows.ts';

/*
 * Slack, by an incoming webhook or by a bot's token. Slack answers many failures with HTTP 200 and `"ok": false`.
 *
 * Sources: https://api.slack.com/methods/chat.postMessage, …/users.lookupByEmail, https://api.slack.com/docs/rate-limits
 */

export interface SlackOptions {
  readonly http: HttpClient;
  /** Of the channel's pacing. */
  readonly pace: Pace;
  readonly now: () => Date;
  /** `xoxb-…`; undefined: only incoming webhooks. */
  readonly botToken?: string;
  /** Without a slash at the end; Slack's own by default. */
  readonly apiUrl?: string;
}

export interface SlackChannel {
  /** To the channel that the incoming webhook belongs to. */
  sendToWebhook(url: string, post: OutgoingPost, signal?: AbortSignal): Promise<DeliveryOutcome>;
  /** By the bot: `#alerts` or a channel's id. */
  sendToChannel(channel: string, post: OutgoingPost, signal?: AbortSignal): Promise<DeliveryOutcome>;
  /** By the bot, to the person in Slack with this e-mail address. */
  sendToPerson(email: string, post: OutgoingPost, signal?: AbortSignal): Promise<DeliveryOutcome>;
  /** Does the bot's token work, with the scopes that posting needs? Posts nothing. */
  check(signal: AbortSignal): Promise<ChannelFault | null>;
}

/** What the bot must be allowed: to post, and to find a person by the address. */
const scopes = ['chat:write', 'users:read.email'];

/** What Slack would cut off itself, in the middle of anything. */
const longestText = 40_000;
const longestSubject = 500;
const personTtlMs = 3_600_000;
const mostPeople = 10_000;

/** The subject in bold and the body below it, for both ways of posting. */
export function slackText({ subject, text, possibleRepeat, notice, event }: OutgoingPost): string {
  const repeat = possibleRepeat ? '_This message may have been posted before._\n' : '';
  const head = `${repeat}*${escapeMrkdwn(insideMarks(cutText(subject, longestSubject), ['*']))}*\n`;
  const withRows = noticeWithRows(notice);
  if (withRows !== null) return `${head}${slackRows(withRows, event)}`;
  return cutMrkdwn(`${head}${text}`.trimEnd(), longestText);
}

/** Errors that concern the token, so every message. */
const loginErrors = new Set([
  ...['invalid_auth', 'not_authed', 'account_inactive', 'token_revoked', 'token_expired', 'missing_scope'],
  ...['no_permission', 'org_login_required', 'ekm_access_denied', 'not_allowed_token_type', 'access_denied'],
]);
const passingErrors = new Set([
  ...['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout', 'team_added_to_org'],
]);

const reply = z.object({
  ok: z.boolean(),
  error: errorWord.optional().catch(undefined),
  ts: z.string().optional(),
  channel: z.string().optional(),
  user: z.object({ id: z.string() }).optional(),
});
const webhookReply = z.object({ ok: z.boolean().optional(), error: z.unknown().optional() });
type Reply = z.infer<typeof reply>;

/** An answer of the API that is a success, or what its failure means for the message. */
type Called = { readonly reply: Reply } | { readonly outcome: DeliveryOutcome };

export function createSlack(options: SlackOptions): SlackChannel {
  const { http, pace, now, botToken, apiUrl = 'https://slack.com/api' } = options;
  const people = new Map<string, { readonly id: string; readonly until: number }>();

  async function call(
    method: string,
    contentType: string,
    body: string,
    signal?: AbortSignal,
  ): Promise<Called> {
    if (botToken === undefined) return { outcome: loginRefused('there is no bot token for Slack') };
    const answer = await http.post({
      url: `${apiUrl}/${method}`,
      headers: { 'content-type': contentType, authorization: `Bearer ${botToken}` },
      body,
      ...(signal === undefined ? {} : { signal }),
    });
    if (answer.kind === 'fault') return { outcome: outcomeOfFault('Slack', answer) };
    return judge(answer);
  }

  function judge(answer: HttpAnswer): Called {
    const said = readJson(answer.body, reply);
    if (answer.status === 200 && said === undefined) {
      return { outcome: refused('Slack answered with something that is not its JSON') };
    }
    if (said === undefined || (said.ok && answer.status !== 200)) {
      return { outcome: outcomeOfAnswer('Slack', answer, now()) };
    }
    if (said.ok) return { reply: said };
    const error = said.error ?? 'no error';
    const reason = `Slack refused the message: ${error}`;
    if (error === 'ratelimited' || error === 'rate_limited')
      return { outcome: rateLimited(reason, answer, now()) };
    if (loginErrors.has(error)) return { outcome: loginRefused(reason) };
    if (passingErrors.has(error))
      return { outcome: waiting('refused_for_now', reason, retryAfterMs(answer, now())) };
    if (error === 'users_not_found') {
      const none = 'no account in Slack has this e-mail address';
      return { outcome: { kind: 'failed', code: 'no_slack_user', reason: none } };
    }
    return { outcome: refused(reason) };
  }

  /** Success is the body `ok` alone, or JSON that says so: a page of a proxy or of a login has status 200 too. */
  function outcomeOfWebhook(url: string, answer: HttpAnswer): DeliveryOutcome {
    const body = answer.body.trim();
    if (answer.status !== 200 || body === 'ok') return outcomeOfAnswer('the Slack webhook', answer, now());
    const said = readJson(body, webhookReply);
    if (said?.ok === true && said.error === undefined) return { kind: 'sent' };
    if (readJson(body, reply)?.error !== undefined) {
      const called = judge(answer);
      if ('outcome' in called) return called.outcome;
    }
    const text = plainText(htmlToLongLines(withoutAddress(body, url)))
      .replace(/\s+/g, ' ')
      .trim()
      .slice(0, 200);
    return refused(`the Slack webhook answered with HTTP 200 and not with ok: ${text || 'nothing'}`);
  }

  /** `key`: a channel, a person's id or a webhook; one message a second to each. */
  function withTurn(key: string, signal: AbortSignal | undefined, send: () => Promise<DeliveryOutcome>) {
    return inTurn({ pace, key, subject: 'Slack', signal }, send);
  }

  async function postMessage(
    channel: string,
    post: OutgoingPost,
    signal?: AbortSignal,
  ): Promise<DeliveryOutcome> {
    const body = { channel, text: slackText(post), mrkdwn: true, unfurl_links: false, unfurl_media: false };
    const called = await call(
      'chat.postMessage',
      'application/json; charset=utf-8',
      JSON.stringify(body),
      signal,
    );
    if ('outcome' in called) return called.outcome;
    const { ts } = called.reply;
    return ts === undefined ? { kind: 'sent' } : { kind: 'sent', providerId: ts };
  }

  async function findPerson(email: string, signal?: AbortSignal): Promise<string | DeliveryOutcome> {
    const known = people.get(email);
    if (known !== undefined && known.until > now().getTime()) return known.id;
    const form = new URLSearchParams({ email }).toString();
    const called = await call('users.lookupByEmail', 'application/x-www-form-urlencoded', form, signal);
    // A question is not the message: it cannot have arrived.
    if ('outcome' in called) return notArrived(called.outcome);
    const id = called.reply.user?.id;
    if (id === undefined) return refused('Slack answered with something that is not its JSON');
    if (people.size >= mostPeople) people.clear();
    people.set(email, { id, until: now().getTime() + personTtlMs });
    return id;
  }

  async function check(signal: AbortSignal): Promise<ChannelFault | null> {
    const fix = 'Check SLACK_BOT_TOKEN.';
    const answer = await http.post({
      url: `${apiUrl}/auth.test`,
      headers: { 'content-type': 'application/x-www-form-urlencoded', authorization: `Bearer ${botToken}` },
      body: '',
      signal,
    });
    if (answer.kind === 'fault') {
      const detail = answer.detail === undefined ? '' : ` (${answer.detail})`;
      return {
        reason: `Slack did not answer: ${answer.fault.replaceAll('_', ' ')}${detail}`,
        fix: answer.next ?? 'Check the way to slack.com.',
      };
    }
    const said = readJson(answer.body, reply);
    if (said?.ok !== true) return { reason: `Slack refused the token: ${said?.error ?? answer.status}`, fix };
    const has = answer.headers['x-oauth-scopes']?.split(',').map((scope) => scope.trim());
    const lacks = has === undefined ? [] : scopes.filter((scope) => !has.includes(scope));
    if (lacks.length === 0) return null;
    return {
      reason: `the bot of SLACK_BOT_TOKEN lacks ${lacks.join(', ')}`,
      fix: 'Add the scopes in Slack, and install the app again.',
    };
  }

  return {
    check,
    sendToWebhook: (url, post, signal) =>
      withTurn(`webhook ${url}`, signal, async () => {
        const answer = await http.post({
          url,
          headers: { 'content-type': 'application/json; charset=utf-8' },
          body: JSON.stringify({
            text: slackText(post),
            mrkdwn: true,
            unfurl_links: false,
            unfurl_media: false,
          }),
          ...(signal === undefined ? {} : { signal }),
        });
        if (answer.kind === 'fault') return outcomeOfFault('the Slack webhook', answer);
        return outcomeOfWebhook(url, answer);
      }),

    sendToChannel: (channel, post, signal) =>
      withTurn(`channel ${channel}`, signal, () => postMessage(channel, post, signal)),

    sendToPerson: async (email, post, signal) => {
      const person = await findPerson(email, signal);
      if (typeof person !== 'string') return person;
      return withTurn(`channel ${person}`, signal, () => postMessage(person, post, signal));
    },
  };
}

/** Incoming webhooks say why in one word as the whole body: `no_service`, `channel_is_archived`. */
function outcomeOfAnswer(subject: string, answer: HttpAnswer, now: Date): DeliveryOutcome {
  const outcome = outcomeOfStatus(subject, answer, now);
  if (outcome.kind === 'retry' && outcome.code === 'rate_limited')
    return rateLimited(outcome.reason, answer, now);
  const word = errorWord.safeParse(answer.body.trim()).data;
  return outcome.kind === 'failed' && word !== undefined
    ? { ...outcome, reason: `${outcome.reason}: ${word}` }
    : outcome;
}

/** A page may repeat what it was asked for, as a whole or in part. */
function withoutAddress(body: string, url: string): string {
  const { pathname } = new URL(url);
  const parts = [url, pathname, ...pathname.split('/')].filter((part) => part.length >= 6);
  return parts.reduce((text, part) => text.replaceAll(part, '[secret]'), body);
}

/** Slack's rate limit costs no attempt, with or without the header that says how long. */
function rateLimited(reason: string, answer: HttpAnswer, now: Date): Retry {
  return waiting('rate_limited', reason, retryAfterMs(answer, now) ?? 60_000);
}

function loginRefused(reason: string): Retry {
  return { kind: 'retry', code: 'login_refused', reason, costsAttempt: false, mayHaveArrived: false };
}

function notArrived(outcome: DeliveryOutcome): DeliveryOutcome {
  return outcome.kind === 'retry' ? { ...outcome, mayHaveArrived: false } : outcome;
}
