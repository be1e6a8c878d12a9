/** Why a run waits for an acceptance instead of deleting. */
export type BrakeReason = 'first_run' | 'max_share';

export interface BrakeFacts {
  /** Rows that the policy would take. */
  readonly due: number;
  /** Rows that earlier policies of the run took from the same table without an acceptance. */
  readonly before: number;
  /** Rows that were in the table when the run first counted it. */
  readonly total: number;
  readonly maxShare: number;
  /** The policy, as it is now, was accepted before. */
  readonly known: boolean;
  /** Rows of that acceptance that are still to be taken. */
  readonly left: number;
  /** Rows that were accepted in advance for this day, and are still to be taken. */
  readonly ahead?: number;
  /** Of `--param accept=`. */
  readonly given: number | undefined;
  /** The numbers that earlier runs have found and printed for the policy as it is now. */
  readonly offered: ReadonlySet<number>;
}

export type BrakeDecision =
  /** `rows`: at most so many. `accepts`: `given` was needed, and is to be recorded. `draws`: the rows count against an acceptance. */
  | { readonly kind: 'go'; readonly rows: number; readonly accepts: boolean; readonly draws: boolean }
  | { readonly kind: 'wait'; readonly reason: BrakeReason };

/**
 * May a policy delete? Its first run, and one that would take more than its share of the table, needs the acceptance of a number
 * that a run has printed before: for the policy as it was then, and for at most so many rows. The share is one of the table and the
 * run: what earlier policies of the run took from the table counts, but for rows that were accepted, which somebody has looked at.
 */
export function decideBrake(facts: BrakeFacts): BrakeDecision {
  const { due, before, total, maxShare, known, left, given, offered } = facts;
  const over = before + due > maxShare * total;
  if (due === 0 || (known && !over)) return { kind: 'go', rows: due, accepts: false, draws: false };
  if (given !== undefined && offered.has(given))
    return { kind: 'go', rows: Math.min(due, given), accepts: true, draws: true };
  // Nobody has looked at this number: it is taken whole, or not at all.
  if (due <= (facts.ahead ?? 0)) return { kind: 'go', rows: due, accepts: false, draws: true };
  if (known && left > 0) return { kind: 'go', rows: Math.min(due, left), accepts: false, draws: true };
  return { kind: 'wait', reason: known ? 'max_share' : 'first_run' };
}
