import { expect, it } from 'vitest';
import { type FieldType, fieldTypes } from '../../../../jobs/uar/compare/settings.ts';
import { InconclusiveComparison } from '../../../../jobs/uar/compare/spec.ts';
import type { Json } from '../../../../src/text/json.ts';
import { onEachDatabase } from '../../../support/databases.ts';
import { type Random, seededRandom } from '../../../support/seeded-random.ts';
import { byBytes, type ExpectedFinding, expectedOf } from './oracle.ts';
import { type ComparisonOfTest, compareRows, type SideRows, specOf } from './staged.ts';

const long = 'very-long-key-'.repeat(22);
const keys = [
  'ann',
  'Ann',
  'ANN',
  'ann@example.org',
  'Ann@Example.org',
  'ann@example.com',
  '@example.org',
  'a@b@example.org',
  'jos\u00e9',
  'jose\u0301',
  'JOS\u00c9',
  'JOSE\u0301',
  'Σίσυφος',
  'ΣΊΣΥΦΟΣ',
  'straße',
  'STRASSE',
  '日本',
  '😀',
  "o'brien",
  '"quoted"',
  'back\\slash',
  'tab\tin',
  'line\nin',
  'line\r\nin',
  '\\N',
  '\\.',
  'NULL',
  'null',
  'None',
  '{}',
  'a,b',
  'a;b',
  '%s',
  '$1',
  '1',
  '1.0',
  'l.o.',
  'аnn',
  'ΑΝΝ',
  'ann.',
  'ａｎｎ',
  long,
  `${long}!`,
  long.toUpperCase(),
] as const;
/** Not the byte order mark in front: reading results, the embedded database takes it away. */
const before = ['', '', '', ' ', '\t', '\u00a0', '\u3000', '\u200b'] as const;
const spaces = ['', '', '', '', ' ', '\t', '\u00a0', '\u3000', '\ufeff', ' \n'] as const;

const texts = [
  '',
  ' ',
  'Sales',
  'sales',
  'SALES ',
  '\u00a0Sales',
  'two\nlines',
  'two\r\nlines',
  'É',
  'e\u0301',
  'é',
  "it's",
  '"',
  '\\',
  'x'.repeat(3000),
  'X'.repeat(3000),
  'null',
  '1',
  '1.0',
] as const;
const numbers = [
  '1',
  '1.0',
  '01',
  '+1',
  '1e0',
  ' 1 ',
  '10e-1',
  '.5',
  '0.50',
  '5.',
  '5',
  '-0',
  '0',
  'n/a',
  '1,5',
  '1e',
  '0x1',
  'NaN',
  '',
  '123456789012345678901234567890',
  '123456789012345678901234567891',
  '1e999',
  '９',
] as const;
const booleans = [
  'true',
  'TRUE',
  't',
  'yes',
  'Y',
  'on',
  '1',
  ' 1',
  'false',
  'F',
  'no',
  '0',
  'off',
  '',
  '2',
  'ja',
] as const;
const dates = [
  '2024-02-03',
  '2024-2-3',
  '2024/02/03',
  '20240203',
  '3.2.2024',
  '03.02.2024',
  '2024-02-03T10:00:00Z',
  '2024-02-03 23:59:59.5+02',
  '2024-02-30',
  '30.02.2024',
  '2024-02-04',
  '03/02/2024',
  '2024-13-01',
  'soon',
  '',
  ' 2024-02-03',
] as const;
const lists = [
  'a;b',
  'b; a',
  'a,b',
  '["b","a"]',
  '["a","b","a"]',
  'a;b;a',
  '',
  '[]',
  '["a b"]',
  'A;b',
  '[1,"1",null]',
  '1;1;null',
  '[1',
  'a;;b',
  '{"a":1}',
  '[["a"],[1]]',
] as const;
const documents = [
  '{}',
  '[]',
  '{"a":1,"b":2}',
  '{"b":2,"a":1}',
  ' {"b":2, "a":1.0}',
  '{"a":{"b":[1,{"c/d":"x","e~f":null}]}}',
  '{"a":{"b":[1,{"c/d":"y"}]}}',
  '{"a":{"b":[1]}}',
  '[1,2,3]',
  '[1,3]',
  '[1,[2,[3,{"x":"É"}]]]',
  '[1,[2,[3,{"x":"é"}]]]',
  '{"a":null}',
  '{"a":"1"}',
  '{"a":',
  'x',
  '5',
  '5.0',
  '"5"',
  'null',
  '{"A":1}',
  '{"":{"":1}}',
  '{"":{"":2}}',
  `{"long":"${'y'.repeat(2000)}"}`,
] as const;
const valuesOf = {
  text: texts,
  number: numbers,
  boolean: booleans,
  date: dates,
  list: lists,
  json: documents,
} satisfies Record<FieldType, readonly [string, ...string[]]>;

