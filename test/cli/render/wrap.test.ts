import { expect, it } from 'vitest';
import { fitColumns } from '../../../src/cli/render/wrap.ts';

const column = (natural: number, word: number) => ({ natural, word });

it.each([
  ['all that fits stays as it is', [column(10, 5), column(12, 6)], 30, [10, 12]],
  [
    'what is left over goes to the column that would have most lines',
    [column(40, 8), column(20, 8)],
    29,
    [15, 14],
  ],
  [
    'no column gets more than it has words for',
    [column(21, 21), column(30, 9), column(9, 9)],
    60,
    [21, 30, 9],
  ],
  ['nothing is wasted beside a word that cannot give way', [column(21, 21), column(50, 10)], 70, [21, 49]],
])('%s', (_, columns, available, widths) => {
  expect(fitColumns(columns, available)).toEqual(widths);
});
