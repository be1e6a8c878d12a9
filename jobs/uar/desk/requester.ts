import type { Kysely } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import { type Decider, findDecider } from '../../../src/decisions/author.ts';
import { refusal } from '../refusal.ts';

/**
 * Who asks for an exception does not approve it: by the account, or by another spelling of its address.
 *
 * @throws OperatorError exit 2: `same_person`, `unknown_actor`, `archived_actor`.
 */
export async function checkRequester(
  db: Kysely<Database>,
  requester: string,
  approver: Decider,
): Promise<void> {
  const { userId } = await findDecider(db, requester, '--requester');
  if (userId !== approver.userId && !isSameAddress(requester, approver.actor)) return;
  throw refusal(
    'same_person',
    `${requester} asks for the exception and cannot approve it; nothing was added.`,
    'Let another person approve it, with --as and their e-mail address.',
  );
}

/** Letter case, compatible characters and what follows a plus sign do not make another person. */
function isSameAddress(one: string, other: string): boolean {
  return plainAddress(one) === plainAddress(other);
}

function plainAddress(address: string): string {
  return address
    .normalize('NFKC')
    .trim()
    .toLowerCase()
    .replace(/\+[^@]*(?=@)/, '');
}
