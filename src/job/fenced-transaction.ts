import { type Kysely, sql, type Transaction } from 'kysely';
import type { Database } from '../db/tables.ts';
import { ExitCode } from '../errors/exit-code.ts';
import { OperatorError } from '../errors/operator-error.ts';
import type { TransactionOptions } from './context.ts';

/** The run is recorded as ended by somebody else, or nobody can tell any more: nothing of it may be written. */
export class RunLostError extends OperatorError {
  constructor() {
    super({
      code: 'run_lost',
      message: 'This run was taken for dead and ended by another runner; nothing more of it is written.',
      next: 'Look at `runs list`: another run may have followed. Check the network between this host and the database.',
      exitCode: ExitCode.failed,
    });
  }
}

/** The run that a transaction belongs to. */
export interface FencedRun {
  readonly runId: string;
  readonly dryRun: boolean;
  /** Aborted: nothing more is committed. */
  readonly signal: AbortSignal;
  /** Rejects when the runner goes on without the job: the transaction then ends, whatever the job is waiting for. */
  readonly abandoned: Promise<never>;
}

/**
 * `ctx.transaction`: the last statement before the commit locks the run's row `for share` and finds it running, so that
 * whoever marks the run as ended waits for this commit or makes it roll back. A dry run is read-only once its staging tables
 * are filled, and always rolls back.
 */
export function fencedTransaction(db: Kysely<Database>, run: FencedRun) {
  return async <T>(
    work: (trx: Transaction<Database>) => Promise<T>,
    options: TransactionOptions = {},
  ): Promise<T> => {
    run.signal.throwIfAborted();
    let planning = false;
    const attempt = async (trx: Transaction<Database>): Promise<T> => {
      await options.stage?.(trx);
      if (run.dryRun) {
        await sql`set transaction read only`.execute(trx);
        planning = true;
      }
      return work(trx);
    };
    try {
      return await db.transaction().execute(async (trx) => {
        // Beside the race: `abandoned` lives as long as the run, and would keep the result of every transaction with it.
        const held: { done?: { readonly result: T } } = {};
        const working = attempt(trx).then((result) => {
          held.done = { result };
        });
        await Promise.race([working, run.abandoned]);
        run.signal.throwIfAborted();
        if (held.done === undefined) throw new Error('a transaction that was not abandoned has a result');
        const { result } = held.done;
        if (run.dryRun) throw new RollBack(result);
        await fence(trx, run.runId);
        return result;
      });
    } catch (error) {
      if (error instanceof RollBack) return error.result;
      if (planning && isReadOnlyError(error)) throw wroteInDryRun(error);
      throw error;
    }
  };
}

/** Ends a dry run's transaction without a commit, and carries its result out. */
class RollBack<T> extends Error {
  readonly result: T;

  constructor(result: T) {
    super('a dry run is rolled back');
    this.result = result;
  }
}

/**
 * From here to the commit the run's row is locked, so that a process that stands still between the two would keep everybody
 * from it: the server ends such a session after a while.
 */
export async function fence(trx: Transaction<Database>, runId: string): Promise<void> {
  const { rows } = await sql`
    select set_config('idle_in_transaction_session_timeout', '15s', true) from opsdeck_jobs.job_run where id = ${runId}::uuid and status = 'running' for share`.execute(
    trx,
  );
  if (rows.length === 0) throw new RunLostError();
}

/** The database reports a write in a read-only transaction as it reports one on a standby. */
function isReadOnlyError(error: unknown): boolean {
  return error instanceof OperatorError && error.code === 'database_read_only';
}

function wroteInDryRun(cause: unknown): OperatorError {
  return new OperatorError({
    code: 'write_in_dry_run',
    message: 'The job tried to write in a dry run; the database refused it and nothing was written.',
    next: 'This is a mistake in the job: in a dry run it may only read and plan.',
    exitCode: ExitCode.failed,
    cause,
  });
}