/** One comparison: what it compares, and the rows of both sides. */
function randomComparison(
  random: Random,
  islands: number,
): { comparison: ComparisonOfTest; a: SideRows; b: SideRows } {
  const fields = Array.from({ length: random.below(5) }, (_, index) => {
    const type = random.chance(0.2) ? undefined : random.pick(fieldTypes);
    return {
      a: `field ${index}`,
      b: random.chance(0.3) ? `other "${index}"` : `field ${index}`,
      type,
      pool: valuesOf[type ?? random.pick(['json', 'text', 'list'])],
    };
  });
  const settings = {
    key: {
      trim: random.chance(0.4),
      case_fold: random.chance(0.4),
      unicode_nfc: random.chance(0.4),
      strip_domain: random.pick([false, false, true, 'example.org', '@Example.COM']),
    },
    fields: Object.fromEntries(
      fields.map(({ a, type }) => [
        a,
        {
          ...(type === undefined ? {} : { type }),
          ignore_case: random.chance(0.3),
          trim: random.chance(0.3),
          null_is_empty: random.chance(0.4),
          privileged: random.chance(0.2),
        },
      ]),
    ),
  };
  const condition = (column: string, pool: readonly [string, ...string[]]) => ({
    column,
    ...random.pick<Readonly<Record<string, unknown>>>([
      { '=': random.pick(pool) },
      { '!=': random.pick(pool) },
      { in: [random.pick(pool), random.pick(pool)] },
      { matches: random.pick(['^[a-z]', '1', 'S|e', ' $']) },
      { empty: random.chance(0.5) },
    ]),
    ignore_case: random.chance(0.4),
    trim: random.chance(0.4),
  });
  const where = (side: 'a' | 'b') =>
    random.chance(0.5)
      ? []
      : fields.filter(() => random.chance(0.4)).map((field) => condition(field[side], field.pool));
  // Islands of keys that cannot meet: many small tables in one.
  const island = (): (string | null)[][] =>
    Array.from({ length: random.below(6) }, (_, row) => {
      const key = random.chance(0.05) ? random.pick([null, '']) : random.pick(keys);
      return [
        key === null ? null : key,
        ...fields.map(({ pool }) => (random.chance(0.12) ? null : random.pick(pool))),
        `row ${row}`,
      ];
    });
  const place = (number: number, rows: (string | null)[][]) =>
    rows.map(([key, ...cells]) => [
      key === null || key === undefined || key === ''
        ? random.pick([key ?? null, ' ', '\u200b', '\u00a0\u2060\ufeff'])
        : `${random.pick(before)}${number}:${key}${random.pick(spaces)}`,
      ...cells,
    ]);
  const rowsA: (string | null)[][] = [];
  const rowsB: (string | null)[][] = [];
  for (let number = 0; number < islands; number += 1) {
    const own = island();
    rowsA.push(...place(number, own));
    // Most of B is A with something changed.
    const other = own
      .filter(() => random.chance(0.85))
      .map((cells) =>
        cells.map((cell, index) => {
          if (index === 0 || index > fields.length || random.chance(0.7)) return cell;
          return random.chance(0.1) ? null : random.pick(fields[index - 1]?.pool ?? texts);
        }),
      );
    rowsB.push(...place(number, [...other, ...(random.chance(0.3) ? island() : [])]));
  }
  return {
    comparison: {
      key: 'the key',
      keyB: 'KEY',
      fields: fields.map(({ a, b }) => `${a}:${b}`),
      settings: {
        ...settings,
        where: { a: where('a'), b: where('b') },
        sides: random.pick(['both', 'both', 'left', 'right']),
        ...(random.chance(0.5) ? { label: random.pick(['KEY', 'not compared']) } : {}),
      },
      comparisonId: random.below(1000),
    },
    a: { columns: ['the key', ...fields.map(({ a }) => a), 'not compared'], rows: rowsA },
    b: { columns: ['KEY', ...fields.map(({ b }) => b), 'not compared'], rows: rowsB },
  };
}

