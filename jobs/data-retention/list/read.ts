import type { Kysely, Transaction } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import type { Day } from '../../../src/time/calendar-day.ts';
import { settleSession } from '../batch/line.sql.ts';
import { readProgress } from '../policy/acceptance.sql.ts';
import type { BrakeReason } from '../policy/brake.ts';
import { type FitContext, fitPolicies } from '../policy/fit-policies.ts';
import { judgePolicy } from '../policy/judge-policy.ts';
import { longestAgoFirst } from '../policy/longest-ago-first.ts';
import type { Moment } from '../policy/moment.sql.ts';
import type { Keep, Policy } from '../policy/policy.ts';
import { TableShares } from '../policy/table-shares.ts';
import type { Target } from '../policy/target.ts';
import { failureOf, type PolicyFailure } from '../result.ts';

/** Of a larger table only so many rows are looked at, those with the lowest keys: a page must not read a whole journal. */
export const rowsLookedAt = 100_000;

/** So long one policy's rows may be counted. */
const countAtMostMs = 5000;

/** What a run would find of one policy now. */
export interface PolicyStanding {
  readonly policy: string;
  readonly table: string;
  readonly action: string;
  readonly keep: Keep;
  /** null: they cannot be counted. */
  readonly figures: StandingFigures | null;
  /** Why a run would take nothing by it; null: it would. */
  readonly blocked: PolicyFailure | null;
  readonly waitsFor: BrakeReason | null;
}

export interface StandingFigures {
  readonly rows: number;
  /** False: the table has more than {@link rowsLookedAt}, and all figures are of those. */
  readonly complete: boolean;
  readonly due: number;
  readonly held: number;
  readonly referenced: readonly { readonly table: string; readonly rows: number }[];
  /** Of the due rows. */
  readonly oldest: string | null;
}

interface Scope extends Pick<FitContext, 'settings' | 'signal' | 'logger' | 'scrub'> {
  readonly db: Kysely<Database>;
  /** False: `db` is not of the role that a run has, so that only what it reads is known. */
  readonly asRun: boolean;
  readonly moment: Moment & { readonly today: Day };
}

/**
 * Every policy that is switched on, as a run finds it: with the rights of the role that `db` is of, in the order of the run, and a row of two
 * policies once. Reads only; the number of statements depends on the policies alone.
 */
export async function readStandings(
  { db, moment, asRun, ...rest }: Scope,
  policies: readonly Policy[],
): Promise<readonly PolicyStanding[]> {
  const transaction = <T>(work: (trx: Transaction<Database>) => Promise<T>) =>
    db.transaction().setAccessMode('read only').execute(work);
  const fitAs = (dryRun: boolean, some: readonly Policy[]) =>
    fitPolicies({ ...rest, transaction, dryRun }, some, moment);
  const fitted = await fitAs(!asRun, policies);
  const blocked = new Map(fitted.unavailable.map(({ policy, failed }) => [policy, failed]));
  // One that only lacks the rights to remove can still be counted.
  const lacking = policies.filter(({ name }) => blocked.get(name)?.code === 'permission_denied');
  const readable = lacking.length === 0 ? [] : (await fitAs(true, lacking)).targets;
  const progress = await transaction((trx) => readProgress(trx));
  const shares = new TableShares();
  const earlier: Target[] = [];
  const found = new Map<string, Pick<PolicyStanding, 'figures' | 'waitsFor'>>();
  const look = (target: Target, before: readonly Target[]) =>
    transaction(async (trx) => {
      await settleSession(trx, { statementMs: countAtMostMs, lockMs: countAtMostMs });
      const options = { shares, given: undefined, withBytes: false, atMost: rowsLookedAt + 1 };
      return judgePolicy(trx, target, moment, { ...options, earlier: before });
    });
  const takeTurn = async (target: Target, runs: boolean) => {
    const { name, table, action } = target.policy;
    const { found: figures, share, decision } = await look(target, runs ? earlier : []);
    const loses = action !== 'archive_only';
    const goes = runs && decision.kind === 'go';
    if (goes && loses && !decision.draws) shares.take(table, decision.rows);
    if (goes && loses && action !== 'anonymise') earlier.push(target);
    found.set(name, {
      figures: {
        ...figures,
        rows: Math.min(share.rows, rowsLookedAt),
        complete: share.rows <= rowsLookedAt,
      },
      waitsFor: decision.kind === 'wait' ? decision.reason : null,
    });
  };
  for (const target of [...longestAgoFirst(fitted.targets, progress), ...readable]) {
    const { name } = target.policy;
    try {
      await takeTurn(target, !blocked.has(name));
    } catch (error) {
      rest.signal.throwIfAborted();
      if (!blocked.has(name)) blocked.set(name, failureOf(rest.scrub?.(error) ?? error));
    }
  }
  return policies.map(
    ({ name: policy, table, action, keep }): PolicyStanding => ({
      ...{ policy, table, action, keep },
      figures: found.get(policy)?.figures ?? null,
      blocked: blocked.get(policy) ?? null,
      waitsFor: found.get(policy)?.waitsFor ?? null,
    }),
  );
}
