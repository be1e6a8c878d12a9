import { expect, it } from 'vitest';
import { type KnownDay, RateJudge } from '../../../jobs/exchange-rates/judge.ts';

const nothing: KnownDay = { taken: new Map(), held: new Map() };

function judged(before: string | null, rates: readonly string[]) {
  const judge = new RateJudge(
    new Map(before === null ? [] : [['USD', { rate: before, date: '2026-11-01' }]]),
  );
  rates.forEach((rate, index) => {
    judge.judge({ date: `2026-11-0${index + 2}`, rates: new Map([['USD', rate]]) }, nothing);
  });
  const { taken, held } = judge.take();
  return {
    taken: taken.map(({ rate }) => rate),
    held: held.map(({ rate, comparedRate }) => `${rate} after ${comparedRate}`),
  };
}

it.each<[string, string | null, string[], string[], string[]]>([
  ['the first rate has nothing to be measured by', null, ['500'], ['500'], []],
  ['exactly 10 % up is taken', '1.0', ['1.1'], ['1.1'], []],
  ['a hair more is held', '1.0', ['1.1000000000000000000001'], [], ['1.1000000000000000000001 after 1.0']],
  ['exactly 10 % down is taken', '1', ['0.9'], ['0.9'], []],
  ['a hair less is held', '1', ['0.8999999999999999999999'], [], ['0.8999999999999999999999 after 1']],
  ['small steps may go far', '1', ['1.1', '1.21', '1.331'], ['1.1', '1.21', '1.331'], []],
  ['a level that was reached by a jump stays held', '1', ['2', '2.01'], [], ['2 after 1', '2.01 after 1']],
  ['a blip is held, and what comes back is taken', '1', ['2', '1.05'], ['1.05'], ['2 after 1']],
  ['10 % of 0.3 is what it is in decimals', '0.3', ['0.33'], ['0.33'], []],
])('%s', (_, before, rates, taken, held) => {
  expect(judged(before, rates)).toEqual({ taken, held });
});

it('a day that is stored counts: the same rate, otherwise written, is nothing new; another is its next version', () => {
  const known: KnownDay = {
    taken: new Map([
      ['USD', { rate: '1.10', version: 2 }],
      ['JPY', { rate: '160', version: 1 }],
      ['GBP', { rate: '0.8', version: 1 }],
    ]),
    held: new Map([['CHF', [{ rate: '2', state: 'rejected' }]]]),
  };
  const judge = new RateJudge(
    new Map([...known.taken.keys(), 'CHF'].map((code) => [code, { rate: '1', date: '2026-11-01' }])),
  );
  const rates = new Map([
    ['USD', '1.1'],
    ['GBP', '0.9'],
    ['CHF', '2.0'],
  ]);
  judge.judge({ date: '2026-11-02', rates }, known);
  expect(judge.take()).toEqual({
    taken: [{ date: '2026-11-02', quote: 'GBP', rate: '0.9', version: 2 }],
    held: [],
    settled: [],
  });
  // JPY is not in this answer; what is stored of that day is its measure all the same.
  judge.judge({ date: '2026-11-03', rates: new Map([['JPY', '161']]) }, nothing);
  expect(judge.take().taken).toMatchObject([{ quote: 'JPY', version: 1 }]);
});

it.each([
  ['a correction that is taken settles what was held of that day', '1.01', 'held', 1, 0, 1],
  ['a held rate that comes again is neither held twice nor settled', '2.0', 'held', 0, 0, 0],
  ['one that was rejected is not held again', '2', 'rejected', 0, 0, 0],
  ['one that was superseded, and comes again, is held again', '2', 'superseded', 0, 1, 0],
  ['one that was accepted, and comes again after a correction, is taken', '2', 'accepted', 1, 0, 0],
])('%s', (_, rate, state, taken, held, settled) => {
  const judge = new RateJudge(new Map([['USD', { rate: '1', date: '2026-11-01' }]]));
  judge.judge(
    { date: '2026-11-02', rates: new Map([['USD', rate]]) },
    { taken: new Map(), held: new Map([['USD', [{ rate: '2', state }]]]) },
  );
  const decided = judge.take();
  expect([decided.taken.length, decided.held.length, decided.settled.length]).toEqual([taken, held, settled]);
});
