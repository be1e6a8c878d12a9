import { hostname } from 'node:os';
import { pid } from 'node:process';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { OpenDatabase } from '../db/database.ts';
import type { Pinger } from '../notify/ping.ts';
import type { Zones } from '../time/zones.ts';
import type { JobDefinition } from './define-job.ts';
import type { BrokenJobFile } from './user-jobs/load-user-jobs.ts';

/** How far a job says it is. */
export interface Progress {
  readonly job: string;
  readonly stage: string;
  readonly done: number;
  readonly total: number | undefined;
}

/** What the runner works with; a session of the command line fits. */
export interface RunEnvironment {
  readonly database: OpenDatabase;
  readonly config: Config;
  readonly zones: Zones;
  readonly logger: Logger;
  /** Takes how a run ended, where a command prints that itself. Default: `logger`. */
  readonly record?: Logger;
  /** Takes secrets out of what others wrote, before it is stored or shown. */
  readonly secrets: { scrub(text: string): string; scrubError(error: unknown): Error };
  /** Who asked for the runs, where somebody did. Default: the runner. */
  readonly actor?: string;
  /** Aborted, with a signal's name as its reason, when the process is to stop. */
  readonly stop: AbortSignal;
  /** Around a run, which answers `stop` itself: its caller must not end its statements meanwhile. */
  readonly inChargeOfStop?: <T>(run: () => Promise<T>) => Promise<T>;
  /** Jobs ask no other host than the database's. */
  readonly offline?: boolean;
  /** Told of the runs of jobs that have a ping address. */
  readonly pinger?: Pick<Pinger, 'started' | 'ended'>;
  readonly onProgress?: (progress: Progress) => void;
  /** Every job of the program, also those that this runner does not run: some of what it does concerns them all. */
  readonly jobs: readonly JobDefinition[];
  /** Files of the user's whose jobs could not be loaded. Default: none. */
  readonly brokenJobs?: readonly BrokenJobFile[];
  /** Every job of this runner. What is registered when the database does not know a job yet. */
  readonly definitions: readonly JobDefinition[];
  /** How long a job that was asked to stop may take before the runner goes on without it. */
  readonly graceMs?: number;
  /** Tests only need it shorter. */
  readonly heartbeatMs?: number;
  /** How often the log of a run is stored. Tests only need it shorter. */
  readonly saveLogMs?: number;
}

/** Who runs: `host:pid`, for people. */
export const runnerName = `${hostname()}:${pid}`;
