import { type Kysely, sql } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import type { Day } from '../../src/time/calendar-day.ts';
import { type FoundItems, type ItemScope, ownerOf } from './item.ts';
import { isCounted, isOpen, isReadable, isWanted } from './settled.sql.ts';
import type { Thresholds } from './thresholds.ts';

interface CredentialRow {
  readonly id: number;
  readonly name: string;
  readonly type: string;
  readonly break_glass: boolean;
  readonly owner_type: string;
  readonly owner_id: number;
  readonly expires_on: Day;
  /** At most three, as OpsDeck masks them. */
  readonly masked: readonly string[];
}

/**
 * Two statements. The active secrets of a credential that end on one day are one item: its dates are as they were typed, so they are
 * days already.
 */
export async function readCredentials(
  db: Kysely<Database>,
  scope: ItemScope,
  thresholds: Thresholds,
): Promise<FoundItems> {
  const { rows } = await sql<CredentialRow>`
    with ends as (
      select s.credential_id, s.expires_at::date as expires_on,
             (array_agg(s.masked_value::text order by s.id))[1:3] as masked
        from credential_secrets s
       where s.is_active and ${isReadable(sql`s.expires_at`)} and s.expires_at::date <= ${scope.until}::date
         and ${isWanted(sql`s.credential_id`, scope)}
       group by s.credential_id, s.expires_at::date
    )
    select c.id, c.name, c.type, c.break_glass, c.owner_type, c.owner_id, e.expires_on::text as expires_on,
           to_jsonb(e.masked) as masked
      from ends e join credentials c on c.id = e.credential_id
     where ${isOpen('credential', sql`e.credential_id`, sql`e.expires_on`, scope, thresholds)}
     order by c.id, e.expires_on`.execute(db);
  const { rows: counted } = await sql<{ total: number }>`
    select count(distinct credential_id)::integer as total from credential_secrets
     where is_active and ${isCounted(sql`credential_id`, scope)}`.execute(db);
  return {
    total: counted[0]?.total ?? 0,
    problems: [],
    items: rows.map((row) => ({
      kind: 'credential',
      id: row.id,
      name: row.name,
      key: row.expires_on,
      expiresOn: row.expires_on,
      thresholds,
      happens: 'expires',
      owner: ownerOf(row.owner_type, row.owner_id),
      detail: [row.type, ...row.masked].join(', '),
      cost: null,
      breakGlass: row.break_glass,
      cancelBy: null,
      differences: [],
    })),
  };
}
