import { describe, expect, it } from 'vitest';
import { JsonListScanner } from '../../../../jobs/uar/sources/api/json-list.ts';
import { nextLink } from '../../../../jobs/uar/sources/api/link-header.ts';

function scan(text: string, path: string[] = [], cursor?: string[], pieces = 3) {
  const scanner = new JsonListScanner({
    list: [path],
    values: cursor === undefined ? {} : { cursor: [cursor] },
  });
  const bytes = Buffer.from(text);
  const out: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieces) out.push(scanner.write(bytes.subarray(at, at + pieces)));
  scanner.end();
  const rows = Buffer.concat(out).toString().split('\n').slice(0, -1);
  const items = rows.map((row): unknown => JSON.parse(row.replaceAll('\\\\', '\\')));
  expect(scanner.items).toBe(items.length);
  return { items, cursor: scanner.value('cursor'), rows };
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
        expect(found).toMatchObject({ items: people, cursor: { kind: 'text', text: 'c/1"' } });
      }
    }
  });

  it('keep the digits of their numbers', () => {
    expect(scan('[{"a":1.10,"b":12345678901234567890}]').rows).toEqual([
      '{"a":1.10,"b":12345678901234567890}',
    ]);
  });

  it.each([
    ['{"next": null, "d": []}', { kind: 'word', text: 'null' }],
    ['{"next": "", "d": []}', { kind: 'text', text: '' }],
    ['{"next": {"a": 1}, "d": []}', { kind: 'an object' }],
    ['{"d": []}', undefined],
    ['{"d": [], "next": 17 }', { kind: 'word', text: '17' }],
    ['{"d": [{"next": "inside"}], "next":"a\\u0026b"}', { kind: 'text', text: 'a&b' }],
    ['{"d": [], "other": {"next": "deeper"}, "more": ["next", "x"]}', undefined],
  ])('leave the cursor of %s alone', (text, cursor) => {
    expect(scan(text, ['d'], ['next']).cursor).toEqual(cursor);
  });

  it('are none where the list is null', () => {
    for (const [text, path] of [
      ['null', []],
      [' null ', []],
      ['{"d": null}', ['d']],
      ['{"d":null,"e":1}', ['d']],
    ] as const)
      expect(scan(text, [...path], undefined, 1).items).toEqual([]);
  });

  it('and values are found by the first of several ways that leads to something', () => {
    const ways = [['a.b'], ['a', 'b']];
    const values = (text: string) => {
      const scanner = new JsonListScanner({ list: ways, values: { next: [['n.x'], ['n', 'x']] } });
      scanner.write(Buffer.from(text));
      scanner.end();
      return [scanner.items, scanner.value('next')];
    };
    const text = (found: string) => ({ kind: 'text', text: found });
    expect(values('{"a.b": [{}], "n": {"x": "deep"}}')).toEqual([1, text('deep')]);
    expect(values('{"a": {"b": [{}, {}]}, "n.x": "whole", "n": {"x": "deep"}}')).toEqual([2, text('whole')]);
    expect(values('{"n": {"x": "deep"}, "n.x": "whole", "a": {"b": []}}')).toEqual([0, text('whole')]);
    expect(() => values('{"a": {"b": []}, "a.b": []}')).toThrow('has two lists');
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
    ['{"d": 5}', ['d'], "has at 'd' a number or a word, not a list"],
    ['{"d": "null"}', ['d'], "has at 'd' text, not a list"],
    ['nothing', [], 'is not JSON'],
    ['null', ['d'], "has nothing at 'd'"],
    ['null null', [], 'continues after the end'],
    ['null[{}]', [], 'a comma is missing'],
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
  ])('are not taken from %s', (text, path, reason) => {
    expect(() => scan(text, path, ['next'])).toThrow(reason);
  });
});

it('an item that is too large is refused before it is whole', () => {
  const scanner = new JsonListScanner({ list: [[]] });
  scanner.write(Buffer.from('[{"a": "'));
  expect(() => {
    for (let megabytes = 0; megabytes < 20; megabytes += 1) scanner.write(Buffer.alloc(2 ** 20, 'x'));
  }).toThrow('has an item that is larger than 16 MB');
});

it.each([
  ['<https://x/a?page=2>; rel="next", <https://x/a?page=9>; rel="last"', 'https://x/a?page=2'],
  ['<https://x/1>; rel="prev", </a,b>; title="x, <y>"; rel="last NEXT"', '/a,b'],
  ['<https://x/2>; rel=next', 'https://x/2'],
  ["<https://x/2>; rel='next'", 'https://x/2'],
  ['<https://x/1>; rel="self", <https://x/2>; rel="next"', 'https://x/2'],
  [`<https://x/1>; title*=UTF-8''x; rel=prev,, <https://x/2> ; rel = "next" ,`, 'https://x/2'],
  ['<https://x/2>; rel="next", <https://x/2>; rel="next"', 'https://x/2'],
  ['<https://x/next>; rel="first"', undefined],
  ['', undefined],
])('finds the next page in %s', (header, target) => {
  expect(nextLink(header)).toBe(target);
});

it.each([
  ['https://x/2; rel="next"', 'cannot be read'],
  ['<https://x/2; rel="next"', 'cannot be read'],
  ['<https://x/2>; rel="next', 'cannot be read'],
  ['<https://x/2> rel="next"', 'cannot be read'],
  ['<https://x/2>; rel: "next"', 'cannot be read'],
  ['<https://x/2>; relation="next"', "has the word 'next'"],
  ['<https://x/2>; rel="next", <https://x/3>; rel="next"', 'several next pages'],
])('does not take %s for the last page', (header, reason) => {
  expect(() => nextLink(header)).toThrow(reason);
});
