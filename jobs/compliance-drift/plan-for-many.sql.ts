import { sql, type Transaction } from 'kysely';
import type { Database } from '../../src/db/tables.ts';

/**
 * For this transaction. The planner cannot know how many rows the parts of the evaluation have: a nested loop would be a bet
 * on few, and compiling the statement takes longer than running it. Its sorts fit into this much memory.
 */
export async function planForMany(trx: Transaction<Database>): Promise<void> {
  await sql`
    select set_config('jit', 'off', true), set_config('enable_nestloop', 'off', true),
           set_config('work_mem', '64MB', true)`.execute(trx);
}
