import { type Decider, machineUserName } from '../../../src/decisions/author.ts';
import type { OperatorError } from '../../../src/errors/operator-error.ts';
import type { Json } from '../../../src/text/json.ts';
import { refusal } from '../refusal.ts';

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
  { actor, userId }: Decider,
  { affectedUserId, affectedUser, key, rows }: AccountOfFinding,
): boolean {
  if (userId !== null && affectedUserId === userId) return true;
  const machineUser = machineUserName(actor);
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
  const machineUser = machineUserName(actor);
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
