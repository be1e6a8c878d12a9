import type { RunEnvironment } from '../job/run-environment.ts';
import { type ChannelDocument, channelDocument, readChannelStates } from '../notify/outbox/channel-states.ts';
import { type JobProblems, readJobProblems } from './job-problems.ts';

/** What the database tells for `/health`. */
export interface HealthDetails {
  readonly jobs: JobProblems;
  readonly channels: readonly ChannelDocument[];
}

/** Three statements. */
export async function readDetails(
  environment: Pick<RunEnvironment, 'database' | 'config' | 'zones' | 'definitions'>,
): Promise<HealthDetails> {
  const { database, config } = environment;
  const jobs = await readJobProblems(environment);
  const states = await readChannelStates(database.control, {
    now: database.clock.now(),
    off: config.switchedOff,
  });
  return { jobs, channels: states.map(channelDocument) };
}
