import type { Decimal } from '../../../src/text/decimal.ts';
import { addCost } from '../costs.ts';
import type { ItemKind } from '../item.ts';
import type { ReportedItem } from './sorted-ends.ts';

/** How far away an end is; the first whose `most` days are not passed. */
export const distances = [
  { name: 'past', most: -1, paint: 'critical' },
  { name: 'in 0 to 7 days', most: 7, paint: 'high' },
  { name: 'in 8 to 30 days', most: 30, paint: 'medium' },
  { name: 'in 31 to 90 days', most: 90, paint: 'low' },
  { name: 'later', most: Number.POSITIVE_INFINITY, paint: 'neutral' },
] as const;

/** Of one kind. */
export interface KindTotal {
  /** How many, by the places of {@link distances}. */
  readonly byDistance: number[];
  /** By currency. */
  readonly cost: Map<string, Decimal>;
}

export type KindTotals = Map<ItemKind, KindTotal>;

export function addEnd(totals: KindTotals, { kind, cost }: ReportedItem, daysLeft: number): void {
  const total = totals.get(kind) ?? { byDistance: distances.map(() => 0), cost: new Map() };
  const place = distances.findIndex(({ most }) => daysLeft <= most);
  total.byDistance[place] = (total.byDistance[place] ?? 0) + 1;
  if (cost !== null) addCost(total.cost, cost);
  totals.set(kind, total);
}
