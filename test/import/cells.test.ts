import { describe, expect, it } from 'vitest';
import {
  optionalBoolean,
  optionalInteger,
  optionalText,
  requiredDate,
  requiredEmail,
  requiredInteger,
  requiredText,
} from '../../src/import/cells.ts';

const messageOf = (result: { success: boolean; error?: { issues: { message: string }[] } | undefined }) =>
  result.error?.issues.map((issue) => issue.message);

describe('cells', () => {
  it.each(['2024-02-29', '2000-01-01', '9999-12-31'])('%s is a date', (text) => {
    expect(requiredDate.parse(text)).toBe(text);
  });

  it.each([
    '2023-02-29',
    '2024-13-01',
    '2024-1-1',
    '01/02/2024',
    '0000-01-01',
    '2024-02-30',
    '2024-01-01T00:00',
  ])('%s is no date: nothing is moved to another day in silence', (text) => {
    expect(messageOf(requiredDate.safeParse(text))).toEqual([
      `is '${text}': write a date that exists as YYYY-MM-DD`,
    ]);
  });

  it('lengths are counted in characters, as the database counts them', () => {
    expect(requiredText(3).parse('🙂🙂🙂')).toBe('🙂🙂🙂');
    expect(messageOf(requiredText(3).safeParse('🙂🙂🙂🙂'))).toEqual(['has 4 characters, 3 are allowed']);
  });

  it.each([
    ['yes', true],
    ['TRUE', true],
    ['1', true],
    ['No', false],
    ['false', false],
    ['0', false],
    ['', null],
    [undefined, null],
  ])('boolean %s', (text, value) => {
    expect(optionalBoolean.parse(text)).toBe(value);
  });

  it('reports once what is wrong', () => {
    expect(messageOf(requiredEmail.safeParse(''))).toEqual(['is empty']);
    expect(messageOf(requiredEmail.safeParse('ana'))).toEqual(["is 'ana', which is no e-mail address"]);
    expect(messageOf(requiredDate.safeParse(''))).toEqual(['is empty']);
    expect(messageOf(requiredText(5).safeParse(''))).toEqual(['is empty']);
    expect(messageOf(optionalBoolean.safeParse('maybe'))).toEqual(["is 'maybe': write true or false"]);
    expect(messageOf(requiredInteger(1, 90).safeParse(''))).toEqual([
      'is empty: write a whole number from 1 to 90',
    ]);
  });

  it.each(['1.5', '-1', '1e3', ' 7', '91', '99999999999', '0x10'])('%s is no number of days', (text) => {
    expect(messageOf(optionalInteger(0, 90).safeParse(text))).toEqual([
      `is '${text}': write a whole number from 0 to 90`,
    ]);
  });

  it('an empty optional cell and a column that is left out are both null', () => {
    for (const cell of ['', undefined]) {
      expect(optionalText(5).parse(cell)).toBeNull();
      expect(optionalInteger(0, 9).parse(cell)).toBeNull();
    }
  });
});
