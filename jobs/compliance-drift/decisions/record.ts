import { sql, type Transaction } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import { findDecider as findAccount } from '../../../src/decisions/author.ts';
import type { OperatorError } from '../../../src/errors/operator-error.ts';
import { usage } from '../../../src/errors/usage.ts';
import type { JsonObject } from '../../../src/text/json.ts';
import type { CatalogControl } from '../controls/find-control.ts';

/** Who decides, with the account of the address, and which user of the machine entered it. */
export interface Decider {
  readonly actor: string;
  readonly userId: number;
  readonly enteredBy: string;
}

/** As typed. */
export interface NamedDecider {
  /** An e-mail address. */
  readonly actor: string;
  /** `os:user@host`. */
  readonly enteredBy: string;
}

/** @throws OperatorError exit 2: `unknown_actor`, `archived_actor`. */
export async function findDecider(
  trx: Transaction<Database>,
  { actor, enteredBy }: NamedDecider,
): Promise<Decider> {
  const { userId } = await findAccount(trx, actor);
  if (userId === null) throw new Error(`${actor} is no address, so the command had to refuse it`);
  return { actor, userId, enteredBy };
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

/** The decision's row in the action log, in the transaction of the decision itself. */
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
  },
): Promise<void> {
  const { at, by, action, control, after, note } = decision;
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
}
