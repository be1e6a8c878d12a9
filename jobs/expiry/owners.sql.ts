import { type Kysely, sql } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import { plausibleAddress } from '../../src/notify/plausible-address.ts';
import type { Owner } from './item.ts';
import type { Fallbacks, FoundOwner, OwnerUser } from './owners.ts';

/** So many owners in one statement. */
const perStatement = 5000;

interface OwnerRow {
  readonly type: Owner['type'];
  readonly id: number;
  readonly name: string;
  readonly user_id: number | null;
  readonly user_name: string | null;
  readonly email: string | null;
  readonly is_archived: boolean | null;
}

/** How an owner differs from others when one is looked up. */
export function ownerKey({ type, id }: Owner): string {
  return `${type} ${id}`;
}

/** A statement for each batch of owners: who is behind them. */
export async function findOwners(
  db: Kysely<Database>,
  owners: Iterable<Owner>,
): Promise<ReadonlyMap<string, FoundOwner>> {
  const wanted = [...new Map([...owners].map((owner) => [ownerKey(owner), owner])).values()];
  const found = new Map<string, { name: string; members: OwnerUser[] }>();
  for (let from = 0; from < wanted.length; from += perStatement) {
    const some = wanted.slice(from, from + perStatement);
    const ids = (type: Owner['type']) => some.filter((owner) => owner.type === type).map(({ id }) => id);
    const { rows } = await sql<OwnerRow>`
      select 'user' as type, u.id, u.name, u.id as user_id, u.name as user_name, u.email, u.is_archived
        from "user" u where u.id = any (${ids('user')}::integer[])
      union all
      select 'group', g.id, g.name, u.id, u.name, u.email, u.is_archived
        from "group" g
        left join user_groups m on m.group_id = g.id
        left join "user" u on u.id = m.user_id
       where g.id = any (${ids('group')}::integer[])
       order by type, id, user_id`.execute(db);
    for (const row of rows) {
      const key = ownerKey(row);
      const owner = found.get(key) ?? { name: row.name, members: [] };
      found.set(key, owner);
      if (row.user_id !== null) owner.members.push(toUser(row));
    }
  }
  return found;
}

/** A statement for each batch of owners: what they are called. */
export async function readOwnerNames(
  db: Kysely<Database>,
  owners: readonly Owner[],
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  const wanted = [...new Map(owners.map((owner) => [ownerKey(owner), owner])).values()];
  for (let from = 0; from < wanted.length; from += perStatement) {
    const some = wanted.slice(from, from + perStatement);
    const ids = (type: Owner['type']) => some.filter((owner) => owner.type === type).map(({ id }) => id);
    const { rows } = await sql<Pick<OwnerRow, 'type' | 'id' | 'name'>>`
      select 'user' as type, id, name from "user" where id = any (${ids('user')}::integer[])
      union all
      select 'group', id, name from "group" where id = any (${ids('group')}::integer[])`.execute(db);
    for (const row of rows) names.set(ownerKey(row), row.name);
  }
  return names;
}

function toUser(row: Pick<OwnerRow, 'user_id' | 'user_name' | 'email' | 'is_archived'>): OwnerUser {
  return {
    id: row.user_id ?? 0,
    name: row.user_name ?? '',
    address: plausibleAddress(row.email ?? ''),
    archived: row.is_archived === true,
  };
}

/** What the settings page and the list of users say about everybody. */
export interface AlertSettings extends Fallbacks {
  /** `notification_setting.notify_days_before`. */
  readonly notifyDaysBefore: string | null;
  /** `notification_event.days_offset`, by code. */
  readonly daysOffset: ReadonlyMap<string, number | null>;
}

/** Two statements. */
export async function readAlertSettings(
  db: Kysely<Database>,
  eventCodes: readonly string[],
): Promise<AlertSettings> {
  const { rows } = await sql<{
    email_recipient: string | null;
    notify_days_before: string | null;
    code: string | null;
    days: number | null;
  }>`
    select s.email_recipient, s.notify_days_before, e.event_code as code, e.days_offset as days
      from (values (1)) as one (n)
      left join (select * from notification_setting order by id limit 1) s on true
      left join notification_event e on e.event_code = any (${eventCodes}::text[])`.execute(db);
  const { rows: admins } = await sql<OwnerRow>`
    select u.id as user_id, u.name as user_name, u.email, u.is_archived
      from "user" u where u.role = 'admin' and not u.is_archived order by u.id`.execute(db);
  return {
    recipient: plausibleAddress(rows[0]?.email_recipient ?? ''),
    notifyDaysBefore: rows[0]?.notify_days_before ?? null,
    daysOffset: new Map(rows.flatMap(({ code, days }) => (code === null ? [] : [[code, days] as const]))),
    admins: admins.map(toUser).filter(({ address }) => address !== null),
  };
}
