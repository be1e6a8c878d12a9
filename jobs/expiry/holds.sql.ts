import { type Kysely, sql } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import type { Day } from '../../src/time/calendar-day.ts';
import type { ExpiringItem, ItemKind } from './item.ts';

/** What is kept quiet, and by whom. */
export interface Hold {
  readonly kind: ItemKind;
  readonly id: number;
  /** `*`: snoozed; otherwise the expiry that was acknowledged. */
  readonly key: string;
  /** The last day of the snooze; null: acknowledged. */
  readonly through: Day | null;
  readonly reason: string | null;
  readonly actor: string;
  /** `os:user@host`: who typed it; null: not recorded then. */
  readonly entered_by: string | null;
  readonly at: Date;
  /** Renewed on that day; null: acknowledged or snoozed. */
  readonly renewed_on: Day | null;
  /** Its new end; null: not named. */
  readonly renewed_until: Day | null;
}

/** One statement: what is on hold on that day. */
export async function readHolds(db: Kysely<Database>, today: Day): Promise<readonly Hold[]> {
  const { rows } = await sql<Hold>`
    select item_kind as kind, item_id as id, expiry_key as key, (until - 1)::text as through, reason, actor, at,
           renewed_on::text as renewed_on, renewed_until::text as renewed_until,
           (select l.after ->> 'entered_by' from opsdeck_jobs.action_log l
             where l.subject = h.item_kind || ':' || h.item_id and l.at = h.at limit 1) as entered_by
      from opsdeck_jobs.alert_hold h
     where until is null or until > ${today}::date
     order by item_kind, item_id, expiry_key`.execute(db);
  return rows;
}

/** What a hold does, for a list: `acknowledged`, `renewed` or `snoozed`. */
export function holdState({
  through,
  renewed_on,
}: Pick<Hold, 'through' | 'renewed_on'>): 'acknowledged' | 'renewed' | 'snoozed' {
  if (through !== null) return 'snoozed';
  return renewed_on === null ? 'acknowledged' : 'renewed';
}

/** ` (its end was 2026-12-05)`; empty: a fingerprint says nothing to people. */
export function replacedEnd(key: string): string {
  return /^\d{4}-\d{2}-\d{2}$/.test(key) ? ` (its end was ${key})` : '';
}

/** In JSON. */
export function holdDocument({ through, at, ...hold }: Hold) {
  return { ...hold, until: through, at: at.toISOString() };
}

/** Finds the hold of an item; an acknowledgement goes before a snooze. */
export function holdFinder(
  holds: readonly Hold[],
): (item: Pick<ExpiringItem, 'kind' | 'id' | 'key'>) => Hold | null {
  const byKey = new Map(holds.map((hold) => [`${hold.kind} ${hold.id} ${hold.key}`, hold]));
  return ({ kind, id, key }) => byKey.get(`${kind} ${id} ${key}`) ?? byKey.get(`${kind} ${id} *`) ?? null;
}
