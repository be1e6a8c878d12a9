import { sql, type Transaction } from 'kysely';
import { changeTransaction } from '../../../src/db/change-transaction.ts';
import type { OpenDatabase } from '../../../src/db/database.ts';
import type { Database } from '../../../src/db/tables.ts';
import type { Author } from '../../../src/decisions/author.ts';
import { usage } from '../../../src/errors/usage.ts';
import type { Day } from '../../../src/time/day.ts';
import { explainState } from '../controls/explain-control.ts';
import type { CatalogControl } from '../controls/find-control.ts';
import { ownedActivities } from '../controls/owners.sql.ts';
import { type EvaluationScope, evaluation } from '../evaluate.sql.ts';
import type { ControlStatus } from '../status.ts';
import { findDecider, logDecision, nameOf, switchedOff } from './record.ts';

/**
 * Accepts a failing control through a day. Its status stays what it is. Who owns the control does not accept it.
 *
 * @returns the status that is accepted, and {@link logDecision}'s words; null in a dry run.
 * @throws OperatorError exit 2: `not_evaluated`, `not_failing`, `own_control`, `unknown_actor`, `archived_actor`.
 */
export async function acceptControl(
  { db, clock }: Pick<OpenDatabase, 'db' | 'clock'>,
  scope: EvaluationScope,
  control: CatalogControl,
  { reason, until }: { readonly reason: string; readonly until: Day },
  author: Author,
  dryRun = false,
): Promise<{ readonly status: ControlStatus; readonly mail: string | null }> {
  return changeTransaction(db, dryRun, async (trx) => {
    const by = await findDecider(trx, author);
    const state = await explainState(trx, scope, control);
    if (state === null) throw switchedOff(control, 'nothing was accepted');
    const { status } = state;
    if (status !== 'non_compliant' && status !== 'warning') {
      throw usage(
        `${nameOf(control)} is ${status.replaceAll('_', '-')}: only a failing control can be accepted; nothing was accepted.`,
        "'opsdeck-jobs controls list --failing' lists those that fail.",
        'not_failing',
      );
    }
    const owned = await activitiesOf(trx, scope, control, by.userId);
    if (owned.length > 0) {
      throw usage(
        `${by.actor} owns ${nameOf(control)}, by the activity ${owned.slice(0, 3).join(', ')}: its owner cannot accept it; nothing was accepted.`,
        'Let somebody else accept it, with --as and their e-mail address.',
        'own_control',
      );
    }
    if (dryRun) return { status, mail: null };
    const at = clock.now();
    const { rows } = await sql<{ id: string }>`
      insert into opsdeck_jobs.control_acceptance
        (framework_control_id, framework_name, control_id, status, reason, until, actor, actor_user_id, entered_by, created_at)
      values (${control.id}::integer, ${control.framework}, ${control.control_id}, ${status}, ${reason}, ${until}::date,
              ${by.actor}, ${by.userId}::integer, ${by.enteredBy}, ${at.toISOString()}::timestamptz)
      returning id`.execute(trx);
    const mail = await logDecision(trx, {
      at,
      by,
      action: 'controls.accept',
      control,
      after: { acceptance: Number(rows[0]?.id), status, until },
      note: reason,
      what: `${nameOf(control)}, which is ${status.replaceAll('_', '-')}, was accepted through ${until}`,
    });
    return { status, mail };
  });
}

/** The activities that the control's rules ask for and that this person owns. One statement. */
async function activitiesOf(
  trx: Transaction<Database>,
  scope: EvaluationScope,
  control: CatalogControl,
  userId: number,
): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    with ${evaluation({ ...scope, frameworkId: control.framework_id })}, ${ownedActivities}
    select distinct activity as name from owned_activity
     where control_pk = ${control.id}::integer and user_id = ${userId}::integer order by 1`.execute(trx);
  return rows.map(({ name }) => name);
}
