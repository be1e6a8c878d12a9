import { describe, expect, it } from 'vitest';
import type { Channel } from '../../../src/notify/channels/names.ts';
import type { DeliveryOutcome, Retry } from '../../../src/notify/delivery/outcome.ts';
import { afterOutcome, failedUntried } from '../../../src/notify/outbox/transition.ts';

const now = new Date('2026-11-24T12:00:00Z');
const minute = 60_000;
const plain = { random: () => 0, giveUpAfterMs: 48 * 60 * minute };
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 60 * minute);
const putOff = retry({ code: 'recipient_later', costsAttempt: false });

function retry(change: Partial<Retry> = {}): Retry {
  return {
    kind: 'retry',
    code: 'refused_for_now',
    reason: 'later',
    costsAttempt: true,
    mayHaveArrived: false,
    ...change,
  };
}

interface Case {
  readonly what: string;
  readonly channel?: Channel;
  readonly failures?: number;
  readonly possibleRepeat?: boolean;
  readonly waits?: number;
  readonly refusedHoursAgo?: number;
  readonly outcome: DeliveryOutcome;
  /** In [0, 1). */
  readonly random?: number;
  readonly state: string;
  readonly failuresThen: number;
  readonly waitMs?: number;
  readonly possibleRepeatThen?: boolean;
}

const cases: readonly Case[] = [
  { what: 'sent', outcome: { kind: 'sent' }, state: 'sent', failuresThen: 0 },
  {
    what: 'sent at the second attempt',
    failures: 1,
    outcome: { kind: 'sent' },
    state: 'sent',
    failuresThen: 1,
  },
  {
    what: 'a refusal for good is final at once',
    outcome: { kind: 'failed', code: 'refused', reason: 'no' },
    state: 'failed',
    failuresThen: 1,
  },
  {
    what: 'gone is final at once',
    outcome: { kind: 'gone', reason: '410' },
    state: 'failed',
    failuresThen: 1,
  },
  {
    what: 'the first failure waits 10 minutes',
    outcome: retry(),
    state: 'queued',
    failuresThen: 1,
    waitMs: 10 * minute,
  },
  {
    what: 'the second failure waits 20 minutes',
    failures: 1,
    outcome: retry(),
    state: 'queued',
    failuresThen: 2,
    waitMs: 20 * minute,
  },
  { what: 'the third failure is final', failures: 2, outcome: retry(), state: 'failed', failuresThen: 3 },
  {
    what: 'the wait is up to a tenth longer, never shorter',
    outcome: retry(),
    random: 0.5,
    state: 'queued',
    failuresThen: 1,
    waitMs: 10.5 * minute,
  },
  {
    what: 'a wish to wait is obeyed and costs no attempt',
    failures: 2,
    outcome: retry({ code: 'rate_limited', costsAttempt: false, retryAfterMs: 90 * minute }),
    state: 'queued',
    failuresThen: 2,
    waitMs: 90 * minute,
  },
  {
    what: 'a wish for no wait at all is a minute: a message is never sent in a circle',
    outcome: retry({ code: 'rate_limited', costsAttempt: false, retryAfterMs: 0 }),
    state: 'queued',
    failuresThen: 0,
    waitMs: minute,
  },
  {
    what: 'the twentieth wish costs nothing',
    waits: 19,
    outcome: retry({ code: 'rate_limited', costsAttempt: false, retryAfterMs: 90 * minute }),
    state: 'queued',
    failuresThen: 0,
    waitMs: 90 * minute,
  },
  {
    what: 'the next is a failure: nobody else decides that a message waits for ever',
    waits: 20,
    outcome: retry({ code: 'rate_limited', costsAttempt: false, retryAfterMs: 90 * minute }),
    state: 'queued',
    failuresThen: 1,
    waitMs: 90 * minute,
  },
  {
    what: 'and the third such is final',
    waits: 22,
    failures: 2,
    outcome: retry({ code: 'rate_limited', costsAttempt: false, retryAfterMs: 0 }),
    state: 'failed',
    failuresThen: 3,
  },
  {
    what: 'a server that is away has not asked for anything: however often, it costs nothing',
    waits: 20,
    outcome: retry({ code: 'server_away', costsAttempt: false }),
    state: 'queued',
    failuresThen: 0,
    waitMs: 5 * minute,
  },
  {
    what: 'a short wish after a failure that counts does not shorten the wait',
    outcome: retry({ retryAfterMs: minute }),
    state: 'queued',
    failuresThen: 1,
    waitMs: 10 * minute,
  },
  {
    what: 'a long wish after a failure that counts lengthens it',
    outcome: retry({ retryAfterMs: 60 * minute }),
    state: 'queued',
    failuresThen: 1,
    waitMs: 60 * minute,
  },
  {
    what: 'a recipient that is put off is tried again in 5 minutes, and it costs nothing',
    failures: 2,
    outcome: putOff,
    state: 'queued',
    failuresThen: 2,
    waitMs: 5 * minute,
  },
  {
    what: 'then in twice the time',
    waits: 3,
    refusedHoursAgo: 1,
    outcome: putOff,
    state: 'queued',
    failuresThen: 0,
    waitMs: 40 * minute,
  },
  {
    what: 'every two hours at last',
    waits: 30,
    refusedHoursAgo: 40,
    outcome: putOff,
    state: 'queued',
    failuresThen: 0,
    waitMs: 120 * minute,
  },
  {
    what: 'for the last time when it is given up',
    waits: 30,
    refusedHoursAgo: 47,
    outcome: putOff,
    state: 'queued',
    failuresThen: 0,
    waitMs: 60 * minute,
  },
  {
    what: 'and has failed then',
    waits: 30,
    refusedHoursAgo: 48,
    outcome: putOff,
    state: 'failed',
    failuresThen: 1,
  },
  {
    what: "nobody's failure without a wish waits five minutes",
    outcome: retry({ code: 'interrupted', costsAttempt: false }),
    state: 'queued',
    failuresThen: 0,
    waitMs: 5 * minute,
  },
  {
    what: 'a mail that may have arrived goes once more, marked',
    outcome: retry({ code: 'connection_lost', mayHaveArrived: true }),
    state: 'queued',
    failuresThen: 1,
    waitMs: 10 * minute,
    possibleRepeatThen: true,
  },
  {
    what: 'a mail that may have arrived twice is for an operator',
    failures: 1,
    possibleRepeat: true,
    outcome: retry({ code: 'connection_lost', mayHaveArrived: true }),
    state: 'unknown',
    failuresThen: 2,
    possibleRepeatThen: true,
  },
  {
    what: 'a webhook that may have arrived goes again: its receiver knows its id',
    channel: 'webhook',
    possibleRepeat: true,
    outcome: retry({ code: 'timed_out', mayHaveArrived: true }),
    state: 'queued',
    failuresThen: 1,
    waitMs: 10 * minute,
    possibleRepeatThen: true,
  },
  {
    what: 'a webhook that may have arrived fails the third time all the same',
    channel: 'webhook',
    failures: 2,
    outcome: retry({ code: 'timed_out', mayHaveArrived: true }),
    state: 'failed',
    failuresThen: 3,
    possibleRepeatThen: true,
  },
  ...(['slack', 'discord'] as const).map((channel) => ({
    what: `a message to ${channel} that may have arrived is for an operator at once`,
    channel,
    outcome: retry({ code: 'timed_out', mayHaveArrived: true }),
    state: 'unknown',
    failuresThen: 1,
    possibleRepeatThen: true,
  })),
  {
    what: 'a mark is kept',
    possibleRepeat: true,
    outcome: retry(),
    state: 'queued',
    failuresThen: 1,
    waitMs: 10 * minute,
    possibleRepeatThen: true,
  },
];

