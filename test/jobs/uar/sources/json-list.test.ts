import { describe, expect, it } from 'vitest';
import { JsonListScanner } from '../../../../jobs/uar/sources/api/json-list.ts';
import { nextLink } from '../../../../jobs/uar/sources/api/next-page.ts';

function scan(text: string, path: string[] = [], cursor?: string[], pieces = 3) {
  const scanner = new JsonListScanner({ path, cursor, rowsBefore: 0 });
  const bytes = Buffer.from(text);
  const out: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieces) out.push(scanner.write(bytes.subarray(at, at + pieces)));
  scanner.end();
  const rows = Buffer.concat(out).toString().split('\n').slice(0, -1);
  const items = rows.map((row, index): unknown => {
    const [number, item = ''] = row.split('\t');
    expect(number).toBe(String(index + 1));
    return JSON.parse(item.replaceAll('\\\\', '\\'));
  });
  expect(scanner.items).toBe(items.length);
  return { items, cursor: scanner.cursor, rows };
}

describe('the items of a list in a stream', () => {
  it('are those of the whole text, wherever the stream is cut', () => {
    const people = [
      { id: 1, name: 'A "quoted" \\ name, [1] {2}', nested: { data: { people: [1] }, next: 'x' } },
      { id: 12345.1, list: [[], {}, [{ a: 'é\n\u0001' }]], empty: {} },
      {},
    ];
    const document = {
      people: [0],
      data: { list: { people: 1 }, people, next: 'n' },
      meta: { 'ne"xt': 'c/1"' },
    };
    for (const text of [JSON.stringify(document), JSON.stringify(document, null, '\t')]) {
      for (const pieces of [1, 2, 7, 1000]) {
        const found = scan(text, ['data', 'people'], ['meta', 'ne"xt'], pieces);
        expect(found).toMatchObject({ items: people, cursor: 'c/1"' });
      }
    }
  });

  it('keep the digits of their numbers', () => {
    expect(scan('[{"a":1.10,"b":12345678901234567890}]').rows).toEqual([
      '1\t{"a":1.10,"b":12345678901234567890}',
    ]);
  });

  it.each([
    ['{"next": null, "d": []}', undefined],
    ['{"next": "", "d": []}', undefined],
    ['{"d": []}', undefined],
    ['{"d": [], "next": 17 }', '17'],
    ['{"d": [{"next": "inside"}], "next":"a\\u0026b"}', 'a&b'],
    ['{"d": [], "other": {"next": "deeper"}, "more": ["next", "x"]}', undefined],
  ])('leave the cursor of %s alone', (text, cursor) => {
    expect(scan(text, ['d'], ['next']).cursor).toBe(cursor);
  });

  it.each([
    ['', [], 'is empty'],
    ['  \n', [], 'is empty'],
    ['<!DOCTYPE html><html>', [], 'is HTML or XML, not JSON'],
    ['Service unavailable', [], 'is not JSON'],
    ['"[]"', [], 'is not JSON'],
    ['[{"a": 1}, {"a"', [], 'ends in the middle'],
    ['[{"a": 1}', [], 'ends in the middle'],
    ['{"d": [{"a": 1}]', ['d'], 'ends in the middle'],
    ['{"error": "no"}', [], 'is an object, not a list'],
    ['{"error": "no"}', ['d'], "has nothing at 'd'"],
    ['{"d": null}', ['d'], "has at 'd' a number or a word, not a list"],
    ['{"d": {"e": []}}', ['d'], "has at 'd' an object, not a list"],
    ['{"d": [], "d": []}', ['d'], "has two lists at 'd'"],
    ['[{}] []', [], 'continues after the end'],
    ['[{}] x', [], 'continues after the end'],
    ['[{},]', [], 'an item is missing'],
    ['[,{}]', [], 'an item is missing'],
    ['[{},,{}]', [], 'an item is missing'],
    ['[{}}', [], 'brackets do not pair'],
    ['[{"a": "b\nc"}]', [], 'control character'],
    [`[${'['.repeat(2000)}`, [], 'is nested deeper'],
    ['{"next": {"a": 1}, "d": []}', ['d'], 'where its next page should be'],
    ['{"next": true, "d": []}', ['d'], 'where its next page should be'],
  ])('are not taken from %s', (text, path, reason) => {
    expect(() => scan(text, path, ['next'])).toThrow(reason);
  });
});

it('an item that is too large is refused before it is whole', () => {
  const scanner = new JsonListScanner({ path: [], cursor: undefined, rowsBefore: 0 });
  scanner.write(Buffer.from('[{"a": "'));
  expect(() => {
    for (let megabytes = 0; megabytes < 20; megabytes += 1) scanner.write(Buffer.alloc(2 ** 20, 'x'));
  }).toThrow('has an item that is larger than 16 MB');
});

it.each([
  ['<https://x/a?page=2>; rel="next", <https://x/a?page=9>; rel="last"', 'https://x/a?page=2'],
  ['<https://x/1>; rel="prev", </a,b>; title="x, <y>"; rel="last NEXT"', '/a,b'],
  ['<https://x/2>; rel=next', 'https://x/2'],
  ['<https://x/1>; rel="first"', undefined],
  ['', undefined],
])('finds the next page in %s', (header, target) => {
  expect(nextLink(header)).toBe(target);
});
