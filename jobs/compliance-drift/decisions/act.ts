import { sql } from 'kysely';
import { changeTransaction } from '../../../src/db/change-transaction.ts';
import type { OpenDatabase } from '../../../src/db/database.ts';
import type { Author } from '../../../src/decisions/author.ts';
import { usage } from '../../../src/errors/usage.ts';
import type { Day } from '../../../src/time/day.ts';
import type { CatalogControl } from '../controls/find-control.ts';
import { findDecider, logDecision, nameOf } from './record.ts';

type Writable = Pick<OpenDatabase, 'db' | 'clock'>;

export interface NewAction {
  readonly cause: string;
  readonly action: string;
  /** Overdue after that day. */
  readonly due: Day;
}

/**
 * Records what is done about a control.
 *
 * @returns its number and {@link logDecision}'s words; null in a dry run.
 * @throws OperatorError exit 2: `unknown_actor`, `archived_actor`.
 */
export async function addAction(
  { db, clock }: Writable,
  control: CatalogControl,
  { cause, action, due }: NewAction,
  author: Author,
  dryRun = false,
): Promise<{ readonly id: number; readonly mail: string | null } | null> {
  return changeTransaction(db, dryRun, async (trx) => {
    const by = await findDecider(trx, author);
    if (dryRun) return null;
    const at = clock.now();
    const { rows } = await sql<{ id: string }>`
      insert into opsdeck_jobs.control_action
        (framework_control_id, framework_name, control_id, cause, action, due, actor, actor_user_id, entered_by, created_at)
      values (${control.id}::integer, ${control.framework}, ${control.control_id}, ${cause}, ${action}, ${due}::date,
              ${by.actor}, ${by.userId}::integer, ${by.enteredBy}, ${at.toISOString()}::timestamptz)
      returning id`.execute(trx);
    const id = Number(rows[0]?.id);
    const mail = await logDecision(trx, {
      at,
      by,
      action: 'controls.action',
      control,
      after: { action: id, what: action, due },
      note: cause,
      what: `action ${id} on ${nameOf(control)} was recorded, due ${due}: ${action}`,
    });
    return { id, mail };
  });
}

export interface StoredAction {
  readonly id: number;
  readonly control: Pick<CatalogControl, 'id' | 'framework' | 'control_id'>;
  readonly action: string;
  readonly due: Day;
}

/**
 * Records that an action is done. Of two at once the second is refused: an action ends once.
 *
 * @throws OperatorError exit 2: `unknown_action`, `already_done`, `unknown_actor`, `archived_actor`.
 */
export async function endAction(
  { db, clock }: Writable,
  id: number,
  reason: string,
  author: Author,
  dryRun = false,
): Promise<StoredAction & { readonly mail: string | null }> {
  return changeTransaction(db, dryRun, async (trx) => {
    const by = await findDecider(trx, author);
    const { rows } = await sql<
      Omit<StoredAction, 'control'> & StoredAction['control'] & { control_pk: number; done: string | null }
    >`
      select a.id::integer as id, a.framework_control_id as control_pk, a.framework_name as framework, a.control_id, a.action,
             to_char(a.due, 'YYYY-MM-DD') as due, e.actor as done
        from opsdeck_jobs.control_action a left join opsdeck_jobs.control_action_end e on e.action_id = a.id
       where a.id = ${id}::bigint`.execute(trx);
    const [found] = rows;
    if (found === undefined) {
      throw usage(
        `There is no action ${id}.`,
        "'opsdeck-jobs controls show CONTROL' lists the actions of a control with their numbers.",
        'unknown_action',
      );
    }
    if (found.done !== null) throw alreadyDone(id, found.done);
    const control = { id: found.control_pk, framework: found.framework, control_id: found.control_id };
    const stored = { id, control, action: found.action, due: found.due };
    if (dryRun) return { ...stored, mail: null };
    const at = clock.now();
    const ended = await sql<{ id: string }>`
      insert into opsdeck_jobs.control_action_end (action_id, reason, actor, actor_user_id, entered_by, created_at)
      values (${id}::bigint, ${reason}, ${by.actor}, ${by.userId}::integer, ${by.enteredBy}, ${at.toISOString()}::timestamptz)
      on conflict (action_id) do nothing returning id`.execute(trx);
    if (ended.rows.length === 0) throw alreadyDone(id, 'somebody else');
    const mail = await logDecision(trx, {
      at,
      by,
      action: 'controls.action_done',
      control,
      after: { action: id, what: found.action, due: found.due },
      note: reason,
      what: `action ${id} on ${nameOf(control)} was recorded as done: ${found.action}`,
    });
    return { ...stored, mail };
  });
}

function alreadyDone(id: number, by: string) {
  return usage(
    `Action ${id} is done already: ${by} recorded it.`,
    "'opsdeck-jobs controls list' shows how many actions of each control are open.",
    'already_done',
  );
}
