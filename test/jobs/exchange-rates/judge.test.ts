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
  [
    'a hair more is quarantined',
    '1.0',
    ['1.1000000000000000000001'],
    [],
    ['1.1000000000000000000001 after 1.0'],
  ],
  ['exactly 10 % down is taken', '1', ['0.9'], ['0.9'], []],
  ['a hair less is quarantined', '1', ['0.8999999999999999999999'], [], ['0.8999999999999999999999 after 1']],
  ['small steps may go far', '1', ['1.1', '1.21', '1.331'], ['1.1', '1.21', '1.331'], []],
  [
    'a level that was reached by a jump stays quarantined',
    '1',
    ['2', '2.01'],
    [],
    ['2 after 1', '2.01 after 1'],
  ],
  ['a blip is quarantined, and what comes back is taken', '1', ['2', '1.05'], ['1.05'], ['2 after 1']],
  ['10 % of 0.3 is what it is in decimals', '0.3', ['0.33'], ['0.33'], []],
  ['two later days are not enough', '1', ['2', '2', '2'], [], ['2 after 1', '2 after 1', '2 after 1']],
  ['three later days confirm a level', '1', ['2', '2.1', '2', '1.95'], ['2', '2.1', '2', '1.95'], []],
  [
    'a level that does not stand still is none, and the next one is judged by itself',
    '1',
    ['2', '3', '3.1', '3', '3.2', '3.3'],
    ['3', '3.1', '3', '3.2', '3.3'],
    ['2 after 1'],
  ],
  [
    'two blips at one level are no level',
    '1',
    ['2', '2', '1', '2', '2', '1'],
    ['1', '1'],
    Array(4).fill('2 after 1'),
  ],
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
    gaps: [],
  });
  // JPY is not in this answer; what is stored of that day is its measure all the same.
  judge.judge({ date: '2026-11-03', rates: new Map([['JPY', '161']]) }, nothing);
  expect(judge.take().taken).toMatchObject([{ quote: 'JPY', version: 1 }]);
});

it.each([
  ['a correction that is taken settles what was quarantined of that day', '1.01', 'held', 1, 0, 1],
  ['a quarantined rate that comes again is neither quarantined twice nor settled', '2.0', 'held', 0, 0, 0],
  ['one that was rejected is not quarantined again', '2', 'rejected', 0, 0, 0],
  ['one that was superseded, and comes again, is quarantined again', '2', 'superseded', 0, 1, 0],
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

it.each([
  ['Friday to Monday is one day', '2026-11-20', '2026-11-23', '1.1', true, 0],
  ['and no more', '2026-11-20', '2026-11-23', '1.11', false, 0],
  ['over Easter it grows', '2026-04-02', '2026-04-07', '1.3', true, 0],
  ['but not beyond', '2026-04-02', '2026-04-07', '1.31', false, 0],
  ['ten days are compared', '2026-11-02', '2026-11-16', '2.01', false, 0],
  ['eleven days are a gap', '2026-11-02', '2026-11-17', '50', true, 1],
  ['eleven days without a move are one, too', '2026-11-02', '2026-11-17', '1', true, 1],
])('%s: from %s to %s, 1 to %s', (_, from, to, rate, isTaken, gaps) => {
  const judge = new RateJudge(new Map([['TRY', { rate: '1', date: from }]]));
  judge.judge({ date: to, rates: new Map([['TRY', rate]]) }, nothing);
  const decided = judge.take();
  expect([decided.taken.length, decided.held.length, decided.gaps.length]).toEqual([
    Number(isTaken),
    Number(!isTaken),
    gaps,
  ]);
});

it('a level that began in earlier runs is confirmed by later ones, but not by what was rejected', () => {
  const references = new Map([['CHF', { rate: '1.2', date: '2015-01-14' }]]);
  const waiting = ['2015-01-15', '2015-01-16', '2015-01-19'].map((date) => ({
    date,
    quote: 'CHF',
    rate: '1.01',
  }));
  const judged = (state?: string) => {
    const judge = new RateJudge(references, waiting);
    const held = state === undefined ? nothing.held : new Map([['CHF', [{ rate: '1', state }]]]);
    judge.judge({ date: '2015-01-20', rates: new Map([['CHF', '1']]) }, { taken: new Map(), held });
    const { taken, settled, held: left } = judge.take();
    return [taken.length, settled.length, left.length];
  };
  expect(judged()).toEqual([4, 3, 0]);
  expect(judged('held')).toEqual([4, 4, 0]);
  expect(judged('rejected')).toEqual([0, 0, 0]);
});
