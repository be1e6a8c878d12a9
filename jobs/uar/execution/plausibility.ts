import type { LoadedSource } from '../../../src/sources/source.ts';
import { count } from '../../../src/text/count.ts';
import { formatDuration, readDuration } from '../../../src/time/duration.ts';
import type { ComparisonSettings } from '../compare/settings.ts';
import type { PreviousExecution, PreviousSide } from './previous.sql.ts';

/** The result would accuse people, or clear them, on the strength of data that are probably wrong; whole sentences. */
export class ImplausibleData extends Error {
  override readonly name = 'ImplausibleData';
}

type Limits = Pick<
  ComparisonSettings,
  'max_shrink_percent' | 'max_new_findings' | 'max_new_percent' | 'max_age'
>;

/** So many names of columns are printed. */
const named = 10;

/** Data that are older than they may be, as sentences. `--accept-change` does not help here: nothing changed. */
export function staleSources(
  { a, b }: { readonly a: LoadedSource; readonly b: LoadedSource },
  limits: Limits,
  now: Date,
): readonly string[] {
  return (
    [
      ['A', a, limits.max_age.a],
      ['B', b, limits.max_age.b],
    ] as const
  ).flatMap(([side, source, limit]) => {
    if (limit === undefined) return [];
    if (source.asOf === null)
      return [`Source ${side} does not give the age of its data, and max_age is ${limit}.`];
    const age = now.getTime() - source.asOf.getTime();
    if (age <= (readDuration(limit) ?? 0)) return [];
    return [`The data of source ${side} are ${formatDuration(age)} old; max_age is ${limit}.`];
  });
}

/**
 * How the sources differ from the last completed execution by more than is believed, as sentences. Where there was none, an empty side
 * is not believed: everybody on the other one would be accused.
 */
export function changedSources(
  { a, b }: { readonly a: LoadedSource; readonly b: LoadedSource },
  previous: PreviousExecution | null,
  limits: Limits,
): readonly string[] {
  if (previous === null) {
    return Object.entries({ A: a, B: b })
      .filter(([, { rows }]) => rows === 0)
      .map(([side]) => `Source ${side} is empty at the first execution.`);
  }
  return [...changed('A', a, previous.a, limits), ...changed('B', b, previous.b, limits)];
}

function changed(
  side: 'A' | 'B',
  now: LoadedSource,
  before: PreviousSide,
  limits: Limits,
): readonly string[] {
  const problems: string[] = [];
  const was = before.rows ?? 0;
  if (now.rows === 0 && was > 0) {
    problems.push(`Source ${side} is empty, and had ${count(was, 'row')} last time.`);
  } else if (was - now.rows > (was * limits.max_shrink_percent) / 100) {
    problems.push(
      `Source ${side} has ${count(now.rows, 'row')}, and had ${was} last time: more than ${limits.max_shrink_percent} % fewer.`,
    );
  }
  // An empty source may have no columns at all; that it is empty was said.
  if (before.columns === null || before.columns.length === 0 || now.rows === 0) return problems;
  const gone = without(before.columns, now.columns);
  const added = without(now.columns, before.columns);
  if (gone.length + added.length === 0) return problems;
  const parts = [
    ...(gone.length > 0 ? [`without ${list(gone)}`] : []),
    ...(added.length > 0 ? [`with ${list(added)}`] : []),
  ];
  problems.push(`Source ${side} has other columns than last time: ${parts.join(', ')}.`);
  return problems;
}

/**
 * From the second completed execution on: more findings that were not there before than the larger of a number and a part of the
 * larger side. null: it is believed.
 */
export function tooMuchAppeared(
  appeared: number,
  larger: number,
  previous: PreviousExecution | null,
  limits: Limits,
): string | null {
  const most = Math.max(limits.max_new_findings, (larger * limits.max_new_percent) / 100);
  if (previous === null || appeared <= most) return null;
  return `${appeared} findings are new, more than the ${Math.floor(most)} that are accepted at once.`;
}

function without(some: readonly string[], others: readonly string[]): readonly string[] {
  const known = new Set(others);
  return some.filter((name) => !known.has(name));
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, named).map((name) => `'${name}'`);
  return names.length > named ? `${shown.join(', ')} and ${names.length - named} more` : shown.join(', ');
}
