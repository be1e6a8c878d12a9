import { z } from 'zod';
import type { ReportBlock } from '../../../src/job/report.ts';
import type { Json, JsonObject } from '../../../src/text/json.ts';

/* Both rows of a mismatch, field by field. */

export interface ComparedField {
  /** null: A has no such field, or the comparison does not look at one. */
  readonly field_a: string | null;
  readonly field_b: string | null;
  readonly a: Json;
  readonly b: Json;
  /** `not compared`: no rule of the comparison is about it. */
  readonly mark: 'key' | 'same' | 'differs' | 'not compared';
}

/** As stored: what two rows are, and what is compared of them. */
export interface ComparedRows {
  readonly data_a: Json;
  readonly data_b: Json;
  readonly differences: Json;
  readonly key_field_a: string;
  readonly key_field_b: string;
  readonly field_mappings: Json;
}

const pairs = z.array(z.looseObject({ field_a: z.string(), field_b: z.string() }));

/** Pure. The key first, then what differs, what is equal, and what is not compared. null: there are not two rows to look at. */
export function sideBySide(rows: ComparedRows): readonly ComparedField[] | null {
  const { data_a: a, data_b: b, key_field_a: keyA, key_field_b: keyB } = rows;
  if (!isObject(a) || !isObject(b)) return null;
  const mappings = pairs.safeParse(rows.field_mappings).data ?? [];
  const different = pairs.safeParse(rows.differences).data;
  const isDifferent = (one: { readonly field_a: string; readonly field_b: string }) =>
    different?.some(({ field_a, field_b }) => field_a === one.field_a && field_b === one.field_b) ??
    !isEqual(a[one.field_a] ?? null, b[one.field_b] ?? null);
  // A rule that was taken out of the comparison since then still made this finding.
  const compared = unique([...(different ?? []), ...mappings]).filter(
    ({ field_a, field_b }) => field_a !== keyA || field_b !== keyB,
  );
  const pair = (field_a: string, field_b: string, mark: ComparedField['mark']): ComparedField => ({
    field_a,
    field_b,
    a: a[field_a] ?? null,
    b: b[field_b] ?? null,
    mark,
  });
  const used = [{ field_a: keyA, field_b: keyB }, ...compared];
  const inA = new Set(used.map(({ field_a }) => field_a));
  const inB = new Set(used.map(({ field_b }) => field_b));
  const restOfA = Object.keys(a).filter((name) => !inA.has(name));
  const restOfB = Object.keys(b).filter((name) => !inB.has(name));
  return [
    pair(keyA, keyB, 'key'),
    ...compared.filter(isDifferent).map((one) => pair(one.field_a, one.field_b, 'differs')),
    ...compared.filter((one) => !isDifferent(one)).map((one) => pair(one.field_a, one.field_b, 'same')),
    ...restOfA.map((name) =>
      restOfB.includes(name)
        ? pair(name, name, 'not compared')
        : { field_a: name, field_b: null, a: a[name] ?? null, b: null, mark: 'not compared' as const },
    ),
    ...restOfB
      .filter((name) => !restOfA.includes(name))
      .map((name) => ({
        field_a: null,
        field_b: name,
        a: null,
        b: b[name] ?? null,
        mark: 'not compared' as const,
      })),
  ];
}

/** For people: what differs has the word for it, beside its colour. */
export function sideBySideBlocks(fields: readonly ComparedField[] | null): readonly ReportBlock[] {
  if (fields === null) return [];
  return [
    { kind: 'heading', text: 'Both rows' },
    {
      kind: 'table',
      columns: ['Field', 'A', 'B', 'Comparison'],
      rows: fields.map(({ field_a, field_b, a, b, mark }) => [
        field_a === null || field_b === null || field_a === field_b
          ? (field_a ?? field_b ?? '')
          : `${field_a} / ${field_b}`,
        field_a === null ? '-' : shown(a),
        field_b === null ? '-' : shown(b),
        mark === 'differs' ? { text: mark, tone: 'warning' } : mark,
      ]),
    },
  ];
}

const mostCharacters = 300;

/** A text that is empty, or ends in a space, differs from one without: quotes show it. */
function shown(value: Json): string {
  if (value === null) return 'null';
  const plain = typeof value === 'string' && value !== '' && value.trim() === value && value !== 'null';
  const text = plain ? value : JSON.stringify(value);
  return text.length > mostCharacters
    ? `${text.slice(0, mostCharacters)}… (${text.length} characters)`
    : text;
}

function unique<T extends { readonly field_a: string; readonly field_b: string }>(all: readonly T[]): T[] {
  return [...new Map(all.map((one) => [JSON.stringify([one.field_a, one.field_b]), one])).values()];
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEqual(one: Json, other: Json): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
