import { sql, type Transaction } from 'kysely';
import { describe, expect, it } from 'vitest';
import { comparedKey } from '../../../../jobs/uar/compare/key.sql.ts';
import { type FieldType, fieldTypes, type KeySettings } from '../../../../jobs/uar/compare/settings.ts';
import { InconclusiveComparison } from '../../../../jobs/uar/compare/spec.ts';
import { foldingCollations } from '../../../../jobs/uar/compare/text.sql.ts';
import {
  digestFiles,
  type ReadableFile,
  rowsToStage,
} from '../../../../jobs/uar/compare/unequal/digest-files.ts';
import { keyGroup } from '../../../../jobs/uar/compare/unequal/key-group.ts';
import { unequalRows } from '../../../../jobs/uar/compare/unequal/unequal-rows.ts';
import type { Database } from '../../../../src/db/tables.ts';
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

/** A side as a file that can be read: in pieces that end anywhere. */
function fileOf({ columns, rows }: SideRows): ReadableFile {
  const copied = (cell: string | null) =>
    cell === null
      ? '\\N'
      : cell.replace(
          /[\\\t\n\r]/g,
          (letter) => ({ '\t': '\\t', '\n': '\\n', '\r': '\\r' })[letter] ?? '\\\\',
        );
  return {
    name: 'file',
    source: {
      names: async () => columns,
      scan: async (choose, onLines) => {
        const chosen = new Set(choose(columns));
        const lines = rows.map(
          (cells, row) =>
            `${[row + 1, ...cells.filter((_, index) => chosen.has(columns[index] ?? '')).map(copied)].join('\t')}\n`,
        );
        const bytes = Buffer.from(lines.join(''));
        for (let at = 0; at < bytes.length; at += 97) onLines(bytes.subarray(at, at + 97));
        return { rows: rows.length, sha256: '' };
      },
    },
  };
}

/** Letters that compose, fold or vanish in some way of their own. */
const composing = [
  ...['a', 'I', 'i', 'K', 's', '@', '.', ' ', '\t', '\u00a0', '\ufeff', '\u200b', '\r\n', '=', '<'],
  ...[
    '\u0300',
    '\u0301',
    '\u0307',
    '\u0308',
    '\u0338',
    '\u0327',
    '\u0323',
    '\u0345',
    '\u3099',
    '\u309a',
    '\u1161',
    '\u11a8',
  ],
  ...[
    '\u00e9',
    '\u0130',
    '\u0131',
    '\u212a',
    '\u212b',
    '\u03a3',
    '\u03c2',
    '\u1e9e',
    '\u00df',
    '\u304b',
    '\u30cf',
    '\u1100',
    '\uac00',
  ],
  ...[
    '\u0419',
    '\u0439',
    '\u0390',
    '\u1fb3',
    '\u0627',
    '\u0653',
    '\u0622',
    '\uf900',
    '\u{1d15e}',
    '\u{10400}',
  ],
] as const;

const keyRules: readonly KeySettings[] = [
  { trim: true, case_fold: true, unicode_nfc: true, strip_domain: false },
  { trim: false, case_fold: true, unicode_nfc: false, strip_domain: true },
];

/** Such a comparison is inconclusive. */
const excludesAll = ({ rows }: SideRows, excluded: number) => rows.length > 0 && excluded === rows.length;

