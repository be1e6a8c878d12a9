import { type Kysely, sql } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import type { Day } from '../../src/time/calendar-day.ts';
import { eachItem } from './each-item.ts';
import { costOf, type ExpiringItem, type FoundItems, type ItemProblem, type ItemScope } from './item.ts';
import { isCounted, isOpen, isReadable, isWanted } from './settled.sql.ts';
import type { Thresholds } from './thresholds.ts';

interface LicenseRow {
  readonly id: number;
  readonly name: string;
  readonly expiry_date: Day;
  /** A year that people and programs can read. */
  readonly readable: boolean;
  readonly cost: number | null;
  readonly currency: string;
  readonly user_id: number | null;
}

/** Two statements. The key of a licence is a secret, and is not read. */
export async function readLicenses(
  db: Kysely<Database>,
  scope: ItemScope,
  thresholds: Thresholds,
): Promise<FoundItems> {
  const { rows } = await sql<LicenseRow>`
    select l.id, l.name, l.expiry_date::text as expiry_date, ${isReadable(sql`l.expiry_date`)} as readable, l.cost, upper(coalesce(nullif(btrim(l.currency), ''), 'EUR')) as currency,
           l.user_id
      from license l
     where not l.is_archived and ${isWanted(sql`l.id`, scope)}
       and case when ${isReadable(sql`l.expiry_date`)} then l.expiry_date <= ${scope.until}::date
                     and ${isOpen('license', sql`l.id`, sql`l.expiry_date`, scope, thresholds)}
                else l.expiry_date is not null end
     order by l.id`.execute(db);
  const { rows: counted } = await sql<{ total: number }>`
    select count(*)::integer as total from license where not is_archived and ${isCounted(sql`id`, scope)}`.execute(
    db,
  );
  const items: ExpiringItem[] = [];
  const problems: ItemProblem[] = [];
  eachItem('license', rows, problems, (row) => {
    const { id, name, expiry_date: expiresOn } = row;
    if (!row.readable) {
      problems.push({
        kind: 'license',
        id,
        name,
        problem: `its end is recorded as ${expiresOn}, which is no date`,
      });
      return;
    }
    items.push({
      kind: 'license',
      id,
      name,
      key: expiresOn,
      expiresOn,
      thresholds,
      happens: 'expires',
      owner: row.user_id === null ? null : { type: 'user', id: row.user_id },
      detail: '',
      cost: costOf(row.cost, row.currency),
      breakGlass: false,
      cancelBy: null,
      differences: [],
    });
  });
  return { total: counted[0]?.total ?? 0, items, problems };
}
