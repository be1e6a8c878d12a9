import { type RawBuilder, sql } from 'kysely';
import type { FieldSettings } from './settings.ts';
import { type FoldingCollation, leniently } from './text.sql.ts';

type Sql = RawBuilder<unknown>;

/** How a mapped field is compared: expressions over the values of both sides. No cast in them can fail. */
export interface ComparedField {
  readonly valueA: Sql;
  readonly valueB: Sql;
  /** boolean, never NULL. */
  readonly differs: Sql;
  /** boolean: a value that is there is not of the declared type. */
  readonly notOfTypeA: Sql;
  readonly notOfTypeB: Sql;
  /** jsonb where both values are to be compared part by part, else NULL. */
  readonly partsA: Sql;
  readonly partsB: Sql;
  /** text[], sorted, where both are lists of which the elements are compared, else NULL. */
  readonly listA: Sql;
  readonly listB: Sql;
}

/** Of a field whose values are compared as a whole, and are of their type whatever they are. */
export const withoutParts = {
  notOfTypeA: sql`false`,
  notOfTypeB: sql`false`,
  partsA: sql`null::jsonb`,
  partsB: sql`null::jsonb`,
  listA: sql`null::text[]`,
  listB: sql`null::text[]`,
} satisfies Partial<ComparedField>;

export function comparedField(
  valueA: Sql,
  valueB: Sql,
  settings: FieldSettings,
  collation: FoldingCollation,
): ComparedField {
  const a = prepared(valueA, settings, collation);
  const b = prepared(valueB, settings, collation);
  const typed = compareAs(settings.type, a, b);
  return {
    valueA,
    valueB,
    ...withoutParts,
    ...typed,
    // Equal texts are equal in every type, and most rows have them: nothing else is computed then.
    differs: sql`case when ${valueA} is not distinct from ${valueB} then false else ${typed.differs} end`,
  };
}

function prepared(value: Sql, settings: FieldSettings, collation: FoldingCollation): Sql {
  const { trim, ignore_case: letterCase, null_is_empty } = settings;
  const text = null_is_empty ? sql`coalesce(${value}, '')` : value;
  return leniently(text, { trim, accents: false, letterCase }, collation);
}

type Typed = Pick<ComparedField, 'differs'> & Partial<ComparedField>;

function compareAs(type: FieldSettings['type'], a: Sql, b: Sql): Typed {
  switch (type) {
    case 'text':
      return { differs: distinct(a, b) };
    case 'number':
      return readAs(asNumber, a, b);
    case 'boolean':
      return readAs(asBoolean, a, b);
    case 'date':
      return readAs(asDate, a, b);
    case 'json':
      return readAs(asJson, a, b, true);
    case 'list': {
      const [listA, listB] = [asList(a), asList(b)];
      return { differs: distinct(listA, listB), listA, listB };
    }
    case undefined: {
      const { notOfTypeA: _, notOfTypeB: __, ...parts } = readAs(asNested, a, b, true);
      return parts;
    }
    default:
      return type satisfies never;
  }
}

function distinct(a: Sql, b: Sql): Sql {
  return sql`${a} is distinct from ${b}`;
}

/** Where one of the two cannot be read, both are compared as text. `read` gives NULL for what it cannot read. */
function readAs(read: (text: Sql) => Sql, a: Sql, b: Sql, inParts = false): Typed {
  const [readA, readB] = [read(a), read(b)];
  const both = sql`(${readA}) is not null and (${readB}) is not null`;
  return {
    differs: sql`coalesce(${readA} <> ${readB}, ${distinct(a, b)})`,
    notOfTypeA: sql`(${a} <> '' and (${readA}) is null) is true`,
    notOfTypeB: sql`(${b} <> '' and (${readB}) is null) is true`,
    ...(inParts
      ? { partsA: sql`case when ${both} then ${readA} end`, partsB: sql`case when ${both} then ${readB} end` }
      : {}),
  };
}

/** A decimal number, also with an exponent; the lengths keep it within what `numeric` holds. */
function asNumber(text: Sql): Sql {
  return sql`case when length(${text}) <= 1000
                   and ${text} ~ '^[ \\t\\r\\n]*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,3})?[ \\t\\r\\n]*$'
                  then (${text})::numeric end`;
}

function asBoolean(text: Sql): Sql {
  return sql`case lower(btrim(${text}) collate "C")
      when 'true' then true when 't' then true when 'yes' then true when 'y' then true when 'on' then true when '1' then true
      when 'false' then false when 'f' then false when 'no' then false when 'n' then false when 'off' then false when '0' then false end`;
}

const time =
  '([T ]([01][0-9]|2[0-4]):[0-5][0-9](:[0-6][0-9]([.,][0-9]+)?)?[ ]?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?';
const month = '(0?[1-9]|1[0-2])';
const day = '(0?[1-9]|[12][0-9]|3[01])';

/**
 * The calendar day as it is written, YYYY-MM-DD: year first, with dashes, slashes or nothing between, or day first with dots. A time of
 * day and an offset are left out, not computed with. Days that no month has are compared as written, so that nothing can fail.
 */
function asDate(text: Sql): Sql {
  const trimmedText = sql`btrim(${text})`;
  const padded = (year: string, m: string, d: string, parts: Sql) =>
    sql`(select p[${sql.raw(year)}] || '-' || lpad(p[${sql.raw(m)}], 2, '0') || '-' || lpad(p[${sql.raw(d)}], 2, '0') from regexp_match(${trimmedText}, ${parts}) p)`;
  const yearFirst = sql.lit(`^([0-9]{4})[-/]${month}[-/]${day}${time}$`);
  const compact = sql.lit(`^([0-9]{4})(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])${time}$`);
  const dayFirst = sql.lit(`^${day}[.]${month}[.]([0-9]{4})${time}$`);
  return sql`coalesce(${padded('1', '2', '3', yearFirst)}, ${padded('1', '2', '3', compact)}, ${padded('3', '2', '1', dayFirst)})`;
}

function asList(text: Sql): Sql {
  return sql`opsdeck_jobs.uar_list(${text})`;
}

function asJson(text: Sql): Sql {
  return sql`opsdeck_jobs.uar_json(${text})`;
}

/** Undeclared, only an object or a list is taken for JSON: the text 1.0 is not the number 1. */
function asNested(text: Sql): Sql {
  return sql`case when ${text} ~ '^[ \\t\\r\\n]*[[{]' then ${asJson(text)} end`;
}
