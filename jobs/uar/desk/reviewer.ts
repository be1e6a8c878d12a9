import { type Kysely, sql } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import { OperatorError } from '../../../src/errors.ts';
import { ExitCode } from '../../../src/exit-code.ts';

/** Who decides: an e-mail address or `os:user@host`, and the account of OpsDeck that belongs to the address. */
export interface Reviewer {
  readonly actor: string;
  /** Null: a user of the machine, or an address that no account has. */
  readonly userId: number | null;
}

/**
 * The account of an actor, by its e-mail address in any letter case.
 *
 * @throws OperatorError `archived_reviewer`, exit 2: an account that is archived decides nothing.
 */
export async function findReviewer(db: Kysely<Database>, actor: string): Promise<Reviewer> {
  const { rows } = await sql<{ id: number; is_archived: boolean }>`
    select id, is_archived from public."user" where lower(email) = lower(${actor})
     order by is_archived, id limit 1`.execute(db);
  const account = rows[0];
  if (account === undefined) return { actor, userId: null };
  if (account.is_archived) {
    throw new OperatorError({
      code: 'archived_reviewer',
      message: `${actor} is an archived account: it decides nothing.`,
      next: 'Give --as the e-mail address of a person who works here.',
      exitCode: ExitCode.usage,
    });
  }
  return { actor, userId: account.id };
}

/** Nobody decides on their own account: is this finding about the reviewer's? */
export function isOwnAccount(
  { actor, userId }: Reviewer,
  finding: { readonly affectedUserId: number | null; readonly key: string },
): boolean {
  return (
    (userId !== null && finding.affectedUserId === userId) ||
    finding.key.trim().toLowerCase() === actor.toLowerCase()
  );
}