/** As text, because the order of a row's fields counts, too; that within the values of differences does not. */
function asText(finding: ExpectedFinding): string {
  const { finding_type, key_text, severity, raw_data_a, raw_data_b, differences, identity } = finding;
  const sorted = (_: string, value: Json) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => byBytes(one, other)))
      : value;
  const listed = JSON.stringify(differences, sorted);
  return JSON.stringify([finding_type, key_text, severity, raw_data_a, raw_data_b, listed, identity]);
}

/** The first few of either that the other lacks, or has in another place. */
function differing(found: readonly string[], expected: readonly string[]): readonly string[] {
  return [
    ...found.filter((finding, index) => finding !== expected[index]).map((finding) => `found: ${finding}`),
    ...expected.filter((finding, index) => finding !== found[index]).map((finding) => `expected: ${finding}`),
  ]
    .sort((a, b) => byBytes(a.slice(a.indexOf(':')), b.slice(b.indexOf(':'))))
    .slice(0, 6);
}

/** Such a comparison is inconclusive. */
const excludesAll = ({ rows }: SideRows, excluded: number) => rows.length > 0 && excluded === rows.length;

onEachDatabase((harness) => {
  it('finds what a naive reading of the rules finds, in thousands of random pairs of tables', async () => {
    const database = await harness.fresh();
    // Packed: 60 pairs of tables in each of 40; alone: what only a small or an empty table shows.
    const sizes = [...Array.from({ length: 40 }, () => 60), ...Array.from({ length: 40 }, () => 1)];
    for (const [seed, islands] of sizes.entries()) {
      const { comparison, a, b } = randomComparison(seededRandom(seed), islands);
      const expected = expectedOf(specOf(comparison), a, b);
      if (excludesAll(a, expected.excluded.a) || excludesAll(b, expected.excluded.b)) {
        await expect(compareRows(database, comparison, a, b)).rejects.toThrow(InconclusiveComparison);
        continue;
      }
      const { summary, findings } = await compareRows(database, comparison, a, b);
      const context = `seed ${seed}, ${JSON.stringify(comparison)}`;
      expect(differing(findings.map(asText), expected.findings.map(asText)), context).toEqual([]);
      expect(summary.compared, context).toBe(expected.compared);
      expect(summary.unreported, context).toBe(expected.unreported);
      expect({ a: summary.excluded.a.count, b: summary.excluded.b.count }, context).toEqual(
        expected.excluded,
      );
      expect({ a: summary.key_quality.a.empty.count, b: summary.key_quality.b.empty.count }, context).toEqual(
        expected.empty,
      );
      expect(summary.key_quality.near_misses.count, context).toBe(expected.nearMisses);
      const notOfType = summary.key_quality.not_of_type.map(
        ({ side, field, count }) => `${side} ${field}: ${count}`,
      );
      expect(notOfType.sort(byBytes), context).toEqual([...expected.notOfType].sort(byBytes));
    }
  });
});
