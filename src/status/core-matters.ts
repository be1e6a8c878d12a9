import type { IdentityCheck } from '../db/identity.ts';
import { overdueSince } from '../job/job-health.ts';
import type { Severity } from '../job/severity.ts';
import type { ChannelState } from '../notify/outbox/channel-states.ts';
import { failedDays, type MessageTrouble, type TroubledMessages } from '../notify/outbox/message-trouble.ts';
import { putOffWords } from '../notify/outbox/put-off.ts';
import { resumeCommand, type SendingStop } from '../notify/outbox/sending.ts';
import { describeRunners } from '../scheduler/describe-runners.ts';
import { describeRunnerDifferences } from '../scheduler/runner-differences.ts';
import type { Runner } from '../scheduler/runners.ts';
import { count } from '../text/count.ts';
import type { ListedJob } from './list-jobs.ts';
import type { Matter } from './status.ts';

/** What the jobs' runs and schedules need. Jobs that nothing starts are one matter. Pure. */
export function jobMatters(jobs: readonly ListedJob[], now: Date): readonly Matter[] {
  const unscheduled = jobs.filter(({ health }) => health.state === 'no_scheduler');
  return [...jobs.flatMap((job) => jobMatter(job, now)), ...noScheduler(unscheduled)];
}

function jobMatter({ resolved, state, health, overview }: ListedJob, now: Date): readonly Matter[] {
  if (!health.problem || health.state === 'no_scheduler') return [];
  const { name } = resolved.definition;
  const matter = (severity: Severity, since: Date | null, next: string): Matter[] => [
    { about: name, severity, what: health.words, since, next },
  ];
  switch (health.state) {
    case 'overdue':
      return matter('critical', overdueSince({ resolved, state }, now), `run-job ${name}`);
    case 'clock_behind':
      return matter('critical', null, `run-job ${name}`);
    case 'unavailable':
      return matter('high', null, 'list --check');
    default: {
      const { lastRun, failingSince } = overview;
      const next = lastRun === null ? `runs list ${name}` : `runs show ${lastRun.id.slice(0, 8)}`;
      return matter('high', failingSince, next);
    }
  }
}

function noScheduler(jobs: readonly ListedJob[]): readonly Matter[] {
  if (jobs.length === 0) return [];
  const names = jobs.map(({ resolved }) => resolved.definition.name).join(', ');
  const what = `nothing runs the schedules of ${count(jobs.length, 'job')}: ${names}`;
  return [{ about: 'scheduler', severity: 'critical', what, since: null, next: 'daemon' }];
}

/** A daemon that is missing, and runners that are configured differently. Pure. */
export function runnerMatters(runners: readonly Runner[], now: Date): readonly Matter[] {
  const { words, problem } = describeRunners(runners);
  const daemon = runners.find(({ kind }) => kind === 'daemon');
  const since = daemon === undefined ? null : new Date(now.getTime() - daemon.seenAgoMs);
  return [
    ...(problem
      ? [{ about: 'scheduler', severity: 'critical', what: words, since, next: 'daemon' } as const]
      : []),
    ...describeRunnerDifferences(runners).map(
      (what): Matter => ({ about: 'scheduler', severity: 'medium', what, since: null, next: 'config show' }),
    ),
  ];
}

/** What keeps all messages from being sent. Pure. */
export function sendingMatters(identity: IdentityCheck, stop: SendingStop | null): readonly Matter[] {
  if (identity.kind !== 'known') {
    const severity = identity.kind === 'other' ? 'critical' : 'high';
    const what =
      identity.kind === 'other'
        ? 'the database was restored or copied, and sends no message'
        : 'the database is at another place than before; a copy would send messages twice';
    const next = 'migrate --confirm-database';
    return [{ about: 'database', severity, what, since: stop?.at ?? null, next }];
  }
  if (stop === null) return [];
  const why = stop.reason === null ? '' : `: ${stop.reason}`;
  const what = `sending is stopped by ${stop.by}${why}`;
  return [{ about: 'messages', severity: 'high', what, since: stop.at, next: resumeCommand(stop) }];
}

/** Channels that do not send. Pure. */
export function channelMatters(channels: readonly ChannelState[]): readonly Matter[] {
  return channels
    .filter(({ state }) => state === 'failing')
    .map(({ channel, since, reason, waiting }): Matter => {
      const what = `${channel} does not send, ${count(waiting, 'message')} waiting: ${reason}`;
      return {
        about: 'messages',
        severity: waiting > 0 ? 'critical' : 'medium',
        what,
        since,
        next: 'doctor',
      };
    });
}

/** Messages and destinations that wait for a decision, or did not get through. Pure. */
export function messageMatters(trouble: MessageTrouble): readonly Matter[] {
  const matter = (
    severity: Severity,
    { count: found, since }: TroubledMessages,
    what: string,
    next: string,
  ): Matter[] => (found === 0 ? [] : [{ about: 'messages', severity, what, since, next }]);
  const { held, unknown, failed, putOff, waiting, off } = trouble;
  const messages = ({ count: found }: TroubledMessages) => count(found, 'message');
  return [
    ...matter('high', unknown, `${messages(unknown)} with unknown delivery`, 'messages list --state unknown'),
    ...matter(
      'high',
      failed,
      `${messages(failed)} failed in the last ${failedDays} days`,
      'messages list --state failed',
    ),
    ...matter('high', putOff, putOffWords(putOff), 'messages list --state queued'),
    ...matter('high', waiting, `${messages(waiting)} due for over an hour`, 'messages list --state queued'),
    ...matter('high', off, `${count(off.count, 'destination')} switched off`, 'destinations list'),
    ...matter('medium', held, `${messages(held)} on hold`, 'messages list --state held'),
  ];
}
