import { sql } from 'kysely';
import { changeTransaction } from '../../../src/db/change-transaction.ts';
import type { OpenDatabase } from '../../../src/db/database.ts';
import type { Author } from '../../../src/decisions/author.ts';
import { usage } from '../../../src/errors/usage.ts';
import type { Day } from '../../../src/time/day.ts';
import { type ControlState, explainState } from '../controls/explain-control.ts';
import type { CatalogControl } from '../controls/find-control.ts';
import type { EvaluationScope } from '../evaluate.sql.ts';
import type { ControlStatus } from '../status.ts';
import { findDecider, logDecision, nameOf, switchedOff } from './record.ts';

export interface NewAttestation {
  readonly result: 'met' | 'not_met';
  readonly reason: string;
  /** Where it can be looked up; null only for `not_met`. */
  readonly evidence: string | null;
  /** The last day on which `met` counts; null only for `not_met`. */
  readonly until: Day | null;
}

/**
 * Records a person's statement about a control that no rule measures. The newest one counts; those before it stay. A dry run
 * checks the same and records nothing.
 *
 * @returns the status before, and {@link logDecision}'s words; null in a dry run.
 * @throws OperatorError exit 2: `not_evaluated`, `not_attestable`, `unknown_actor`, `archived_actor`.
 */
export async function attestControl(
  { db, clock }: Pick<OpenDatabase, 'db' | 'clock'>,
  scope: EvaluationScope,
  control: CatalogControl,
  attested: NewAttestation,
  author: Author,
  dryRun = false,
): Promise<{ readonly before: ControlStatus; readonly mail: string | null }> {
  return changeTransaction(db, dryRun, async (trx) => {
    const by = await findDecider(trx, author);
    const state = await explainState(trx, scope, control);
    if (state === null) throw switchedOff(control, 'nothing was attested');
    refuseOthers(control, state);
    if (dryRun) return { before: state.status, mail: null };
    const at = clock.now();
    const { result, reason, evidence, until } = attested;
    const { rows } = await sql<{ id: string }>`
      insert into opsdeck_jobs.control_attestation
        (framework_control_id, framework_name, control_id, result, reason, evidence, until, actor, actor_user_id, entered_by, created_at)
      values (${control.id}::integer, ${control.framework}, ${control.control_id}, ${result}, ${reason}, ${evidence}::text, ${until}::date,
              ${by.actor}, ${by.userId}::integer, ${by.enteredBy}, ${at.toISOString()}::timestamptz)
      returning id`.execute(trx);
    const mail = await logDecision(trx, {
      at,
      by,
      action: 'controls.attest',
      control,
      after: { attestation: Number(rows[0]?.id), result, evidence, until },
      note: reason,
      what: `${nameOf(control)} was attested as ${result === 'met' ? `met through ${until}` : 'not met'}`,
    });
    return { before: state.status, mail };
  });
}

function refuseOthers(control: CatalogControl, { status, rules, links }: ControlState): void {
  const about = nameOf(control);
  const refuse = (why: string, next: string) =>
    usage(`${about} ${why}; nothing was attested.`, next, 'not_attestable');
  if (status === 'not_applicable') {
    throw refuse('is not applicable', 'Change its applicability in OpsDeck first.');
  }
  const deciding = rules.filter((rule) => rule.status !== null).map(({ name }) => name);
  if (deciding.length > 0) {
    throw refuse(
      `is decided by ${deciding.length === 1 ? 'its rule' : 'its rules'} ${deciding.slice(0, 5).join(', ')}: an attestation would change nothing`,
      `Run 'opsdeck-jobs controls show ${control.control_id}': it shows what they need.`,
    );
  }
  if (links.length === 0) {
    throw refuse(
      'has neither a rule nor a link to what fulfils it',
      'Add a link with `import links`, or in OpsDeck, then attest it.',
    );
  }
}
