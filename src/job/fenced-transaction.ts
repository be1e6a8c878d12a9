import { sql, type Transaction } from 'kysely';
import type { OpenDatabase } from '../db/open-database.ts';
import type { Database } from '../db/tables.ts';
import { OperatorError } from '../errors.ts';
import { ExitCode } from '../exit-code.ts';
import type { TransactionOptions } from './context.ts';

/** The run is recorded as ended by somebody else, or nobody can tell any more: nothing of it may be written. */
export class RunLostError extends OperatorError {
  constructor() {
    super({
      code: 'run_lost',
      message: 'This run was taken for dead and ended by another runner; nothing more of it is written.',
      next: 'Look at `history`: another run may have followed. Check the network between this host and the database.',
      exitCode: ExitCode.failed,
    });
  }
}

/**
 * `ctx.transaction`: the last statement before the commit locks the run's row `for share` and finds it running, so that
 * whoever marks the run as ended waits for this commit or makes it roll back. A dry run is read-only once its staging tables
 * are filled, and always rolls back.
 */
export function fencedTransaction(
  database: Pick<OpenDatabase, 'db'>,
  run: { readonly runId: string; readonly dryRun: boolean; readonly signal: AbortSignal },
) {
  return async <T>(
    work: (trx: Transaction<Database>) => Promise<T>,
    options: TransactionOptions = {},
  ): Promise<T> => {
    run.signal.throwIfAborted();
    const trx = await database.db.startTransaction().execute();
    try {
      await options.stage?.(trx);
      if (run.dryRun) await sql`set transaction read only`.execute(trx);
      const result = await work(trx);
      run.signal.throwIfAborted();
      if (run.dryRun) {
        await trx.rollback().execute();
      } else {
        await fence(trx, run.runId);
        await trx.commit().execute();
      }
      return result;
    } catch (error) {
      if (!trx.isCommitted && !trx.isRolledBack) await rollBack(() => trx.rollback().execute());
      throw error;
    }
  };
}

async function fence(trx: Transaction<Database>, runId: string): Promise<void> {
  const { rows } = await sql`
    select 1 from opsdeck_jobs.job_run where id = ${runId}::uuid and status = 'running' for share`.execute(
    trx,
  );
  if (rows.length === 0) throw new RunLostError();
}

/** A connection that cannot even roll back is gone, and its transaction with it; the first error is the one that matters. */
async function rollBack(rollback: () => Promise<unknown>): Promise<void> {
  try {
    await rollback();
  } catch {
    return;
  }
}
