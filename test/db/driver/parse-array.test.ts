import { describe, expect, it } from 'vitest';
import { parseArray } from '../../../src/db/driver/parse-array.ts';

describe('parseArray', () => {
  it.each([
    ['{}', []],
    ['{1,2}', ['1', '2']],
    ['{NULL,"NULL",null}', [null, 'NULL', 'null']],
    ['{"a,b","c\\"d","e\\\\f","{g}",""}', ['a,b', 'c"d', 'e\\f', '{g}', '']],
    [
      '{{1,2},{3,4}}',
      [
        ['1', '2'],
        ['3', '4'],
      ],
    ],
    ['[0:1]={a,b}', ['a', 'b']],
    ['{"line\nbreak"}', ['line\nbreak']],
  ])('%s', (text, expected) => {
    expect(parseArray(text, (element) => element)).toEqual(expected);
  });
});
