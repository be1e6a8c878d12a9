import type { readProgress } from './acceptance.sql.ts';
import type { Target } from './target.ts';

/** So that one policy that never comes to its end does not keep the others from their turn. */
export function longestAgoFirst(
  targets: readonly Target[],
  progress: Awaited<ReturnType<typeof readProgress>>,
): readonly Target[] {
  const workedAt = ({ policy }: Target) => progress.get(policy.name)?.worked_at.getTime() ?? 0;
  return targets.toSorted((a, b) => workedAt(a) - workedAt(b));
}
