import { sql, type Transaction } from 'kysely';
import type { Database } from '../../db/tables.ts';
import { InconclusiveSource } from '../source.ts';
import { secretName } from './query-guard.ts';

/** So many columns a reason names. */
const named = 3;

/** @throws InconclusiveSource when the role of the connection may read columns of OpsDeck that look like secrets. */
export async function refuseReadableSecrets(trx: Transaction<Database>): Promise<void> {
  const { rows } = await sql<{ name: string; role: string }>`
    select c.relname || '.' || a.attname as name, current_user::text as role
      from pg_catalog.pg_attribute a
      join pg_catalog.pg_class c on c.oid = a.attrelid
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f') and a.attnum > 0 and not a.attisdropped
       and a.attname ~* ${secretName.source} and has_column_privilege(c.oid, a.attnum, 'SELECT')
     order by 1`.execute(trx);
  const [first] = rows;
  if (first === undefined) return;
  const some = rows.slice(0, named).map(({ name }) => name);
  const more = rows.length > named ? ` and ${rows.length - named} more` : '';
  throw new InconclusiveSource(
    `Queries do not run as the program's own role '${first.role}' (query_role: same), which may read secrets of OpsDeck (${some.join(', ')}${more}): name a role in jobs.uar.settings.query_role that may read only what the queries need.`,
  );
}
