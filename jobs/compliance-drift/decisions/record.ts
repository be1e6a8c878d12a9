import { sql, type Transaction } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import { type Author, findDecider as findAccount } from '../../../src/decisions/author.ts';
import { reportDecision } from '../../../src/decisions/report-decision.ts';
import type { OperatorError } from '../../../src/errors/operator-error.ts';
import { usage } from '../../../src/errors/usage.ts';
import type { JsonObject } from '../../../src/text/json.ts';
import type { CatalogControl } from '../controls/find-control.ts';

/** Who decides, with the account of the address. */
export interface Decider extends Author {
  readonly userId: number;
}

/** @throws OperatorError exit 2: `unknown_actor`, `archived_actor`. */
export async function findDecider(trx: Transaction<Database>, author: Author): Promise<Decider> {
  const { userId } = await findAccount(trx, author.actor);
  if (userId === null) throw new Error(`${author.actor} is no address, so the command had to refuse it`);
  return { ...author, userId };
}

/** Framework and identifier, as messages name a control. */
export function nameOf({
  framework,
  control_id: id,
}: Pick<CatalogControl, 'framework' | 'control_id'>): string {
  return `${framework} ${id}`;
}

export function switchedOff(control: CatalogControl, what: string): OperatorError {
  return usage(
    `${nameOf(control)} is not evaluated, because its framework is switched off; ${what}.`,
    'Switch the framework on in OpsDeck, then repeat the command.',
    'not_evaluated',
  );
}

/**
 * The decision's row in the action log, and the mail to the person who is named, in the transaction of the decision itself.
 *
 * @returns what whoever typed it reads about that mail.
 */
export async function logDecision(
  trx: Transaction<Database>,
  decision: {
    readonly at: Date;
    readonly by: Decider;
    /** `controls.attest`, … */
    readonly action: string;
    readonly control: Pick<CatalogControl, 'id' | 'framework' | 'control_id'>;
    readonly after: JsonObject;
    readonly note: string;
    /** For the person who is named: a clause with its subject. */
    readonly what: string;
  },
): Promise<string | null> {
  const { at, by, action, control, after, note, what } = decision;
  const content = {
    framework: control.framework,
    control: control.id,
    ...after,
    entered_by: by.enteredBy,
  };
  await sql`
    insert into opsdeck_jobs.action_log (at, actor, action, subject, after, note)
    values (${at}::timestamptz, ${by.actor}, ${action}, ${`control:${control.control_id}`}, ${JSON.stringify(content)}::jsonb, ${note})`.execute(
    trx,
  );
  return reportDecision(trx, by, by, { what, reason: note });
}
