import type { Kysely, RawBuilder } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import { type AcceptanceState, readAcceptance } from './acceptance.sql.ts';
import { type BrakeDecision, decideBrake } from './brake.ts';
import { type CountOptions, countDue, type DueCount } from './count.sql.ts';
import { readHoldColumns, refuseUnreadableHolds } from './legal-holds.ts';
import type { Moment } from './moment.sql.ts';
import type { TableShares } from './table-shares.ts';
import { type Target, tablesOfPolicies } from './target.ts';
import { takenNow } from './work.ts';

export interface JudgeOptions extends Pick<CountOptions, 'withBytes' | 'atMost'> {
  readonly shares: TableShares;
  /** Policies whose turn came before, and whose rows are still in the table: theirs do not count again. */
  readonly earlier: readonly Target[];
  /** Of `--param accept=`. */
  readonly given: number | undefined;
}

export interface Judgement {
  readonly found: DueCount;
  /** The rows of the table when it was first counted, and what earlier policies have taken of it. */
  readonly share: { readonly rows: number; readonly taken: number };
  readonly acceptance: AcceptanceState;
  readonly decision: BrakeDecision;
}

/** What a policy finds now, and whether it may take it. Reads only; who asks has settled the session. */
export async function judgePolicy(
  trx: Kysely<Database>,
  target: Target,
  moment: Moment,
  { shares, earlier, given, ...options }: JudgeOptions,
): Promise<Judgement> {
  const { table, maxShare, action } = target.policy;
  const holds = await readHoldColumns(trx, tablesOfPolicies([target.policy]), moment.today);
  refuseUnreadableHolds(target, holds);
  const claimed: RawBuilder<boolean>[] = [];
  for (const one of earlier)
    if (one.policy.table === table) claimed.push(await takenNow(trx, { moment }, one));
  const found = await countDue(trx, target, moment, holds, { ...options, claimed });
  const acceptance = await readAcceptance(trx, target, moment.today);
  const looked = shares.look(table, found.total);
  // What is only copied stays in the table: it is no part of what the table loses.
  const share = action === 'archive_only' ? { ...looked, taken: 0 } : looked;
  const decision = decideBrake({
    due: found.due,
    before: share.taken,
    total: share.rows,
    maxShare,
    known: acceptance.id !== null,
    left: acceptance.left,
    ahead: acceptance.ahead,
    given,
    offered: acceptance.offered,
  });
  return { found, share, acceptance, decision };
}
