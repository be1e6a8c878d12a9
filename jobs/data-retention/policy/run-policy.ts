import type { JobContext } from '../../../src/job/context.ts';
import { runnerName } from '../../../src/job/run-environment.ts';
import { rethrowWhatEndsTheRun } from '../../../src/job/what-ends-a-run.ts';
import { settleSession } from '../batch/line.sql.ts';
import { newPolicyResult, type PolicyResult } from '../result.ts';
import { type ProgressState, recordAcceptance, recordOffer } from './acceptance.sql.ts';
import { failPolicy } from './fail-policy.ts';
import { judgePolicy } from './judge-policy.ts';
import type { TableShares } from './table-shares.ts';
import type { Target } from './target.ts';
import type { Work } from './work.ts';
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
  const { name, table, action } = target.policy;
  context.progress(`${name}: counting`, 0);
  const accept = dryRun ? undefined : given.get(name);
  const { found, share, acceptance, decision } = await transaction(async (trx) => {
    await settleSession(trx, { statementMs: 0, lockMs: work.limits.lockMs });
    return judgePolicy(trx, target, work.moment, { shares, earlier, withBytes: dryRun, given: accept });
  });
  // What is only copied stays in the table: it is no part of what the table loses.
  const loses = action !== 'archive_only';
  result.total = share.rows;
  result.before = share.taken;
  result.due = found.due;
  result.held = found.held;
  result.referenced = found.referenced.map((one) => ({ ...one }));
  result.oldest = found.oldest;
  result.bytes = found.bytes;
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