describe('rows that the database does not see', () => {
  it('change nothing that is found, in thousands of random pairs of tables', async () => {
    let leftOut = 0;
    for (let seed = 1000; seed < 1080; seed += 1) {
      const { comparison, a, b } = randomComparison(seededRandom(seed), 30);
      const spec = specOf(comparison);
      const unfiltered = { ...spec, settings: { ...spec.settings, where: { a: [], b: [] } } };
      const { a: digestedA, b: digestedB } = await digestFiles(unfiltered, fileOf(a), fileOf(b));
      const all = [true];
      const unequal = unequalRows(digestedA.digests, digestedB.digests, { a: all, b: all });
      const left = (side: SideRows, kept: Uint8Array) => ({
        columns: side.columns,
        rows: side.rows.filter((_, row) => kept[row] === 1),
      });
      const whole = expectedOf(unfiltered, a, b);
      const rest = expectedOf(unfiltered, left(a, unequal.a), left(b, unequal.b));
      expect({ ...rest, compared: rest.compared + unequal.same }, `seed ${seed}`).toEqual(whole);
      leftOut += unequal.same;
    }
    expect(leftOut).toBeGreaterThan(100);
  });

  it('are none of those of which the filtered cells are too many to ask for', async () => {
    const rows = Array.from({ length: 3000 }, (_, row) => [`key ${row}`, `cell ${row}`]);
    const file = fileOf({ columns: ['key', 'cell'], rows });
    const settings = { where: { a: [{ column: 'cell', empty: false }] } };
    const { a, b } = await digestFiles(specOf({ settings }), file, file);
    const asked = a.digests.filtered.length;
    expect(asked).toBeLessThan(rows.length);
    expect(b.digests.filtered).toEqual([]);
    const unequal = unequalRows(a.digests, b.digests, { a: a.digests.filtered.map(() => true), b: [true] });
    expect(unequal.same).toBe(asked);
  });
});

onEachDatabase((harness) => {
  it('finds what a naive reading of the rules finds, in thousands of random pairs of tables', async () => {
    const database = await harness.fresh();
    // Packed: 60 pairs of tables in each of 40; alone: what only a small or an empty table shows.
    const sizes = [...Array.from({ length: 40 }, () => 60), ...Array.from({ length: 40 }, () => 1)];
    let leftOut = 0;
    for (const [seed, islands] of sizes.entries()) {
      const { comparison, a, b } = randomComparison(seededRandom(seed), islands);
      const expected = expectedOf(specOf(comparison), a, b);
      if (excludesAll(a, expected.excluded.a) || excludesAll(b, expected.excluded.b)) {
        await expect(compareRows(database, comparison, a, b)).rejects.toThrow(InconclusiveComparison);
        continue;
      }
      // Every other one as two files are compared: without the pairs of which the program itself sees that they are the same.
      const leave = async (trx: Transaction<Database>) => {
        const unequal = await rowsToStage(trx, await digestFiles(specOf(comparison), fileOf(a), fileOf(b)));
        leftOut += unequal.same;
        return unequal;
      };
      const { summary, findings } = await compareRows(
        database,
        comparison,
        a,
        b,
        seed % 2 === 1 ? leave : undefined,
      );
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
    expect(leftOut).toBeGreaterThan(40);
  });

  it('takes no two keys for different ones that the database takes for the same', async () => {
    const database = await harness.fresh();
    const { rows: found } = await sql<{ name: string }>`
      select collname::text as name from pg_collation
       where collname = any (${foldingCollations}::text[]) and collencoding in (-1, pg_char_to_encoding(getdatabaseencoding()))`.execute(
      database.db,
    );
    const collations = [null, ...foldingCollations.filter((name) => found.some((row) => row.name === name))];
    const random = seededRandom(18);
    const mixed = Array.from({ length: 4000 }, () =>
      Array.from({ length: 1 + random.below(5) }, () => random.pick(composing)).join(''),
    );
    for (const collation of collations) {
      for (const settings of keyRules) {
        const key = comparedKey(sql.ref('text'), settings, collation);
        // What the database leaves as it is has its own group: only the others are looked at.
        const { rows } = await sql<{ text: string; key: string | null }>`
          select text, ${key} as key
            from (select chr(n) as text from generate_series(1, 13000) n
                  union all select 'a' || chr(n) || 'b' from generate_series(1, 65535) n where n not between 55296 and 57343
                  union all select unnest(${mixed}::text[])) texts
           where (${key}) is distinct from text`.execute(database.db);
        const apart = rows.filter(
          ({ text, key: compared }) =>
            keyGroup(text, settings) !== (compared === null ? '' : keyGroup(compared, settings)),
        );
        expect(apart.slice(0, 5), JSON.stringify([collation, settings])).toEqual([]);
        expect(rows.length).toBeGreaterThan(10);
      }
    }
  });
});
