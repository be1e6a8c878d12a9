import { describe, expect, it } from 'vitest';
import { judgeDecision, type MessageAction } from '../../../src/notify/outbox/judge-decision.ts';

const states = ['queued', 'sending', 'sent', 'failed', 'cancelled', 'held', 'unknown'] as const;

/** In the order of `states`: + done, = so already, - refused. */
const table: ReadonlyArray<readonly [MessageAction, 'job' | 'opsdeck', string]> = [
  ['retry', 'job', '=--+-++'],
  ['cancel', 'job', '+---=++'],
  ['release', 'job', '=----+-'],
  ['hand_back', 'opsdeck', '+----+-'],
  ['hand_back', 'job', '-------'],
];

describe('what an operator may decide about a message', () => {
  it.each(table)('%s, queued by %s: %s', (action, origin, expected) => {
    const signs = states.map((state) => {
      const verdict = judgeDecision(action, { state, origin, adopted: true, postponed: false });
      return verdict === 'do' ? '+' : verdict === 'already' ? '=' : '-';
    });
    expect(signs.join('')).toBe(expected);
  });

  it('what was put off until later is sent again at once', () => {
    const message = { state: 'queued', origin: 'job', adopted: true, postponed: true } as const;
    expect(judgeDecision('retry', message)).toBe('do');
    expect(judgeDecision('release', message)).toBe('already');
  });

  it('what OpsDeck has itself is handed back already', () => {
    expect(
      judgeDecision('hand_back', { state: 'queued', origin: 'opsdeck', adopted: false, postponed: false }),
    ).toBe('already');
  });
});
