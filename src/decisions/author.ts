import { type Kysely, sql } from 'kysely';
import type { Database } from '../db/tables.ts';
import type { OperatorError } from '../errors/operator-error.ts';
import { usage } from '../errors/usage.ts';
import type { EventRoutings } from '../notify/event-routing.ts';
import type { Clock } from '../time/clock.ts';
import type { Zones } from '../time/zones.ts';

/*
 * Who decides. `--as` is a claim, not a login: whoever can run the program can name anybody. So the name must be that of an active
 * account, the user of the machine who typed it is recorded beside it, and the person named gets a mail at once.
 */

/** What a message about a decision is queued with. */
export interface DecisionPost {
  readonly clock: Clock;
  readonly zones: Zones;
  readonly routings: EventRoutings;
}

/** Who is recorded for a decision. */
export interface Author {
  /** An e-mail address, or `os:user@host`. */
  readonly actor: string;
  /** `os:user@host`: who typed it. */
  readonly enteredBy: string;
  /** How the person who is named is informed. */
  readonly post: DecisionPost;
}

/** Who decides: an e-mail address or `os:user@host`, and the account of OpsDeck that belongs to the address. */
export interface Decider {
  readonly actor: string;
  /** Null: a user of the machine. */
  readonly userId: number | null;
}

/**
 * The account of an actor, by its e-mail address in any letter case; a user of the machine has none.
 *
 * @throws OperatorError exit 2: `unknown_actor`; `archived_actor`: an account that is archived decides nothing.
 */
export async function findDecider(
  db: Kysely<Database>,
  actor: string,
  /** That has the address. */
  option: '--as' | '--requester' = '--as',
): Promise<Decider> {
  const { rows } = await sql<{ id: number; is_archived: boolean }>`
    select id, coalesce(is_archived, false) as is_archived from public."user" where lower(email) = lower(${actor})
     order by 2, id limit 1`.execute(db);
  const account = rows[0];
  if (account === undefined) {
    if (machineUserName(actor) !== null) return { actor, userId: null };
    throw await unknownActor(db, actor, option);
  }
  if (account.is_archived) {
    throw usage(
      `${actor} is an archived account: it ${option === '--as' ? 'decides' : 'asks for'} nothing.`,
      `Give ${option} the e-mail address of a person who works here.`,
      'archived_actor',
    );
  }
  return { actor, userId: account.id };
}

async function unknownActor(db: Kysely<Database>, actor: string, option: string): Promise<OperatorError> {
  const { rows } = await sql<{ people: boolean }>`
    select exists (select from public."user" where is_archived is not true) as people`.execute(db);
  return rows[0]?.people === true
    ? usage(
        `No account has the e-mail address ${actor}.`,
        `Give ${option} the e-mail address of an active account.`,
        'unknown_actor',
      )
    : usage(
        `No account has the e-mail address ${actor}: the database has no people.`,
        'Import them with `import users FILE`.',
        'unknown_actor',
      );
}

/** The name of a user of the machine, from `os:user@host`; null: it is an e-mail address. */
export function machineUserName(actor: string): string | null {
  return /^os:(.+)@[^@]*$/s.exec(actor)?.[1] ?? null;
}

/** `os:user@host`: somebody at the machine, and no named person. */
export function isMachineUser(actor: string): boolean {
  return machineUserName(actor) !== null;
}
