import type { Cell } from '../../../src/job/report.ts';
import { count } from '../../../src/text/count.ts';
import type { Day } from '../../../src/time/calendar-day.ts';

/** How long a finding has been open, and until when it is to be settled. */
export interface Deadline {
  /** Calendar days of the business zone since it was first seen, or opened again; null: unknown. */
  readonly age_days: number | null;
  /** The last day; null: it has no due date. */
  readonly due: Day | null;
  readonly overdue: boolean;
}

export function ageWords({ age_days: age }: Deadline): string {
  return age === null ? '-' : count(age, 'day');
}

/** `2026-12-01 (overdue)`; `-`: no due date. */
export function dueCell({ due, overdue }: Deadline): string | Cell {
  if (due === null) return '-';
  return overdue ? { text: `${due} (overdue)`, tone: 'bad' } : due;
}
