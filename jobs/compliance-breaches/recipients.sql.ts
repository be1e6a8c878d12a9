import { type Kysely, sql } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import type { PersonRecipient } from '../../src/notify/notifier.ts';
import { plausibleAddress } from '../../src/notify/plausible-address.ts';

/** One statement: who gets the mails where the configuration names nobody. The first row of the settings page, as in OpsDeck. */
export async function usualRecipients(db: Kysely<Database>): Promise<readonly PersonRecipient[]> {
  const { rows } = await sql<{ email_recipient: string | null }>`
    select email_recipient from notification_setting order by id limit 1`.execute(db);
  const email = plausibleAddress(rows[0]?.email_recipient ?? '');
  return email === null ? [{ kind: 'role', role: 'admin' }] : [{ kind: 'address', email, name: 'Admin' }];
}
