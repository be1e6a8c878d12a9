import { type Kysely, sql } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import type { Day } from '../../src/time/calendar-day.ts';
import { eachItem } from './each-item.ts';
import { type ExpiringItem, type FoundItems, type ItemProblem, type ItemScope, ownerOf } from './item.ts';
import { hasMask } from './masked-value.ts';
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
  /** A year that people and programs can read. */
  readonly readable: boolean;
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
      select s.credential_id, s.expires_at::date as expires_on, ${isReadable(sql`s.expires_at`)} as readable,
             (array_agg(s.masked_value::text order by s.id))[1:3] as masked
        from credential_secrets s
       where s.is_active and s.expires_at is not null and ${isWanted(sql`s.credential_id`, scope)}
         and (not (${isReadable(sql`s.expires_at`)}) or s.expires_at::date <= ${scope.until}::date)
       group by s.credential_id, s.expires_at::date, ${isReadable(sql`s.expires_at`)}
    )
    select c.id, c.name, c.type, c.break_glass, c.owner_type, c.owner_id, e.expires_on::text as expires_on, e.readable,
           to_jsonb(e.masked) as masked
      from ends e join credentials c on c.id = e.credential_id
     where not e.readable or ${isOpen('credential', sql`e.credential_id`, sql`e.expires_on`, scope, thresholds)}
     order by c.id, e.expires_on`.execute(db);
  const { rows: counted } = await sql<{ total: number }>`
    select count(distinct credential_id)::integer as total from credential_secrets
     where is_active and ${isCounted(sql`credential_id`, scope)}`.execute(db);
  const items: ExpiringItem[] = [];
  const problems: ItemProblem[] = [];
  eachItem('credential', rows, problems, (row) => {
    const { id, name, expires_on: expiresOn } = row;
    if (!row.readable) {
      const problem = `the end of a secret is recorded as ${expiresOn}, which is no date`;
      problems.push({ kind: 'credential', id, name, problem });
      return;
    }
    items.push({
      kind: 'credential',
      id,
      name,
      key: expiresOn,
      expiresOn,
      thresholds,
      happens: 'expires',
      owner: ownerOf(row.owner_type, row.owner_id),
      // A value without a mask may be the secret itself.
      detail: [row.type, ...row.masked.map((value) => (hasMask(value) ? value : '****'))].join(', '),
      cost: null,
      breakGlass: row.break_glass,
      cancelBy: null,
      differences: [],
    });
  });
  return { total: counted[0]?.total ?? 0, items, problems };
}
