import type { HttpAnswer } from '../../../net/http-answer.ts';
import type { HttpClient } from '../../../net/http-client.ts';
import { retryAfterMs } from '../../../net/retry-after.ts';
import type { DeliveryOutcome, OutgoingPost } from '../../delivery/outcome.ts';
import { outcomeOfFault, outcomeOfStatus, refused, waiting } from '../http-outcome.ts';
import { inTurn } from '../in-turn.ts';
import type { Pace } from '../pace.ts';
import { teamsMessage } from './card.ts';

/*
 * Microsoft Teams, by a webhook of Workflows ("When a Teams webhook request is received"). The flow accepts with 202 and posts
 * afterwards. Any other success is not the flow's: a page of a proxy or of a login has status 200 too.
 *
 * Sources: https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using,
 * https://learn.microsoft.com/power-automate/limits-and-config
 */

export interface TeamsOptions {
  readonly http: HttpClient;
  /** Of the channel's pacing. */
  readonly pace: Pace;
  readonly now: () => Date;
}

export interface TeamsChannel {
  send(url: string, post: OutgoingPost, signal?: AbortSignal): Promise<DeliveryOutcome>;
}

/** Of a throttled flow that does not say for how long. */
const throttledMs = 60_000;

export function createTeams({ http, pace, now }: TeamsOptions): TeamsChannel {
  return {
    send: (url, post, signal) =>
      inTurn({ pace, key: url, subject: 'Teams', signal }, async () => {
        const answer = await http.post({
          url,
          headers: { 'content-type': 'application/json' },
          body: teamsMessage(post),
          ...(signal === undefined ? {} : { signal }),
        });
        return answer.kind === 'fault' ? outcomeOfFault('Teams', answer) : outcomeOf(answer, now());
      }),
  };
}

function outcomeOf(answer: HttpAnswer, now: Date): DeliveryOutcome {
  const outcome = outcomeOfStatus('Teams', answer, now);
  if (outcome.kind === 'sent' && answer.status !== 202) {
    return refused(`Teams answered with HTTP ${answer.status} and not with 202`);
  }
  // Throttling costs no attempt, with or without the header that says how long.
  if (outcome.kind !== 'retry' || outcome.code !== 'rate_limited') return outcome;
  return waiting('rate_limited', outcome.reason, retryAfterMs(answer, now) ?? throttledMs);
}
