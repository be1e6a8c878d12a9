import { expect, it } from 'vitest';
import { count } from '../../src/text/count.ts';

it.each([
  [0, 'row', undefined, '0 rows'],
  [1, 'row', undefined, '1 row'],
  [2, 'row', undefined, '2 rows'],
  [1n, 'entry', 'entries', '1 entry'],
  [12, 'file was', 'files were', '12 files were'],
])('%s of %s is counted as people do', (amount, one, plural, text) => {
  expect(count(amount, one, plural)).toBe(text);
});
