import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { OpenDatabase } from '../db/database.ts';
import type { JobDefinition } from '../job/define-job.ts';
import type { BrokenJobFile } from '../job/user-jobs/load-user-jobs.ts';
import type { Zones } from '../time/zones.ts';

/** What the state of all jobs is read with; a session of the command line fits, and the surroundings of a run. */
export interface StatusScope {
  readonly database: OpenDatabase;
  readonly config: Config;
  readonly zones: Zones;
  readonly logger: Logger;
  /** The program's own jobs, then the user's. */
  readonly jobs: readonly JobDefinition[];
  /** Files of the user's whose jobs could not be loaded. */
  readonly brokenJobs: readonly BrokenJobFile[];
}
