import { describe, expect, it } from 'vitest';
import { nearest } from '../../src/text/suggest.ts';

describe('nearest', () => {
  const names = ['compliance-drift', 'uar', 'Retention'];
  it.each([
    ['complience-drift', 'compliance-drift'],
    ['UAR', 'uar'],
    ['retenton', 'Retention'],
    ['uat', 'uar'],
    ['backup', undefined],
    ['', undefined],
  ])('%j suggests %s', (word, suggestion) => {
    expect(nearest(word, names)).toBe(suggestion);
  });

  it('suggests nothing where there is nothing', () => {
    expect(nearest('x', [])).toBeUndefined();
  });
});
