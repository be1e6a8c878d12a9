import { isLivingDaemon } from './describe-runners.ts';
import type { Runner } from './runners.ts';

/** Crontab may call once a week; a host that has not for longer is not one of those who run the schedules. */
const timerCountsForMs = 8 * 86_400_000;

/** A sentence for each runner whose configuration is not that of most others, with the parts that differ. Pure. */
export function describeRunnerDifferences(runners: readonly Runner[]): readonly string[] {
  const living = runners.filter(
    (one) => isLivingDaemon(one) || (one.kind === 'timer' && one.seenAgoMs < timerCountsForMs),
  );
  const agreeing = (one: Runner) => living.filter((other) => differingParts(one, other).length === 0).length;
  const [usual] = living.toSorted((a, b) => agreeing(b) - agreeing(a));
  if (usual === undefined) return [];
  return living.flatMap((one) => {
    const parts = differingParts(usual, one);
    if (parts.length === 0) return [];
    return [`${nameOf(one)} has another configuration than ${nameOf(usual)}: ${parts.join(', ')}`];
  });
}

/** Only of what both have: a host may lack some jobs. */
function differingParts({ configHashes: own }: Runner, { configHashes: other }: Runner): readonly string[] {
  return Object.keys(own).filter((part) => other[part] !== undefined && other[part] !== own[part]);
}

function nameOf({ kind, host, pid }: Runner): string {
  return kind === 'daemon' ? `daemon ${host} (process ${pid})` : `--scheduled on ${host}`;
}
