import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';

/** A sequence gives out no key up to this one again. Nothing takes that back: a rehearsal must not come here. */
export async function moveSequence(
  trx: Transaction<Database>,
  name: string,
  column: string,
  highest: RawBuilder<unknown>,
): Promise<void> {
  await sql`
    select setval(q.sequence::regclass, q.highest)
      from (select pg_get_serial_sequence(${name}, ${column}) as sequence, ${highest} as highest) q
     where q.sequence is not null
       and q.highest > (select coalesce(max(p.last_value), 0) from pg_sequences p
                         where quote_ident(p.schemaname) || '.' || quote_ident(p.sequencename) = q.sequence)`.execute(
    trx,
  );
}
