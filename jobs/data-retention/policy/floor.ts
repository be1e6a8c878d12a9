import { findKnownTable } from './known-tables.ts';
import type { Policy } from './policy.ts';
import { policyProblem } from './problem.ts';

/**
 * Refuses a policy that takes rows of a table before its floor. Of snapshots, one a week is kept as long.
 *
 * @param lowered of `floor_days`; undefined: the floors are as the program has them.
 * @throws OperatorError `retention_policy`, exit 2.
 */
export function refuseBelowFloor(policy: Policy, lowered: number | undefined): void {
  if (policy.action === 'archive_only') return;
  const own = findKnownTable(policy.table)?.floorDays ?? 1;
  const floor = Math.min(own, lowered ?? own);
  const kept = policy.keep.kind === 'days' ? policy.keep.days : policy.keep.weeklyDays;
  if (kept >= floor) return;
  throw policyProblem(
    policy.name,
    `it keeps rows of ${policy.table} for ${kept} days, less than the ${floor} that is the least for evidence; only floor_days, with a reason, lowers it`,
  );
}
