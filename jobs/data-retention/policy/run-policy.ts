import type { Kysely, RawBuilder } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import type { JobContext } from '../../../src/job/context.ts';
import { runnerName } from '../../../src/job/run-environment.ts';
import { rethrowWhatEndsTheRun } from '../../../src/job/what-ends-a-run.ts';
import { settleSession } from '../batch/line.sql.ts';
import { newPolicyResult, type PolicyResult } from '../result.ts';
import { type ProgressState, readAcceptance, recordAcceptance, recordOffer } from './acceptance.sql.ts';
import { decideBrake } from './brake.ts';
import { countDue, type DueCount } from './count.sql.ts';
import { failPolicy } from './fail-policy.ts';
import { readHoldColumns, refuseUnreadableHolds } from './legal-holds.ts';
import type { Moment } from './rules.sql.ts';
import type { TableShares } from './table-shares.ts';
import { type Target, tablesOfPolicies } from './target.ts';
import { takenNow, type Work } from './work.ts';
import { workPolicy } from './work-policy.ts';

/** What the policies of a run take turns with. */
export interface Turns {
  /** Of `--param accept=`, by policy. */
  readonly given: ReadonlyMap<string, number>;
  /** Where earlier runs have stopped, by policy. */
  readonly progress: ReadonlyMap<string, ProgressState>;
  readonly shares: TableShares;
  /** Of a dry run: the policies whose turn came before, and that would take rows out of their table. */
  readonly before: Target[];
}

/**
 * One policy's turn. What goes wrong in it is in the result, with what was done before, and the others have their turn all the same.
 *
 * @throws what ends the whole run: it was stopped, was taken for dead, or the database is away.
 */
export async function runPolicy(
  context: JobContext<unknown, unknown>,
  work: Work,
  target: Target,
  turns: Turns,
): Promise<PolicyResult> {
  const result = newPolicyResult(target.policy);
  try {
    await takeTurn(context, work, target, turns, result);
  } catch (error) {
    rethrowWhatEndsTheRun(context.signal, error);
    // The next run looks for what it may have left in the folder.
    work.fileLeft();
    failPolicy(context, result, error);
  }
  return result;
}

async function takeTurn(
  context: JobContext<unknown, unknown>,
  work: Work,
  target: Target,
  { given, progress, shares, before: earlier }: Turns,
  result: PolicyResult,
): Promise<void> {
  const { transaction, dryRun, clock, runId } = context;
  const { name, table, maxShare, action } = target.policy;
  context.progress(`${name}: counting`, 0);
  const { found, acceptance } = await transaction(async (trx) => {
    await settleSession(trx, { statementMs: 0, lockMs: work.limits.lockMs });
    return {
      found: await look(trx, target, work.moment, dryRun, earlier),
      acceptance: await readAcceptance(trx, target, work.moment.today),
    };
  });
  // What is only copied stays in the table: it is no part of what the table loses.
  const loses = action !== 'archive_only';
  const share = shares.look(table, found.total);
  result.total = share.rows;
  result.before = loses ? share.taken : 0;
  result.due = found.due;
  result.held = found.held;
  result.referenced = found.referenced.map((one) => ({ ...one }));
  result.oldest = found.oldest;
  result.bytes = found.bytes;
  const accept = dryRun ? undefined : given.get(name);
  const decision = decideBrake({
    due: found.due,
    before: result.before,
    total: share.rows,
    maxShare,
    known: acceptance.id !== null,
    left: acceptance.left,
    ahead: acceptance.ahead,
    given: accept,
    offered: acceptance.offered,
  });
  if (decision.kind === 'wait') {
    result.waits_for = decision.reason;
    result.accept = `${name}:${found.due}`;
    const offer = { due: found.due, reason: decision.reason, runId, now: clock.now() };
    if (!dryRun) await transaction((trx) => recordOffer(trx, target, offer));
    return;
  }
  const counts = loses && !decision.draws;
  if (dryRun && counts) shares.take(table, decision.rows);
  if (dryRun && loses && action !== 'anonymise') earlier.push(target);
  if (dryRun || decision.rows === 0) return;
  const accepted =
    decision.accepts && accept !== undefined
      ? await transaction((trx) =>
          recordAcceptance(trx, target, { rows: accept, runId, actor: runnerName, now: clock.now() }),
        )
      : found.due <= acceptance.ahead
        ? acceptance.aheadId
        : acceptance.id;
  const before = progress.get(name);
  try {
    await workPolicy(
      { ...work, progress: (done) => context.progress(name, done, decision.rows) },
      target,
      { rows: decision.rows, acceptance: decision.draws ? accepted : null },
      before?.policy_hash === target.hash ? before.last_key : null,
      result,
    );
  } finally {
    if (counts) shares.take(table, result.taken);
  }
}

async function look(
  trx: Kysely<Database>,
  target: Target,
  moment: Moment,
  withBytes: boolean,
  earlier: readonly Target[],
): Promise<DueCount> {
  const holds = await readHoldColumns(trx, tablesOfPolicies([target.policy]), moment.today);
  refuseUnreadableHolds(target, holds);
  const claimed: RawBuilder<boolean>[] = [];
  for (const one of earlier)
    if (one.policy.table === target.policy.table) claimed.push(await takenNow(trx, { moment }, one));
  return countDue(trx, target, moment, holds, withBytes, claimed);
}
