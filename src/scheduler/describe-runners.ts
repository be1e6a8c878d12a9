import { relativeTime } from '../time/human-time.ts';
import type { Runner } from './runners.ts';

/** A daemon reports every ten seconds: one that has not for a minute is not there, or cannot reach the database. */
const silentAfterMs = 60_000;

export function isLivingDaemon({ kind, seenAgoMs }: Runner): boolean {
  return kind === 'daemon' && seenAgoMs < silentAfterMs;
}

/** Who runs the schedules, for people. */
export interface RunnersInWords {
  /** `daemon ops1, ticked 3 seconds ago`; `nothing runs the schedules`. */
  readonly words: string;
  /** A daemon is gone that was not stopped, and no other one is there. */
  readonly problem: boolean;
}

/** `runners`: who was seen last first. Pure. */
export function describeRunners(runners: readonly Runner[]): RunnersInWords {
  const daemons = runners.filter(({ kind }) => kind === 'daemon');
  const living = daemons.filter(isLivingDaemon);
  const timer = runners.find(({ kind }) => kind === 'timer');
  const parts: string[] = [];
  const [newest] = living;
  if (newest !== undefined) {
    const hosts = [...new Set(living.map(hostOf))].join(', ');
    const several = living.length > 1 ? `${living.length} daemons (${hosts})` : `daemon ${hosts}`;
    parts.push(`${several}, ticked ${ago(newest)}`);
  }
  const [lost] = daemons;
  const problem = newest === undefined && lost !== undefined;
  if (problem) parts.push(`daemon ${hostOf(lost)} last ticked ${ago(lost)}, and was not stopped`);
  if (timer !== undefined) parts.push(`last --scheduled run ${ago(timer)} on ${timer.host}`);
  return { words: parts.length === 0 ? 'nothing runs the schedules' : parts.join('; '), problem };
}

function hostOf({ host, onlyJobs }: Runner): string {
  return onlyJobs === null ? host : `${host} for ${onlyJobs.join(', ')} only`;
}

function ago({ seenAgoMs }: Runner): string {
  return relativeTime(new Date(0), new Date(seenAgoMs));
}
