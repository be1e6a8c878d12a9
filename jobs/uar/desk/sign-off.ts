import { sql, type Transaction } from 'kysely';
import { changeTransaction, locking } from '../../../src/db/change-transaction.ts';
import type { OpenDatabase } from '../../../src/db/database.ts';
import type { Database } from '../../../src/db/tables.ts';
import { type Author, findDecider, isMachineUser } from '../../../src/decisions/author.ts';
import { reportDecision } from '../../../src/decisions/report-decision.ts';
import { wallClock } from '../../../src/time/human-time.ts';
import type { Zones } from '../../../src/time/zones.ts';
import { refusal } from '../refusal.ts';
import { type Evidence, readEvidence } from '../report/evidence.ts';
import { fourEyesOf } from '../report/four-eyes.ts';
import { needsFourEyes, type Review, readReview, readSignOff } from '../report/review.ts';
import { reviewFindings } from '../report/review-findings.ts';
import { writeJournal } from './journal.sql.ts';

/** How many findings an error names. */
const named = 10;

export interface SignedExecution {
  readonly review: Review;
  readonly hash: Buffer;
  /** That it saw and that are still there. */
  readonly findings: number;
  /** What whoever typed it reads about the mail to the signer; null: there is none. */
  readonly mail: string | null;
}

/**
 * Signs an execution off, in one transaction: every critical and high finding that it saw has a decision of a person whose
 * account it is not, or an exception. What is signed is hashed together with the signer, the note and the user of the machine, so
 * that a later change of any of it shows (`report uar`). The signature goes to `action_log` and to OpsDeck's journal.
 *
 * A dry run checks the same, and signs nothing.
 *
 * @throws OperatorError exit 2: `unknown_execution`, `not_ours`, `not_completed`, `already_signed`, `unknown_actor`,
 * `archived_actor`, `undecided_findings`, `four_eyes_not_met`.
 */
export async function signExecution(
  { db, clock }: Pick<OpenDatabase, 'db' | 'clock'>,
  zones: Zones,
  executionId: number,
  { note, ...author }: Author & { readonly note: string },
  dryRun = false,
): Promise<SignedExecution> {
  return changeTransaction(db, dryRun, async (trx) => {
    const { actor: email, enteredBy } = author;
    const reviewer = await findDecider(trx, email);
    await sql`
      select 1 from opsdeck_jobs.uar_execution_record where execution_id = ${executionId}::integer
      ${locking(dryRun, sql`for update`)}`.execute(trx);
    const review = await readReview(trx, zones, executionId);
    if (review.outcome !== 'completed') {
      throw refusal(
        'not_completed',
        `Execution ${executionId} is ${review.outcome}: ${review.reason ?? 'it has no result'}. There is nothing to sign.`,
        `Run it again with \`run-job uar --param comparison=${review.comparison_id}\`.`,
      );
    }
    await refuseSecondSignature(trx, executionId, zones);
    // Decisions under way end first, with a time before ours; those that follow have one after it.
    const { rows } = await sql<{ count: number }>`
      select count(*)::integer as count from (
        select f.id from public.uar_finding f
         where f.id in (select finding_id from opsdeck_jobs.uar_observation where execution_id = ${executionId}::integer)
         order by f.id ${locking(dryRun, sql`for share of f`)}) as locked`.execute(trx);
    const findings = rows[0]?.count ?? 0;
    const now = clock.now();
    await refuseUndecided(trx, review, zones, now);
    const evidence = await readEvidence(trx, review, { zones, until: now });
    refuseSamePerson(review, evidence, { email, enteredBy });

    const hash = evidence.signedBy({
      ...{ user_id: reviewer.userId, email, note, entered_by: enteredBy, at: now },
    });
    if (dryRun) return { review, hash, findings, mail: null };
    await sql`
      insert into opsdeck_jobs.uar_sign_off (execution_id, user_id, email, note, entered_by, at, evidence_hash)
      values (${executionId}::integer, ${reviewer.userId}::integer, ${email}, ${note}, ${enteredBy}, ${now}::timestamptz, ${hash})`.execute(
      trx,
    );
    await sql`
      insert into opsdeck_jobs.action_log (at, actor, action, subject, after, note)
      values (${now}::timestamptz, ${email}, 'uar.sign_off', ${`uar_execution:${executionId}`},
              jsonb_build_object('evidence_sha256', ${hash.toString('hex')}::text, 'entered_by', ${enteredBy}::text), ${note})`.execute(
      trx,
    );
    await writeJournal(trx, { userId: reviewer.userId, email, at: now, storedZone: zones.stored }, [
      { entity: 'UARExecution', id: executionId, changes: { sign_off: { old: null, new: note } } },
    ]);
    const of = review.comparison ?? `comparison ${review.comparison_id}`;
    const what = `execution ${executionId} of ${of} was signed off`;
    return {
      review,
      hash,
      findings,
      mail: await reportDecision(trx, reviewer, author, { what, reason: note }),
    };
  });
}

