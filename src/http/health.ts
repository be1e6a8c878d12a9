import type { ChannelDocument } from '../notify/outbox/channel-states.ts';
import { type LoopStatus, stalledAfterMs } from '../scheduler/loop-status.ts';
import { version } from '../service/version.ts';
import type { JobProblems } from './job-problems.ts';

/** What `GET /health` answers. The first three are as OpsDeck's own `/health` has them. */
export interface HealthDocument {
  readonly status: 'healthy' | 'unhealthy';
  readonly database: 'connected' | 'disconnected';
  readonly scheduler: 'running' | 'starting' | 'stopping' | 'stalled';
  /** null: the loop has not gone round yet. */
  readonly last_tick_age_ms: number | null;
  readonly running: number;
  readonly started_at: string;
  readonly version: string;
  /** Names of jobs; null: the database did not tell in time. They do not make the process unhealthy. */
  readonly jobs: JobProblems | null;
  /** Whether each channel sends, and what waits for it; null: the database did not tell in time. A channel that fails does not make the process unhealthy. */
  readonly channels: readonly ChannelDocument[] | null;
  /** What is wrong, for people; null: nothing. */
  readonly problem: string | null;
}

/** What `GET /ready` answers. */
export interface ReadyDocument {
  readonly status: 'ready' | 'not_ready';
  readonly reason: string | null;
}

/** What is known of the process besides its loop. */
export interface HealthFacts {
  /** Milliseconds since the pages were opened: how long a loop that has not gone round yet may have been at it. */
  readonly upMs: number;
  /** null: not known. */
  readonly jobs: JobProblems | null;
  /** null: not known. */
  readonly channels: readonly ChannelDocument[] | null;
  /** A statement of the pages' own has just failed for want of a database. */
  readonly databaseFailed: boolean;
}

/** Whether the loop runs the schedules: it goes round, and it reaches the database. Pure. */
export function judgeLoop(status: LoopStatus, facts: HealthFacts): HealthDocument {
  const age = status.lastTickAgeMs();
  const stalled = (age ?? facts.upMs) > stalledAfterMs;
  const known = status.database();
  const connected = known.reachable && !facts.databaseFailed;
  return {
    status: stalled || !connected ? 'unhealthy' : 'healthy',
    database: connected ? 'connected' : 'disconnected',
    scheduler: stalled ? 'stalled' : status.stopping() ? 'stopping' : age === null ? 'starting' : 'running',
    last_tick_age_ms: age === null ? null : Math.round(age),
    running: status.running(),
    started_at: status.startedAt.toISOString(),
    version,
    jobs: facts.jobs,
    channels: facts.channels,
    problem: problemOf(stalled, connected, status),
  };
}

function problemOf(stalled: boolean, connected: boolean, status: LoopStatus): string | null {
  if (stalled) return 'The scheduler has not gone round for over a minute.';
  if (connected) return null;
  const { reachable, since, error } = status.database();
  if (reachable) return 'The database did not answer.';
  const reason = error === null ? '' : `: ${error.replace(/\.$/, '')}`;
  return `The database is away since ${since.toISOString()}${reason}.`;
}

/** Ready to run what is due: not before the first round, and not after the order to stop. Pure. */
export function judgeReady(health: HealthDocument): ReadyDocument {
  const reason =
    health.scheduler === 'stopping'
      ? 'The process is stopping.'
      : health.scheduler === 'starting'
        ? 'The scheduler has not gone round yet.'
        : health.problem;
  return { status: reason === null ? 'ready' : 'not_ready', reason };
}
