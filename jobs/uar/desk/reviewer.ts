import { type Kysely, sql } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import type { OperatorError } from '../../../src/errors/operator-error.ts';
import { usage } from '../../../src/errors/usage.ts';
import type { Json } from '../../../src/text/json.ts';
import { refusal } from '../refusal.ts';

/** Who decides: an e-mail address or `os:user@host`, and the account of OpsDeck that belongs to the address. */
export interface Reviewer {
  readonly actor: string;
  /** Null: a user of the machine. */
  readonly userId: number | null;
}

/** Who is recorded for a decision: the address is a claim of whoever entered it. */
export interface Author {
  readonly actor: string;
  /** `os:user@host`. */
  readonly enteredBy: string;
}

/**
 * The account of an actor, by its e-mail address in any letter case; a user of the machine has none, and its decisions satisfy no sign-off.
 *
 * @throws OperatorError exit 2: `unknown_reviewer`; `archived_reviewer`: an account that is archived decides nothing.
 */
export async function findReviewer(db: Kysely<Database>, actor: string): Promise<Reviewer> {
  const { rows } = await sql<{ id: number; is_archived: boolean }>`
    select id, is_archived from public."user" where lower(email) = lower(${actor})
     order by is_archived, id limit 1`.execute(db);
  const account = rows[0];
  if (account === undefined) {
    if (isMachineUser(actor)) return { actor, userId: null };
    throw await unknownReviewer(db, actor);
  }
  if (account.is_archived) {
    throw usage(
      `${actor} is an archived account: it decides nothing.`,
      'Give --as the e-mail address of a person who works here.',
      'archived_reviewer',
    );
  }
  return { actor, userId: account.id };
}

async function unknownReviewer(db: Kysely<Database>, actor: string): Promise<OperatorError> {
  const { rows } = await sql<{ people: boolean }>`
    select exists (select from public."user" where not is_archived) as people`.execute(db);
  return rows[0]?.people === true
    ? refusal(
        'unknown_reviewer',
        `No account has the e-mail address ${actor}.`,
        'Give --as the e-mail address of an active account.',
      )
    : refusal(
        'unknown_reviewer',
        `No account has the e-mail address ${actor}: the database has no people.`,
        'Import them with `import users FILE`.',
      );
}

/** `os:user@host`: somebody at the machine, and no named person. */
export function isMachineUser(actor: string): boolean {
  return machineUserOf(actor) !== null;
}

/** What a finding says about whose account it is. */
export interface AccountOfFinding {
  /** The account of OpsDeck that it was linked to. */
  readonly affectedUserId: number | null;
  /** Its e-mail address. */
  readonly affectedUser: string | null;
  readonly key: string;
  /** The rows that it is about, as they were read. */
  readonly rows: readonly Json[];
}

/** Columns that usually hold the address of the account's owner, and not, say, of a manager. */
const addressColumns: ReadonlySet<string> = new Set([
  'email',
  'e-mail',
  'mail',
  'user_email',
  'login',
  'username',
  'upn',
]);

/**
 * Nobody decides on their own account: is this finding about the reviewer's? By the account that it is linked to, by its key (the
 * address, what stands before the @, or the account's number), or by the address in its rows. Of a user of the machine only the
 * name is known: whatever account has it, in whatever domain, may be theirs. In doubt it is: somebody else can decide.
 */
export function isOwnAccount(
  { actor, userId }: Reviewer,
  { affectedUserId, affectedUser, key, rows }: AccountOfFinding,
): boolean {
  if (userId !== null && affectedUserId === userId) return true;
  const machineUser = machineUserOf(actor);
  if (machineUser !== null) {
    const name = accountName(machineUser);
    const hasName = (text: string) => accountName(text) === name;
    return hasName(affectedUser ?? '') || hasName(key) || rows.some((row) => holdsAddress(row, hasName));
  }
  const address = actor.toLowerCase();
  if (!address.includes('@')) return false;
  const own = new Set([
    address,
    address.slice(0, address.indexOf('@')),
    ...(userId === null ? [] : [String(userId)]),
  ]);
  const isAddress = (text: string) => text.trim().toLowerCase() === address;
  return (
    isAddress(affectedUser ?? '') ||
    own.has(key.trim().toLowerCase()) ||
    rows.some((row) => holdsAddress(row, isAddress))
  );
}

/** The name of a user of the machine, from `os:user@host`; null: it is an e-mail address. */
function machineUserOf(actor: string): string | null {
  return /^os:(.+)@[^@]*$/s.exec(actor)?.[1] ?? null;
}

/** `ana` of `Ana@example.org` and of `CORP\ana`. */
function accountName(text: string): string {
  return text.trim().toLowerCase().replace(/^.*\\/s, '').replace(/@.*$/s, '');
}

/** A row, or the rows of a key that occurs more than once. */
function holdsAddress(row: Json, isOwn: (text: string) => boolean): boolean {
  if (row === null || typeof row !== 'object') return false;
  if (isList(row)) return row.some((one) => holdsAddress(one, isOwn));
  return Object.entries(row).some(
    ([name, value]) => addressColumns.has(name.toLowerCase()) && typeof value === 'string' && isOwn(value),
  );
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/**
 * @param about the beginning of a sentence that goes on with "the account of …".
 * @param nothing what was not done, as the end of it.
 */
export function ownAccountRefusal(actor: string, about: string, nothing: string): OperatorError {
  const machineUser = machineUserOf(actor);
  return refusal(
    'own_account',
    machineUser === null
      ? `${about} the account of ${actor}: a decision about one’s own account is refused; ${nothing}.`
      : `${about} an account with the name of the user of this machine, ${machineUser}: a decision about one’s own account is refused; ${nothing}.`,
    machineUser === null
      ? 'Let somebody else do it, with --as and their e-mail address.'
      : 'Give the e-mail address of the person who decides with --as.',
  );
}