describe('what becomes of a message', () => {
  it.each(cases)('$what', (one) => {
    const message = {
      channel: one.channel ?? 'email',
      failures: one.failures ?? 0,
      possible_repeat: one.possibleRepeat === true,
      waits: one.waits ?? 0,
      refused_since: one.refusedHoursAgo === undefined ? null : hoursAgo(one.refusedHoursAgo),
    };
    const to = afterOutcome(message, one.outcome, now, {
      random: () => one.random ?? 0,
      giveUpAfterMs: 48 * 60 * minute,
    });
    expect(to).toMatchObject({
      state: one.state,
      failures: one.failuresThen,
      possibleRepeat: one.possibleRepeatThen === true,
      nextAttemptAt: one.waitMs === undefined ? null : new Date(now.getTime() + one.waitMs),
    });
    expect(to.reason === null).toBe(one.outcome.kind === 'sent');
    // Whoever decides about it must know.
    if (to.reason !== null && to.possibleRepeat) expect(to.reason).toMatch(/may have arrived$/);
  });

  it('a message that may have arrived keeps that in its reason when it is refused, or fails before it is sent', () => {
    const message = {
      channel: 'email',
      failures: 1,
      possible_repeat: true,
      waits: 0,
      refused_since: null,
    } as const;
    const refused = { kind: 'failed', code: 'refused', reason: 'The server refuses it' } as const;
    const kept = 'an earlier attempt may have arrived';
    expect(afterOutcome(message, refused, now, plain).reason).toBe(`The server refuses it; ${kept}`);
    expect(failedUntried(message, 'destination_off', 'It is off').reason).toBe(`It is off; ${kept}`);
  });

  it('what the provider calls the message is kept', () => {
    const message = {
      channel: 'email',
      failures: 0,
      possible_repeat: false,
      waits: 0,
      refused_since: null,
    } as const;
    expect(afterOutcome(message, { kind: 'sent', providerId: '4F3A1' }, now, plain).providerId).toBe('4F3A1');
  });
});
