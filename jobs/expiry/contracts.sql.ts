import { type Kysely, sql } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import { addDays, type Day } from '../../src/time/calendar-day.ts';
import { daysIn, periodOf, renewalsOf } from '../../src/time/renewal.ts';
import { farthestFor, withCancelling } from './cancelling.ts';
import { termOf } from './contract-term.ts';
import { eachItem } from './each-item.ts';
import { costOf, type ExpiringItem, type FoundItems, type ItemProblem, type ItemScope } from './item.ts';
import { renewalDays } from './renewal-days.ts';
import { isCounted, isOpen, isReadable, isWanted } from './settled.sql.ts';
import { forPeriod, type Thresholds } from './thresholds.ts';

interface ContractRow {
  readonly id: number;
  readonly name: string;
  readonly start_date: Day;
  readonly end_date: Day;
  /** Years that people and programs can read. */
  readonly readable: boolean;
  /** null: none. */
  readonly notice: number | null;
  readonly renews: boolean;
  readonly contract_type: string | null;
  readonly supplier: string | null;
  readonly cost: number | null;
  readonly currency: string;
  /** Another job announces a subscription or licence of it that ends on the same day. */
  readonly announced: boolean;
}

export const contractColumns = {
  contract: [
    ...['id', 'name', 'status', 'contract_type', 'supplier_id', 'cost', 'currency', 'start_date', 'end_date'],
    ...['notice_period_days', 'is_auto_renew'],
  ],
  contract_item: ['contract_id', 'item_id', 'item_type'],
  supplier: ['id', 'name'],
  subscription: ['id', 'renewal_date', 'is_archived'],
  license: ['id', 'expiry_date', 'is_archived'],
} as const;

/** Longer ones are slips. */
export const longestNotice = 3650;

const isActive = sql`lower(btrim(coalesce(c.status, ''))) not in ('expired', 'terminated', 'draft')`;

/**
 * Two statements: contracts, with the last day for notice. One that renews itself goes on by the length of its term. Where the same
 * day is that of a subscription or licence of the contract, only the notice is announced here.
 */
export async function readContracts(
  db: Kysely<Database>,
  scope: ItemScope,
  thresholds: Thresholds,
): Promise<FoundItems> {
  const { rows } = await sql<ContractRow>`
    select c.id, c.name, c.start_date::text as start_date, c.end_date::text as end_date,
           ${isReadable(sql`c.start_date`)} and ${isReadable(sql`c.end_date`)} as readable,
           nullif(greatest(c.notice_period_days, 0), 0) as notice, coalesce(c.is_auto_renew, false) as renews, c.contract_type,
           p.name as supplier, c.cost, upper(coalesce(nullif(btrim(c.currency), ''), 'EUR')) as currency,
           exists (select from contract_item i
                    where i.contract_id = c.id
                      and (i.item_type = 'Subscription' and exists (
                             select from subscription s where s.id = i.item_id and not s.is_archived and s.renewal_date = c.end_date)
                        or i.item_type = 'License' and exists (
                             select from license l where l.id = i.item_id and not l.is_archived and l.expiry_date = c.end_date))) as announced
      from contract c left join supplier p on p.id = c.supplier_id
     where ${isActive} and ${isWanted(sql`c.id`, scope)}
       and (c.is_auto_renew or not (${isReadable(sql`c.end_date`)})
            or c.end_date <= ${scope.until}::date and ${isOpen('contract', sql`c.id`, sql`c.end_date`, scope, thresholds)})
     order by c.id`.execute(db);
  const { rows: counted } = await sql<{ total: number }>`
    select count(*)::integer as total from contract c where ${isActive} and ${isCounted(sql`c.id`, scope)}`.execute(
    db,
  );
  const items: ExpiringItem[] = [];
  const problems: ItemProblem[] = [];
  const sink = scope.everyRenewal ?? { add: (item) => items.push(item), isTooLate: () => false };
  eachItem('contract', rows, problems, (row) => {
    const wrong = (problem: string) =>
      problems.push({ kind: 'contract', id: row.id, name: row.name, problem });
    if (!row.readable) return void wrong(`its dates are recorded as ${row.start_date} and ${row.end_date}`);
    if (row.end_date < row.start_date) {
      return void wrong(`it ends on ${row.end_date}, before it starts on ${row.start_date}`);
    }
    const notice = row.notice !== null && row.notice <= longestNotice ? row.notice : null;
    if (row.notice !== null && notice === null) wrong(`its notice period is recorded as ${row.notice} days`);
    if (row.announced && notice === null) return;
    for (const day of endsOf(row, scope, notice)) {
      if (sink.isTooLate(day)) break;
      sink.add(toItem(row, day, notice, thresholds));
    }
  });
  return { total: counted[0]?.total ?? 0, items, problems };
}

function endsOf(row: ContractRow, scope: ItemScope, notice: number | null): Iterable<Day> {
  const renewals = row.renews ? renewalsOf(termOf(row.start_date, row.end_date)) : null;
  return renewals === null || 'problem' in renewals
    ? [row.end_date]
    : renewalDays(renewals, scope, notice === null ? 0 : farthestFor(notice));
}

function toItem(
  row: ContractRow,
  expiresOn: Day,
  notice: number | null,
  thresholds: Thresholds,
): ExpiringItem {
  const term = row.renews ? termOf(row.start_date, row.end_date) : null;
  const found = term === null ? null : periodOf(term.periodType, term.n);
  const period = found === null ? null : daysIn(found);
  // What renews does not end: there is nothing to alert about afterwards.
  const ofEnd =
    period === null
      ? thresholds
      : forPeriod(
          thresholds.filter((days) => days >= 0),
          period,
        );
  const own = row.announced ? [] : ofEnd;
  return {
    kind: 'contract',
    id: row.id,
    name: row.name,
    key: expiresOn,
    expiresOn,
    thresholds: notice === null ? own : withCancelling(own, notice, period),
    happens: row.renews ? 'renews' : 'ends',
    owner: null,
    detail: [row.contract_type, row.supplier]
      .filter((part) => part !== null && part.trim() !== '')
      .join(', '),
    cost: costOf(row.cost, row.currency),
    breakGlass: false,
    cancelBy: notice === null ? null : addDays(expiresOn, -notice),
    differences: [],
  };
}
