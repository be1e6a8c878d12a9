import { expect, it } from 'vitest';
import { bodyExcess } from '../../../src/notify/templates/body-limits.ts';

const nested = (tag: string, depth: number) => `<${tag}>`.repeat(depth) + 'x' + `</${tag}>`.repeat(depth);

it.each([
  ['elements nested as deep as they may be', nested('b', 200)],
  ['as many elements as one likes, side by side', '<p>a<br>b</p>'.repeat(50_000)],
  ['lists and quotes as deep as they may be', nested('blockquote', 10)],
  ['as long as it may be', 'x'.repeat(1_000_000)],
  ['elements that need no end, however many', '<br><img><li>a'.repeat(10_000)],
])('a body is converted: %s', (_, html) => {
  expect(bodyExcess(html)).toBeUndefined();
});

it.each([
  ['one level too deep', nested('b', 201), /deeper than 200 levels/],
  ['50,000 levels, never closed', '<b>'.repeat(50_000), /deeper than 200 levels/],
  ['deep after much that is flat', `${'<p>a</p>'.repeat(10_000)}${nested('div', 300)}`, /deeper than 200/],
  ['a list too deep', nested('ul', 11), /quotes or lists deeper than 10 levels/],
  ['lists in quotes in lists', '<ul><blockquote><ol>'.repeat(4), /quotes or lists deeper/],
  ['too long', 'x'.repeat(1_000_001), /longer than 1000000 characters/],
])('a body is refused before anything converts it: %s', (_, html, reason) => {
  expect(bodyExcess(html)).toMatch(reason);
});
