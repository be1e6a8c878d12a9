import type { RunStatus, RunTrigger } from '../db/tables/runs.ts';
import type { ExitCode } from '../errors/exit-code.ts';
import type { QueuedMessage } from '../notify/notifier.ts';
import type { JsonObject } from '../text/json.ts';

/** Why a run did not end well, or was not started; without secrets. */
export interface RunFault {
  readonly code: string;
  readonly message: string;
  readonly next?: string;
  /** Said before, not long ago: what is printed for nobody in particular (`--scheduled`) leaves it out. */
  readonly repeated?: boolean;
}

/** One decision about a job, as it was recorded (in a dry run: as it would have been). */
export interface RunOutcome {
  readonly runId: string;
  readonly job: string;
  readonly status: Exclude<RunStatus, 'running' | 'missed'>;
  readonly trigger: RunTrigger;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly durationMs: number;
  /** What the job returned; also when the runner then failed it (`nothing_to_evaluate`). */
  readonly result: JsonObject | null;
  readonly fault: RunFault | null;
  /** Where it failed, for who asks for details; without secrets. */
  readonly stack?: string | null;
  /** What was queued for people, or in a dry run would be. */
  readonly messages: readonly QueuedMessage[];
  readonly exitCode: ExitCode;
}
