import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { onEachDatabase } from '../support/databases.ts';

/** Each row: an expression, and the value that either driver must return. */
const table: ReadonlyArray<readonly [expression: string, value: unknown]> = [
  ['true', true],
  ['1::int2', 1],
  ['2147483647', 2_147_483_647],
  ['9007199254740993::int8', '9007199254740993'],
  ['count(*)', '1'],
  ['0.1::numeric + 0.2', '0.3'],
  ['1.5::float8', 1.5],
  ["'NaN'::float8", Number.NaN],
  ["'a'::text", 'a'],
  ["'a'::varchar(5)", 'a'],
  ["'2024-02-29'::date", '2024-02-29'],
  ["'2024-02-29 13:14:15.123456'::timestamp", '2024-02-29 13:14:15.123456'],
  ["'2024-02-29 13:14:15.123+02'::timestamptz", new Date('2024-02-29T11:14:15.123Z')],
  ["'13:14:15'::time", '13:14:15'],
  ["'1 year 2 months 3 days 04:05:06'::interval", '1 year 2 mons 3 days 04:05:06'],
  [`'{"a": [1, null]}'::json`, { a: [1, null] }],
  [`'{"a": [1, null]}'::jsonb`, { a: [1, null] }],
  ["'null'::jsonb", null],
  ["'\\x00ff'::bytea", Buffer.from([0, 255])],
  ["'0e7e8a4c-3b4b-4c3c-9a86-5e2d86d8d0a1'::uuid", '0e7e8a4c-3b4b-4c3c-9a86-5e2d86d8d0a1'],
  ['array[1, null, 3]', [1, null, 3]],
  ["array['a,b', null, '\"']", ['a,b', null, '"']],
  ['array[1::int8]', ['1']],
  ["array['2024-02-29'::date]", ['2024-02-29']],
  ["array['2024-02-29 00:00+00'::timestamptz]", [new Date('2024-02-29T00:00:00Z')]],
  [`array['{"a": 1}'::jsonb]`, [{ a: 1 }]],
  ["array['\\x01'::bytea]", [Buffer.from([1])]],
  [
    'array[[1, 2], [3, 4]]',
    [
      [1, 2],
      [3, 4],
    ],
  ],
  ["'{}'::text[]", []],
  ['null::int', null],
  ["'public'::name", 'public'],
  ["'(1,2)'::point", '(1,2)'],
];

/** Each row: a parameter, its type, and how PostgreSQL must have understood it. */
const parameters: ReadonlyArray<readonly [value: unknown, type: string, text: string | null]> = [
  [new Date('2024-07-01T12:00:00.5Z'), 'timestamptz', '2024-07-01T12:00:00.500Z'],
  [['a', 'b"c', null, '\\'], 'text[]', '{a,"b\\"c",NULL,"\\\\"}'],
  [[1, 2], 'int[]', '{1,2}'],
  [[[1], [2]], 'int[]', '{{1},{2}}'],
  [Buffer.from([0, 1, 254]), 'bytea', '\\x0001fe'],
  [{ a: 1 }, 'jsonb', '{"a": 1}'],
  [10n ** 15n, 'int8', '1000000000000000'],
  [true, 'boolean', 'true'],
  [null, 'text', null],
  [undefined, 'text', null],
  ['ünï', 'text', 'ünï'],
];

onEachDatabase((harness) => {
  it('returns the same JavaScript value for each type', async () => {
    const { db } = await harness.fresh();
    const columns = table.map(([expression], index) => `${expression} as c${index}`).join(', ');
    const { rows } = await sql.raw<Record<string, unknown>>(`select ${columns}`).execute(db);
    expect(Object.values(rows[0] ?? {})).toEqual(table.map(([, value]) => value));
  });

  it('sends the same value for each kind of parameter', async () => {
    const { db } = await harness.fresh();
    const found: (string | null)[] = [];
    for (const [value, type] of parameters) {
      const { rows } = await sql<{ text: string | null }>`
        select ${value}::${sql.raw(type)}::text as text`.execute(db);
      found.push(rows[0]?.text ?? null);
    }
    const dates = found.map((text, index) =>
      parameters[index]?.[1] === 'timestamptz' && text ? new Date(text).toISOString() : text,
    );
    expect(dates).toEqual(parameters.map(([, , text]) => text));
  });

  it('shows how many rows a statement changed', async () => {
    const { db } = await harness.fresh();
    await db
      .insertInto('tag')
      .values([1, 2, 3].map((n) => ({ name: `t${n}`, is_archived: false })))
      .execute();
    const result = await db
      .updateTable('tag')
      .set({ is_archived: true })
      .where('name', '<>', 't1')
      .executeTakeFirst();
    expect(result.numUpdatedRows).toBe(2n);
  });
});
