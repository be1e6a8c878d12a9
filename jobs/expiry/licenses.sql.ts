import { type Kysely, sql } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import type { Day } from '../../src/time/calendar-day.ts';
import { costOf, type FoundItems, type ItemScope } from './item.ts';
import { isCounted, isOpen, isReadable, isWanted } from './settled.sql.ts';
import type { Thresholds } from './thresholds.ts';

interface LicenseRow {
  readonly id: number;
  readonly name: string;
  readonly expiry_date: Day;
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
    select l.id, l.name, l.expiry_date::text as expiry_date, l.cost, upper(coalesce(nullif(btrim(l.currency), ''), 'EUR')) as currency,
           l.user_id
      from license l
     where not l.is_archived and ${isReadable(sql`l.expiry_date`)} and l.expiry_date <= ${scope.until}::date
       and ${isWanted(sql`l.id`, scope)}
       and ${isOpen('license', sql`l.id`, sql`l.expiry_date`, scope, thresholds)}
     order by l.id`.execute(db);
  const { rows: counted } = await sql<{ total: number }>`
    select count(*)::integer as total from license where not is_archived and ${isCounted(sql`id`, scope)}`.execute(
    db,
  );
  return {
    total: counted[0]?.total ?? 0,
    problems: [],
    items: rows.map((row) => ({
      kind: 'license',
      id: row.id,
      name: row.name,
      key: row.expiry_date,
      expiresOn: row.expiry_date,
      thresholds,
      happens: 'expires',
      owner: row.user_id === null ? null : { type: 'user', id: row.user_id },
      detail: '',
      cost: costOf(row.cost, row.currency),
      breakGlass: false,
      cancelBy: null,
      differences: [],
    })),
  };
}