async function refuseSecondSignature(
  trx: Transaction<Database>,
  executionId: number,
  zones: Zones,
): Promise<void> {
  const signed = await readSignOff(trx, executionId);
  if (signed === null) return;
  throw refusal(
    'already_signed',
    `Execution ${executionId} was signed off by ${signed.email} on ${wallClock(signed.at, zones.business)}.`,
    `Look at it with \`report uar --execution ${executionId}\`.`,
  );
}

/** Only where the comparison asks for it; the report shows it either way. */
function refuseSamePerson(
  review: Review,
  { deciders }: Evidence,
  signer: { readonly email: string; readonly enteredBy: string },
): void {
  if (!needsFourEyes(review)) return;
  const { met, reasons } = fourEyesOf(deciders, signer);
  if (met) return;
  throw refusal(
    'four_eyes_not_met',
    `The comparison requires four eyes for execution ${review.execution_id}, and they are not met: ${reasons.join(' ')}`,
    'Let another person sign it off with --as, from their own account of the machine.',
  );
}

async function refuseUndecided(
  trx: Transaction<Database>,
  review: Review,
  zones: Zones,
  now: Date,
): Promise<void> {
  const claimless = await exceptionsOfMachineUsers(trx, review.execution_id);
  const undecided: string[] = [];
  let count = 0;
  for await (const { id, key, exception_id: exception, decision } of reviewFindings(trx, review, {
    zones,
    until: now,
    urgentOnly: true,
    asOfNow: true,
  })) {
    const counts =
      decision !== null &&
      decision.source !== 'unknown' &&
      !decision.own_account &&
      !isMachineUser(decision.actor);
    if (counts || (exception !== null && !claimless.has(exception))) continue;
    count += 1;
    if (undecided.length < named) {
      const own =
        decision === null
          ? exception === null
            ? ''
            : `, exception ${exception} by a user of a machine`
          : decision.own_account
            ? `, decided by ${decision.actor} about their own account`
            : `, ${decision.decision.replaceAll('_', ' ')} by ${decision.actor}`;
      undecided.push(`${id} (${key}${own})`);
    }
  }
  if (count === 0) return;
  const more = count > named ? `, and ${count - named} more` : '';
  throw refusal(
    'undecided_findings',
    `${count === 1 ? 'One critical or high finding has' : `${count} critical and high findings have`} no decision that counts: ${undecided.join(', ')}${more}.`,
    'Decide them with `uar resolve|acknowledge|false-positive ID --reason TEXT --as EMAIL`, then sign.',
  );
}

/** Exceptions that no named person answers for: they satisfy no sign-off. */
async function exceptionsOfMachineUsers(
  trx: Transaction<Database>,
  executionId: number,
): Promise<ReadonlySet<number>> {
  const { rows } = await sql<{ id: number; added_by: string }>`
    select id::integer as id, added_by from opsdeck_jobs.uar_exception
     where id in (select exception_id from opsdeck_jobs.uar_observation where execution_id = ${executionId}::integer)`.execute(
    trx,
  );
  return new Set(rows.filter(({ added_by: by }) => isMachineUser(by)).map(({ id }) => id));
}
