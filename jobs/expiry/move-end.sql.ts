import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import { usage } from '../../src/errors/usage.ts';
import type { Day } from '../../src/time/calendar-day.ts';
import { type RenewalPlan, renewalsOf } from '../../src/time/renewal.ts';
import type { ExpiringItem } from './item.ts';

/** Kinds whose date a person writes; that of the others follows from a certificate, an assessment, a query or another table. */
const movable = ['subscription', 'license', 'credential', 'deadline'] as const;
type MovableItem = ExpiringItem & { readonly kind: (typeof movable)[number] };

export function isMovable(item: ExpiringItem): item is MovableItem {
  return item.answered !== true && movable.some((kind) => kind === item.kind);
}

/** One statement: the end that follows by the item's own period; null: it has none. */
export async function nextEnd(trx: Transaction<Database>, item: MovableItem): Promise<Day | null> {
  if (item.kind !== 'subscription') return null;
  const { rows } = await sql<Omit<RenewalPlan, 'anchor'>>`
    select renewal_period_type as "periodType", renewal_period_value as n, monthly_renewal_day as "monthlyRenewalDay"
      from subscription where id = ${item.id}::integer`.execute(trx);
  const [plan] = rows;
  if (plan === undefined) return null;
  const renewals = renewalsOf({ ...plan, anchor: item.expiresOn });
  return 'problem' in renewals ? null : renewals.occurrence(1);
}

/** One statement, on a database of our own. @throws OperatorError `usage` when the end is another one by now. */
export async function moveEnd(
  trx: Transaction<Database>,
  item: MovableItem,
  until: Day,
  now: Date,
): Promise<void> {
  const { rows } = await sql`${update(item, until, now)} returning true`.execute(trx);
  if (rows.length > 0) return;
  throw usage(
    `The date of ${item.kind}:${item.id} was changed at the same moment; nothing was recorded.`,
    `\`expiry show ${item.kind}:${item.id}\` shows its date now.`,
  );
}

function update({ kind, id, expiresOn, happens }: MovableItem, until: Day, now: Date): RawBuilder<unknown> {
  switch (kind) {
    case 'subscription':
      return sql`
        update subscription set renewal_date = ${until}::date
         where id = ${id}::integer and (renewal_date = ${expiresOn}::date or ${happens === 'renews'})`;
    case 'license':
      return sql`
        update license set expiry_date = ${until}::date where id = ${id}::integer and expiry_date = ${expiresOn}::date`;
    case 'credential':
      return sql`
        update credential_secrets set expires_at = ${until}::date + expires_at::time
         where credential_id = ${id}::integer and is_active and expires_at::date = ${expiresOn}::date`;
    case 'deadline':
      return sql`
        update opsdeck_jobs.deadline set due_on = ${until}::date, changed_at = ${now.toISOString()}::timestamptz
         where id = ${id}::integer and due_on = ${expiresOn}::date`;
    default:
      return kind satisfies never;
  }
}
