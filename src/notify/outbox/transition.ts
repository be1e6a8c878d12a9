import type { MessageState } from '../../db/tables/messages.ts';
import { count } from '../../text/count.ts';
import { definitionOf } from '../channels/lookup.ts';
import type { Channel } from '../channels/names.ts';
import type { DeliveryOutcome, Retry } from '../delivery/outcome.ts';

/** What becomes of a message after a send. */
export interface Transition {
  readonly state: Extract<MessageState, 'queued' | 'sent' | 'failed' | 'cancelled' | 'unknown'>;
  readonly failures: number;
  /** null: at once, or never. */
  readonly nextAttemptAt: Date | null;
  readonly possibleRepeat: boolean;
  readonly code: string | null;
  /** For people, without secrets. */
  readonly reason: string | null;
  readonly providerId: string | null;
  readonly waits: number;
  readonly refusedSince: Date | null;
}

/** What of a message decides. */
export interface SentMessage {
  readonly channel: Channel;
  readonly failures: number;
  readonly possible_repeat: boolean;
  readonly waits: number;
  readonly refused_since: Date | null;
}

/** Three attempts, as in OpsDeck. */
const mostFailures = 3;
/** Waits after the first and the second failure, as in OpsDeck. */
const waitsMs = [600_000, 1_200_000] as const;
/** After an attempt that was nobody's failure and came without a wish. */
const politeWaitMs = 300_000;
/** Whoever asks for less, or for a moment that is past, is asked again after this. */
const leastWaitMs = 60_000;
/** A recipient that the server puts off: the first wait, which doubles, up to the longest (RFC 5321 4.5.4.1: half an hour and more). */
const firstLaterMs = 300_000;
const longestLaterMs = 7_200_000;
/** Whoever has asked so often does not want the message: from then on each wait is a failure. */
const mostWaits = 20;

/**
 * Pure. A failure that counts waits 10, then 20 minutes (up to a tenth longer, so that a burst does not come back as one) and is
 * final the third time; one that does not count waits as long as the other side wishes, a minute at least, and counts after all
 * when it has wished so 20 times. A recipient that is put off is tried again with growing waits until `giveUpAfterMs`. Where a
 * message may have arrived, its channel says what follows (`whenInDoubt`).
 *
 * @param random in [0, 1).
 */
export function afterOutcome(
  message: SentMessage,
  outcome: DeliveryOutcome,
  now: Date,
  { random, giveUpAfterMs }: { readonly random: () => number; readonly giveUpAfterMs: number },
): Transition {
  const same = {
    failures: message.failures,
    possibleRepeat: message.possible_repeat,
    providerId: null,
    waits: message.waits,
    refusedSince: message.refused_since,
  };
  const told = (reason: string) => withDoubt(message, reason);
  switch (outcome.kind) {
    case 'sent':
      return {
        ...same,
        state: 'sent',
        nextAttemptAt: null,
        code: null,
        reason: null,
        providerId: outcome.providerId ?? null,
      };
    case 'failed':
      return {
        ...same,
        failures: message.failures + 1,
        state: 'failed',
        nextAttemptAt: null,
        code: outcome.code,
        reason: told(outcome.reason),
      };
    case 'gone':
      return {
        ...same,
        failures: message.failures + 1,
        state: 'failed',
        nextAttemptAt: null,
        code: 'gone',
        reason: told(outcome.reason),
      };
    case 'retry': {
      if (outcome.code === 'recipient_later') {
        return { ...same, ...later(message, outcome, now, giveUpAfterMs) };
      }
      const { code, reason, mayHaveArrived } = outcome;
      const retryAfterMs =
        outcome.retryAfterMs === undefined ? undefined : Math.max(outcome.retryAfterMs, leastWaitMs);
      const asked = retryAfterMs !== undefined && !outcome.costsAttempt;
      const costsAttempt = outcome.costsAttempt || (asked && message.waits >= mostWaits);
      const failures = message.failures + (costsAttempt ? 1 : 0);
      const after = {
        ...same,
        failures,
        code,
        reason: mayHaveArrived ? `${reason}; it may have arrived` : told(reason),
        waits: message.waits + (asked ? 1 : 0),
      };
      const doubtful = mayHaveArrived && mustBeAsked(message);
      const possibleRepeat = message.possible_repeat || mayHaveArrived;
      if (doubtful) return { ...after, possibleRepeat, state: 'unknown', nextAttemptAt: null };
      if (failures >= mostFailures) return { ...after, possibleRepeat, state: 'failed', nextAttemptAt: null };
      const usual = costsAttempt ? (waitsMs[failures - 1] ?? waitsMs[1]) : (retryAfterMs ?? politeWaitMs);
      const wait = Math.max(usual * (1 + random() / 10), retryAfterMs ?? 0);
      return { ...after, possibleRepeat, state: 'queued', nextAttemptAt: new Date(now.getTime() + wait) };
    }
    default:
      return outcome satisfies never;
  }
}

function later(
  message: SentMessage,
  { code, reason }: Retry,
  now: Date,
  giveUpAfterMs: number,
): Pick<Transition, 'state' | 'nextAttemptAt' | 'code' | 'reason' | 'failures' | 'waits' | 'refusedSince'> {
  const refusedSince = message.refused_since ?? now;
  const giveUpAt = new Date(refusedSince.getTime() + giveUpAfterMs);
  const waits = message.waits + 1;
  if (now >= giveUpAt) {
    const hours = Math.round((now.getTime() - refusedSince.getTime()) / 3_600_000);
    return {
      ...{ state: 'failed', nextAttemptAt: null, code: 'given_up', waits, refusedSince },
      failures: message.failures + 1,
      reason: withDoubt(message, `${reason}; given up after ${count(hours, 'hour')}`),
    };
  }
  const wait = Math.min(firstLaterMs * 2 ** Math.min(message.waits, 10), longestLaterMs);
  const nextAttemptAt = new Date(Math.min(now.getTime() + wait, giveUpAt.getTime()));
  return {
    ...{ state: 'queued', nextAttemptAt, code, waits, refusedSince },
    failures: message.failures,
    reason: withDoubt(message, reason),
  };
}

/** Whether an operator decides, when the message may have arrived. */
function mustBeAsked({ channel, possible_repeat }: SentMessage): boolean {
  const { whenInDoubt } = definitionOf(channel);
  return whenInDoubt === 'ask' || (whenInDoubt === 'once' && possible_repeat);
}

/** What may have arrived keeps that in its reason, whatever follows: who decides about it must know. */
function withDoubt({ possible_repeat: possibleRepeat }: SentMessage, reason: string): string {
  return possibleRepeat ? `${reason}; an earlier attempt may have arrived` : reason;
}

/** A message as it was; what becomes of one that was not sent changes only what it says. */
export function untried(
  message: SentMessage,
  change: Pick<Transition, 'state' | 'code' | 'reason'> & Partial<Pick<Transition, 'nextAttemptAt'>>,
): Transition {
  const { failures, possible_repeat: possibleRepeat, waits, refused_since: refusedSince } = message;
  const reason = change.reason === null ? null : withDoubt(message, change.reason);
  return {
    failures,
    possibleRepeat,
    waits,
    refusedSince,
    nextAttemptAt: null,
    providerId: null,
    ...change,
    reason,
  };
}

/** A message that failed before it could be sent. */
export function failedUntried(message: SentMessage, code: string, reason: string): Transition {
  return { ...untried(message, { state: 'failed', code, reason }), failures: message.failures + 1 };
}
