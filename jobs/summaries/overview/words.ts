import type { OverviewLine } from './part.ts';

/** `38 of 40`. */
export function valueText({ value, of }: OverviewLine): string {
  return of === undefined ? String(value) : `${value} of ${of}`;
}

/** Since the month before: `3 more`, `the same`. */
export function changeText({ value, before }: Pick<OverviewLine, 'value' | 'before'>): string {
  if (before === null) return 'not recorded';
  if (before === value) return 'the same';
  return value > before ? `${value - before} more` : `${before - value} fewer`;
}

/** `3 more than in 2026-10`. */
export function sinceText(line: Pick<OverviewLine, 'value' | 'before'>, before: string): string {
  return line.value === line.before ? `as in ${before}` : `${changeText(line)} than in ${before}`;
}
