import { sql, type Transaction } from 'kysely';
import type { Database } from '../db/tables.ts';
import type { Destination } from './notifier.ts';
import { plausibleAddress } from './plausible-address.ts';

/** Somebody who can silence alerts and decide about what they are about. */
export interface Administrator {
  readonly name: string;
  /** Lower-cased. */
  readonly address: string;
}

/** Those who can be written to, the first first. One statement. */
export async function readAdministrators(trx: Transaction<Database>): Promise<readonly Administrator[]> {
  const { rows } = await sql<{ name: string | null; email: string | null }>`
    select name, email from "user" where role = 'admin' and not coalesce(is_archived, false) order by id`.execute(
    trx,
  );
  return rows.flatMap(({ name, email }) => {
    const address = plausibleAddress(email ?? '');
    return address === null ? [] : [{ name: name?.trim() ?? '', address }];
  });
}

/** Whom to ask: `Ana (ana@example.org) or Ben (ben@example.org)`, three at most; empty: nobody. */
export function whomToAsk(
  administrators: readonly { readonly name: string; readonly address: string | null }[],
): string {
  return administrators
    .slice(0, 3)
    .flatMap(({ name, address }) =>
      address === null ? [] : [name === '' ? address : `${name} (${address})`],
    )
    .join(' or ');
}

/** What a mail says differently to whoever can do more: `administrator`, and for the others whom to `ask`. */
export function readersOf(administrators: readonly Administrator[]): (
  destination: Pick<Destination, 'recipient_email'>,
) => {
  readonly administrator: boolean;
  readonly ask: string;
} {
  const addresses = new Set(administrators.map(({ address }) => address));
  const ask = whomToAsk(administrators);
  return ({ recipient_email: address }) => ({
    administrator: address !== null && addresses.has(address),
    ask,
  });
}
