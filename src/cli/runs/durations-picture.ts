import type { Picture } from '../../job/report-page.ts';
import type { StoredRun } from '../../job/run-history.ts';
import { count } from '../../text/count.ts';
import { shortWallClock } from '../../time/human-time.ts';

const mostRuns = 30;

type EndedRun = Pick<StoredRun, 'status' | 'duration_ms' | 'started_at'>;

/** How long the last runs of a job took, oldest first; those that did not succeed hang below the line. None: no run has ended. */
export function durationsPicture(runs: readonly EndedRun[], zone: string, now: Date): readonly Picture[] {
  const ended = runs
    .flatMap((run) => (isEnded(run) && run.duration_ms !== null ? [{ run, ms: run.duration_ms }] : []))
    .slice(0, mostRuns)
    .toReversed();
  if (ended.length === 0) return [];
  const values = (succeeded: boolean) =>
    ended.map(({ run, ms }) => ((run.status === 'succeeded') === succeeded ? inSeconds(ms) : 0));
  const failures = ended.filter(({ run }) => run.status !== 'succeeded').length;
  return [
    {
      kind: 'columns',
      title: 'Seconds that the last runs took',
      description: `${count(ended.length, 'run')}, oldest first; ${failures} did not succeed (below the line).`,
      each: 'run',
      columns: ended.map(({ run }) => shortWallClock(run.started_at, zone, now)),
      series: [
        { name: 'succeeded', paint: 'good', values: values(true) },
        { name: 'did not succeed', paint: 'high', values: values(false), below: true },
      ],
    },
  ];
}

function isEnded({ status }: EndedRun): boolean {
  return status !== 'running' && status !== 'skipped' && status !== 'missed';
}

/** With one decimal; the shortest run can still be seen. */
function inSeconds(ms: number): number {
  return Math.max(0.1, Math.round(ms / 100) / 10);
}
