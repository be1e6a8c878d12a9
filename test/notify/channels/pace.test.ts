import { describe, expect, it } from 'vitest';
import { createPace, type Pacing } from '../../../src/notify/channels/pace.ts';

/** A clock that only a sleep moves. */
function paceOn(pacing: Pacing) {
  let now = 5000;
  const slept: number[] = [];
  const pace = createPace(pacing, {
    now: () => now,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      slept.push(ms);
      now += ms;
    },
  });
  return { pace, slept, pass: (ms: number) => (now += ms) };
}

describe('messages to one place are kept apart', () => {
  it('the first goes at once, each further one a second after the one before', async () => {
    const { pace, slept, pass } = paceOn({ intervalMs: 1000, longestWaitMs: 10_000 });
    expect(await pace.turn('a')).toBe(0);
    expect(await pace.turn('a')).toBe(0);
    pass(400);
    expect(await pace.turn('a')).toBe(0);
    pass(5000);
    expect(await pace.turn('a')).toBe(0);
    expect(slept).toEqual([1000, 600]);
  });

  it('turns that are asked for at the same time are different turns', async () => {
    const { pace, slept } = paceOn({ intervalMs: 1000, longestWaitMs: 10_000 });
    await Promise.all([pace.turn('a'), pace.turn('a'), pace.turn('a')]);
    expect(slept).toEqual([1000, 1000]);
  });

  it('places do not wait for one another', async () => {
    const { pace, slept } = paceOn({ intervalMs: 1000, longestWaitMs: 10_000 });
    await pace.turn('a');
    await pace.turn('b');
    expect(slept).toEqual([]);
  });

  it('a wait that is too long is not waited for, and takes no turn', async () => {
    const { pace, slept, pass } = paceOn({ intervalMs: 1000, longestWaitMs: 2000 });
    pace.hold('a', 60_000);
    expect(await pace.turn('a')).toBe(60_000);
    expect(await pace.turn('a')).toBe(60_000);
    pass(59_000);
    expect(await pace.turn('a')).toBe(0);
    expect(slept).toEqual([1000]);
  });

  it('a shorter hold does not cut a longer one', async () => {
    const { pace } = paceOn({ intervalMs: 0, longestWaitMs: 10 });
    pace.hold('a', 5000);
    pace.hold('a', 100);
    expect(await pace.turn('a')).toBe(5000);
  });

  it('the signal ends the wait', async () => {
    const { pace } = paceOn({ intervalMs: 1000, longestWaitMs: 2000 });
    await pace.turn('a');
    await expect(pace.turn('a', AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
  });
});
