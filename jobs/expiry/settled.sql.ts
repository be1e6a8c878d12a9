import { type RawBuilder, sql } from 'kysely';
import type { ItemKind, ItemScope } from './item.ts';
import type { Thresholds } from './thresholds.ts';

/** A date that people and programs can read: no infinity, nothing before Christ, no year of five digits. */
export function isReadable(date: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`${date} >= date '0001-01-01' and ${date} < date '10000-01-01'`;
}

/** Items that a reader looks for, by their numbers. */
export function isWanted(id: RawBuilder<unknown>, { id: only, ids }: ItemScope): RawBuilder<unknown> {
  const range =
    ids === undefined ? sql`true` : sql`${id} > ${ids.after}::integer and ${id} <= ${ids.upTo}::integer`;
  return sql`${range} and (${only}::integer is null or ${id} = ${only}::integer)`;
}

/** The same of what is counted, whether only one of them is looked for or not. */
export function isCounted(id: RawBuilder<unknown>, scope: ItemScope): RawBuilder<unknown> {
  return isWanted(id, { ...scope, id: null });
}

/**
 * Rows that are open: not past their last threshold, or past it and no alert was sent for that. Without it every item that ever expired would be
 * read by every run. A message that did not leave keeps its item open,
 * and so does a renewal that its date does not show.
 */
export function isOpen(
  kind: ItemKind,
  id: RawBuilder<unknown>,
  date: RawBuilder<unknown>,
  { today, openOnly }: ItemScope,
  thresholds: Thresholds,
): RawBuilder<unknown> {
  if (!openOnly) return sql`true`;
  const last = thresholds.at(-1) ?? 0;
  return sql`(${date} >= ${today}::date + ${Math.min(0, last)}::integer or not exists (
    select from opsdeck_jobs.alert_ledger sent
     where sent.item_kind = ${kind} and sent.item_id = ${id} and sent.expires_on = ${date} 
       and (sent.threshold <= ${last}::integer or sent.listed_for is not null)
    having bool_and(sent.state not in ('failed', 'withdrawn')))
    or exists (select from opsdeck_jobs.alert_hold renewed
                where renewed.item_kind = ${kind} and renewed.item_id = ${id} and renewed.renewed_on is not null))`;
}
