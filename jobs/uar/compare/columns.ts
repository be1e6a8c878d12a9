import { nearest } from '../../../src/text/suggest.ts';
import type { Condition } from './filter.ts';
import { type FieldSettings, plainField } from './settings.ts';
import { type ComparisonSpec, InconclusiveComparison, type StagedSide } from './spec.ts';

/** A mapping whose columns were found; numbers from 1, as in the names of the staging tables' columns. */
export interface FoundMapping {
  readonly fieldA: string;
  readonly fieldB: string;
  readonly columnA: number;
  readonly columnB: number;
  readonly settings: FieldSettings;
}

/** A condition whose column was found. */
export interface FoundCondition {
  readonly condition: Condition;
  readonly column: number;
}

/** Where in the staging tables the key, the mapped fields and the filtered columns are. */
export interface FoundColumns {
  readonly keyA: number;
  readonly keyB: number;
  readonly mappings: readonly FoundMapping[];
  /** Of B: names rows without a key; null: it has no column but the key. */
  readonly label: { readonly name: string; readonly column: number } | null;
  readonly where: { readonly a: readonly FoundCondition[]; readonly b: readonly FoundCondition[] };
}

/** @throws InconclusiveComparison when a side lacks a column, or the settings are about a field that is not compared. */
export function findColumns(spec: ComparisonSpec, a: StagedSide, b: StagedSide): FoundColumns {
  const { fields, where, label } = spec.settings;
  const mapped = spec.mappings.map(({ field_a }) => field_a);
  for (const field of Object.keys(fields)) {
    if (!mapped.includes(field))
      throw new InconclusiveComparison(
        `The settings are about the field '${field}', which is not compared.${meant(field, mapped)}`,
      );
  }
  return {
    keyA: columnOf('A', a, spec.keyA, 'as the key'),
    keyB: columnOf('B', b, spec.keyB, 'as the key'),
    mappings: spec.mappings.map(({ field_a, field_b }) => ({
      fieldA: field_a,
      fieldB: field_b,
      columnA: columnOf('A', a, field_a, 'to compare'),
      columnB: columnOf('B', b, field_b, 'to compare'),
      settings: Object.hasOwn(fields, field_a) ? (fields[field_a] ?? plainField) : plainField,
    })),
    label: labelOf(b, spec.keyB, label),
    where: { a: conditionsOf('A', a, where.a), b: conditionsOf('B', b, where.b) },
  };
}

function labelOf(b: StagedSide, keyB: string, given: string | undefined): FoundColumns['label'] {
  const name = given ?? b.columns.find((column) => column !== keyB);
  return name === undefined ? null : { name, column: columnOf('B', b, name, 'as the label') };
}

function conditionsOf(
  side: 'A' | 'B',
  staged: StagedSide,
  conditions: readonly Condition[],
): readonly FoundCondition[] {
  return conditions.map((condition) => ({
    condition,
    column: columnOf(side, staged, condition.column, 'to filter by'),
  }));
}

function columnOf(
  side: 'A' | 'B',
  { columns, name: known = `Side ${side}` }: StagedSide,
  name: string,
  purpose: 'as the key' | 'to compare' | 'to filter by' | 'as the label',
): number {
  const index = columns.indexOf(name);
  if (index >= 0) return index + 1;
  const has =
    columns.length === 0
      ? 'it has no columns'
      : `it has ${columns.map((column) => `'${column}'`).join(', ')}`;
  throw new InconclusiveComparison(
    `${known} has no column '${name}' ${purpose}: ${has}.${meant(name, columns)}`,
  );
}

function meant(name: string, candidates: readonly string[]): string {
  const near = nearest(name, candidates);
  return near === undefined ? '' : ` Was '${near}' meant?`;
}
