import type { ColumnChoice } from '../../../src/sources/source.ts';
import { nearest } from '../../../src/text/suggest.ts';
import type { Condition } from './filter.ts';
import { type FieldSettings, plainField } from './settings.ts';
import { type ComparisonSpec, InconclusiveComparison, type StagedSide, stagedColumns } from './spec.ts';

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

/** A column that findings show. */
export interface ShownColumn {
  readonly name: string;
  readonly column: number;
  /** Nothing else reads it: a change in it is no change of the finding's data. */
  readonly only: boolean;
}

/** The columns of a side that a comparison reads: nothing else is staged. */
export function neededColumns(spec: ComparisonSpec, side: 'a' | 'b'): ColumnChoice {
  return (names) => {
    const wanted = new Set([...readColumns(spec, side, names), ...shownNames(spec, side)]);
    return [
      ...names.filter((name) => wanted.has(name)),
      ...[...wanted].filter((name) => !names.includes(name)),
    ];
  };
}

/** The departure is shown, so that the population keeps it. */
function shownNames({ settings: { show, departure } }: ComparisonSpec, side: 'a' | 'b'): ReadonlySet<string> {
  return new Set(side === 'a' && departure !== undefined ? [...show, departure] : show);
}

/** The key, and what is compared, filtered and named by. */
function readColumns(
  { keyA, keyB, mappings, settings }: ComparisonSpec,
  side: 'a' | 'b',
  names: readonly string[],
): readonly string[] {
  const label = side === 'a' ? undefined : (settings.label ?? names.find((name) => name !== keyB));
  return [
    side === 'a' ? keyA : keyB,
    ...mappings.map(({ field_a, field_b }) => (side === 'a' ? field_a : field_b)),
    ...settings.where[side].map(({ column }) => column),
    ...(label === undefined ? [] : [label]),
  ];
}

/** Where in the staging tables the key, the mapped fields and the filtered columns are. */
export interface FoundColumns {
  readonly keyA: number;
  readonly keyB: number;
  readonly mappings: readonly FoundMapping[];
  /** Of B: names rows without a key; null: it has no column but the key. */
  readonly label: { readonly name: string; readonly column: number } | null;
  readonly show: { readonly a: readonly ShownColumn[]; readonly b: readonly ShownColumn[] };
  readonly where: { readonly a: readonly FoundCondition[]; readonly b: readonly FoundCondition[] };
}

/** @throws InconclusiveComparison when a side lacks a column, or the settings are about a field that is not compared. */
export function findColumns(spec: ComparisonSpec, a: StagedSide, b: StagedSide): FoundColumns {
  const { fields, where, label, show, departure } = spec.settings;
  const mapped = spec.mappings.map(({ field_a }) => field_a);
  for (const field of Object.keys(fields)) {
    if (!mapped.includes(field))
      throw new InconclusiveComparison(
        `The settings are about the field '${field}', which is not compared.${meant(field, mapped)}`,
      );
  }
  const nowhere = show.find((name) => ![a, b].some((side) => stagedColumns(side).includes(name)));
  if (nowhere !== undefined) {
    const columns = [...a.columns, ...b.columns];
    throw new InconclusiveComparison(
      `Neither side has a column '${nowhere}' to show.${meant(nowhere, columns)}`,
    );
  }
  if (departure !== undefined) columnOf('A', a, departure, 'with the departure');
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
    show: { a: shownColumns(spec, 'a', a), b: shownColumns(spec, 'b', b) },
    label: labelOf(b, spec.keyB, label),
    where: { a: conditionsOf('A', a, where.a), b: conditionsOf('B', b, where.b) },
  };
}

function shownColumns(spec: ComparisonSpec, side: 'a' | 'b', staged: StagedSide): readonly ShownColumn[] {
  const read = readColumns(spec, side, staged.columns);
  return [...shownNames(spec, side)].flatMap((name) => {
    const column = stagedColumns(staged).indexOf(name) + 1;
    return column === 0 ? [] : [{ name, column, only: !read.includes(name) }];
  });
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

/** So many columns does a sentence list. */
const mostNamed = 40;

function columnOf(
  side: 'A' | 'B',
  staged: StagedSide,
  name: string,
  purpose: 'as the key' | 'to compare' | 'to filter by' | 'as the label' | 'with the departure',
): number {
  const { columns, name: known = `Side ${side}` } = staged;
  const index = stagedColumns(staged).indexOf(name);
  if (index >= 0) return index + 1;
  const has =
    columns.length === 0
      ? 'it has no columns'
      : `it has ${columns
          .slice(0, mostNamed)
          .map((column) => `'${column}'`)
          .join(', ')}${columns.length > mostNamed ? ` and ${columns.length - mostNamed} more` : ''}`;
  throw new InconclusiveComparison(
    `${known} has no column '${name}' ${purpose}: ${has}.${meant(name, columns)}`,
  );
}

function meant(name: string, candidates: readonly string[]): string {
  const near = nearest(name, candidates);
  return near === undefined ? '' : ` Was '${near}' meant?`;
}
