import { readdirSync, readFileSync } from 'node:fs';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { onEachDatabase } from '../support/databases.ts';

/** What a type says of its column. */
interface Declared {
  /** The kinds of column that hold such values. */
  readonly kinds: readonly string[];
  readonly nullable: boolean;
  /** An insert may leave it out. */
  readonly generated: boolean;
}

const folder = new URL('../../src/db/tables/', import.meta.url);
const sources = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), 'utf8'));

const byType: Readonly<Record<string, readonly string[]>> = {
  number: ['int2', 'int4', 'float8'],
  // bigint, numeric and interval are text: no binary float can hold them.
  string: ['varchar', 'text', 'uuid', 'int8', 'numeric', 'interval'],
  boolean: ['bool'],
  'string[]': ['_text', '_varchar', '_int8'],
  Date: ['timestamptz'],
  Instant: ['timestamptz'],
  StoredTimestamp: ['timestamp'],
  CalendarDate: ['date'],
  JsonColumn: ['json', 'jsonb'],
  Bytes: ['bytea'],
};

/** One member's type: `Generated<number>`, `NullableInstant`, `string | null`, `'a' | 'b'`. */
function declared(type: string): Declared {
  const inner = /^Generated(?:Always)?<(.*)>$/s.exec(type)?.[1] ?? type;
  const bare = inner
    .replace(/^Nullable/, '')
    .replace(/^JsonColumn<.*>$/s, 'JsonColumn')
    .replace(/\s*\|\s*null$/, '');
  return {
    // Unions of words, and names of such unions, are text.
    kinds: byType[bare] ?? ['varchar', 'text'],
    nullable: inner.startsWith('Nullable') || /\|\s*null$/.test(inner),
    generated: inner !== type,
  };
}

function membersOf(body: string): ReadonlyMap<string, string> {
  const code = body.replaceAll(/\/\*\*[\s\S]*?\*\//g, '');
  return new Map(
    [...code.matchAll(/^ {2}'?([\w.]+)'?: ([\s\S]*?);$/gm)].map(([, name = '', type = '']) => [
      name,
      type.replaceAll(/\s+/g, ' ').trim(),
    ]),
  );
}

const interfaces = new Map(
  sources
    .flatMap((source) => [...source.matchAll(/^(?:export )?interface (\w+) \{\n([\s\S]*?)^\}$/gm)])
    .map(([, name = '', body = '']) => [name, membersOf(body)]),
);

/** Table (with its schema) and column, with what its type says. */
function declaredColumns(): Readonly<Record<string, Declared>> {
  const lists = [...interfaces].filter(([name]) => name.endsWith('Tables'));
  return Object.fromEntries(
    lists.flatMap(([, tables]) =>
      [...tables].flatMap(([table, type]) =>
        [...(interfaces.get(type) ?? [])].map(([column, columnType]) => [
          `${table.includes('.') ? table : `public.${table}`}.${column}`,
          declared(columnType),
        ]),
      ),
    ),
  );
}

interface Actual {
  readonly column: string;
  readonly kind: string;
  readonly nullable: boolean;
  readonly generated: boolean;
}

const actual = sql<Actual>`
  select concat_ws('.', nspname, relname, attname) as column, typname as kind, not attnotnull as nullable,
         atthasdef or attidentity <> '' as generated
    from pg_attribute a join pg_class c on c.oid = attrelid join pg_namespace n on n.oid = relnamespace
         join pg_type t on t.oid = atttypid
   where nspname in ('public', 'opsdeck_jobs') and relkind in ('r', 'p') and attnum > 0 and not attisdropped
   order by 1`;

/** Where type and column differ; empty: nowhere. */
function differences(
  types: Readonly<Record<string, Declared>>,
  columns: readonly Actual[],
): readonly string[] {
  const found = new Map(columns.map((one) => [one.column, one]));
  const missing = Object.keys(types).filter((name) => !found.has(name));
  return [
    ...missing.map((name) => `${name}: no such column`),
    ...Object.entries(types).flatMap(([name, type]) => {
      const column = found.get(name);
      if (column === undefined) return [];
      return [
        ...(type.kinds.includes(column.kind)
          ? []
          : [`${name}: ${column.kind}, not ${type.kinds.join(' or ')}`]),
        ...(type.nullable === column.nullable ? [] : [`${name}: ${column.nullable ? '' : 'not '}null`]),
        // The other way round does no harm: a type may ask for what the database would fill in.
        ...(type.generated && !column.generated ? [`${name}: has no default`] : []),
      ];
    }),
  ];
}

onEachDatabase((harness) => {
  it('the types of the tables are those of a migrated database: columns, kinds, null and defaults', async () => {
    const { db } = await harness.fresh();
    const { rows } = await actual.execute(db);
    const types = declaredColumns();
    expect(Object.keys(types).length).toBeGreaterThan(400);
    expect(differences(types, rows)).toEqual([]);
    // And the other way round: of a table that has a type every column has one.
    const tables = new Set(Object.keys(types).map((name) => name.split('.').slice(0, 2).join('.')));
    const untyped = rows
      .map(({ column }) => column)
      .filter((name) => tables.has(name.split('.').slice(0, 2).join('.')) && !(name in types));
    expect(untyped).toEqual([]);
  });

  it('a column of another kind, one that is missing and a default that is missing are noticed', async () => {
    const { db } = await harness.fresh();
    await sql`alter table framework alter column is_active type text`.execute(db);
    await sql`alter table license drop column cost`.execute(db);
    await sql`alter table opsdeck_jobs.fx_held alter column state drop default`.execute(db);
    const { rows } = await actual.execute(db);
    expect([...differences(declaredColumns(), rows)].sort()).toEqual([
      'opsdeck_jobs.fx_held.state: has no default',
      'public.framework.is_active: text, not bool',
      'public.license.cost: no such column',
    ]);
  });
});
