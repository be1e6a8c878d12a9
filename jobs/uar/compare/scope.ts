import { count } from '../../../src/text/count.ts';
import { conditionWords } from './filter.ts';
import type { ComparisonSettings } from './settings.ts';
import type { ComparisonSummary } from './summary.ts';

/** How many rows a filter excludes and keys are not reported, of both sides. */
export function scopeOf(
  { excluded, rows, unreported }: Pick<ComparisonSummary, 'excluded' | 'rows' | 'unreported'>,
  { where, sides }: ComparisonSettings,
  names: { readonly a: string; readonly b: string } = { a: 'Source A', b: 'Source B' },
): readonly string[] {
  const filtered = (['a', 'b'] as const).flatMap((side) =>
    where[side].length === 0
      ? []
      : [
          `${names[side]}: ${excluded[side].count} of ${count(rows[side], 'row')} excluded by the filter (${where[side].map(conditionWords).join(', ')}).`,
        ],
  );
  if (sides === 'both') return filtered;
  return [
    ...filtered,
    `${count(unreported, 'key')} only in ${sides === 'right' ? names.a : names.b} not reported (only ${sides}).`,
  ];
}
