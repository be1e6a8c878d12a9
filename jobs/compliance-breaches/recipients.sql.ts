import { sql, type Transaction } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import { readAdministrators, whomToAsk } from '../../src/notify/administrators.ts';
import type { PersonRecipient } from '../../src/notify/notifier.ts';
import { plausibleAddress } from '../../src/notify/plausible-address.ts';

export interface UsualRecipients {
  readonly recipients: readonly PersonRecipient[];
  /** Who can type commands, wherever the configuration sends the mails. */
  readonly administrators: ReadonlySet<string>;
  /** Whom others ask; empty: nobody. */
  readonly ask: string;
}

/** Two statements: who gets the mails where the configuration names nobody. The first row of the settings page, as in OpsDeck. */
export async function usualRecipients(trx: Transaction<Database>): Promise<UsualRecipients> {
  const { rows } = await sql<{ email_recipient: string | null }>`
    select email_recipient from notification_setting order by id limit 1`.execute(trx);
  const email = plausibleAddress(rows[0]?.email_recipient ?? '');
  const found = await readAdministrators(trx);
  const ask = whomToAsk(found);
  const administrators = new Set(found.map(({ address }) => address));
  if (email === null) return { recipients: [{ kind: 'role', role: 'admin' }], administrators, ask };
  return { recipients: [{ kind: 'address', email, name: 'Admin' }], administrators, ask };
}
