import type { Kysely, RawBuilder, Transaction } from 'kysely';
import type { z } from 'zod';
import type { DatabaseMode } from '../db/database.ts';
import type { Database } from '../db/tables.ts';
import type { JobCheck } from '../doctor/job-check.ts';
import type { ExitCode } from '../errors/exit-code.ts';
import type { TableGrant } from '../grants/table-grant.ts';
import type { GaugeSource } from '../metrics/gauge.ts';
import type { Channel } from '../notify/channels/names.ts';
import type { EventDefinition } from '../notify/notifier.ts';
import type { MessageKinds } from '../notify/outbox/message-kind.ts';
import type { RenewHeld } from '../notify/outbox/renewal.ts';
import type { RecordParts } from '../record/parts.ts';
import type { MisfirePolicy } from '../schedule/misfire.ts';
import type { Json, JsonObject } from '../text/json.ts';
import type { Zones } from '../time/zones.ts';
import type { Attention } from './attention.ts';
import type { JobContext } from './context.ts';
import type { FailOnLevel } from './fail-on-levels.ts';
import type { PlannedRows } from './planned-rows.ts';
import type { Report } from './report.ts';
import type { RunFault } from './run-outcome.ts';

/** What `--fail-on` and `--fail-on-status` judge a result by. */
export interface Judgement {
  /** True when there was nothing to compare with: `--fail-on` then fails with `no_baseline` unless `--allow-baseline`. */
  readonly baseline: boolean;
  /** How many findings of this run are at each level. */
  readonly levels: Readonly<Record<FailOnLevel, number>>;
  /** How many items are in each state now. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Some of the items in those states, worst first, for the message. */
  readonly named?: readonly { readonly status: string; readonly name: string }[];
}

/** What a parameter of {@link JobDefinition.namedParams} is the id of. */
export interface NamedParam {
  /** A table of OpsDeck's with `id` and `name`. */
  readonly table: string;
  /** For people: `comparison`. */
  readonly what: string;
  /** Where its name is looked up. */
  readonly next: string;
}

/** Why a run that gave a result failed. */
export interface JobFault extends RunFault {
  readonly exitCode: ExitCode;
}

/** What {@link JobDefinition.enabling} looks at. */
export interface EnablingScope {
  readonly db: Kysely<Database>;
  /** Business time. */
  readonly now: Date;
  readonly zones: Zones;
  /** Checked against the job's schema; defaults are filled in. */
  readonly settings: JsonObject;
  /** Those of another job, as its runs have them. */
  settingsOf(job: string): JsonObject | undefined;
  readonly mode: DatabaseMode;
}

/**
 * A job, self-contained: its schedule, the parameters and settings it takes, the tables it needs, and its work.
 *
 * `params` come from `--param k=v` of one run; `settings` from `jobs.<name>.settings` of the configuration file.
 * Both schemas must be strict objects, so that an unknown name is refused.
 */
export interface JobDefinition<
  P extends z.ZodObject = z.ZodObject,
  S extends z.ZodObject = z.ZodObject,
  R extends JsonObject = JsonObject,
> {
  /** kebab-case, unique. */
  readonly name: string;
  readonly description: string;
  /** Five-field cron in the configured zone, or `every 5 minutes` (anchored at the Unix epoch). */
  readonly schedule: string;
  readonly misfire: MisfirePolicy;
  /** Whether its schedule starts enabled where the configuration names no choice. Default: on an own database it does, on that of an OpsDeck it does not. */
  readonly enabledAtFirst?: boolean;
  /** A duration such as `10m`: the run is aborted after it. */
  readonly timeout: string;
  /**
   * Runs by hand with different keys may run beside each other, and beside those without one. Default: the empty key, which the
   * runs of the schedule have; two runs with the same key never run at once.
   *
   * @param runner `host:pid` of this process.
   */
  concurrencyKey?(params: z.output<P>, runner: string): string;
  /**
   * A run that ended in the middle (its runner was killed, or stopped) may begin again for the same firing: what it does
   * twice does no harm. Default false: the firing then stays `interrupted`.
   */
  readonly repeatable?: boolean;
  /** Tables of OpsDeck and of our own that the job reads or writes, with the columns it needs: missing ones make it `unavailable`. Tables of other schemas are written `schema.name`, our own `opsdeck_jobs.name`. */
  readonly requires: Readonly<Record<string, readonly string[]>>;
  /** A secret variable whose URL leads the job, and no other, to the database; `database_url` of the job does the same. `about`: for the manual. */
  readonly databaseVariable?: { readonly name: string; readonly about: string };
  /** The rights that the job needs beside those of the program itself. A job with a {@link databaseVariable} has them as a role of its own. */
  readonly grants?: readonly TableGrant[];
  /** What `doctor` looks at beside its runs. */
  readonly check?: JobCheck;
  /** A query for the ids of the runs that the job's own rows name as their origin, never NULL: the history keeps these runs. */
  readonly runsToKeep?: RawBuilder<unknown>;
  /** Members of the result that stay when it is removed from a run that is kept in short form: what a check compares with years later. */
  readonly resultToKeep?: readonly string[];
  /** What of the job's own rows the record heads cover. */
  readonly record?: RecordParts;
  /** What the metrics have of the job besides its runs. */
  readonly gauges?: GaugeSource | readonly GaugeSource[];
  /** What `status` shows of the job besides its runs. It is not asked where the database lacks what the job requires. */
  readonly attention?: Attention;
  /** The variables of the messages that OpsDeck queues about things that the job knows, by `target_type`. */
  readonly messageVariables?: MessageKinds;
  /** Decides about its alerts that were too old when they could first be sent. Without it an operator does. */
  readonly renewHeld?: RenewHeld;
  /** The events that its messages belong to: what `notifications` shows and tests. */
  readonly events?: readonly EventDefinition[];
  /**
   * Beside a running OpsDeck: what its first scheduled run does that no other does, as the end of a sentence that begins with the name
   * of the job; null: nothing. `enable`, `preview` and `setup` show it.
   */
  enabling?(scope: EnablingScope): Promise<string | null>;
  /** What OpsDeck's own job does about the same things, as a sentence. */
  readonly besideOpsdeck?: string;
  readonly params: P;
  readonly settings: S;
  /** Parameters that name files. The command line makes them absolute, from the folder in which it was typed. */
  readonly fileParams?: readonly string[];
  /** Parameters that are the id of a row of OpsDeck's with a name: the command line takes the name as well. */
  readonly namedParams?: Readonly<Record<string, NamedParam>>;
  /**
   * Checks that need the database before the run is claimed (an id that must exist); asked only where params are given.
   * Throws an OperatorError with exit code 2; nothing is recorded then.
   */
  checkParams?(params: z.output<P>, db: Transaction<Database>): Promise<void>;
  run(context: JobContext<z.output<P>, z.output<S>>): Promise<R>;
  /** True when the run looked at nothing: the runner fails it with `nothing_to_evaluate` unless `--allow-empty`. The text says how to add something. */
  nothingEvaluated?(result: R): string | null;
  /** Not null: the work was done as far as it could be, and the run failed all the same; its result is kept. */
  faultOf?(result: R): JobFault | null;
  /**
   * The channels that did not work in a run that failed: the message about the failure does not go through them. `result` is the
   * stored one, of whatever version of the program.
   */
  failedChannels?(result: Json): readonly Channel[];
  /** The channels through which a run that succeeded delivered something. `result` as for `failedChannels`. */
  workingChannels?(result: Json): readonly Channel[];
  /**
   * What its failure means for people, as one sentence for the message about it ("3 messages were not sent; they wait."); null: nothing
   * more than the error. `result` as for `failedChannels`.
   */
  failureEffect?(result: Json): string | null;
  /** The states that `judge` counts, so that a misspelt `--fail-on-status` is refused before the run. */
  readonly judgedStatuses?: readonly string[];
  judge?(result: R): Judgement;
  /** Of a dry run: the rows of OpsDeck's tables that the run would write or delete, without those of its messages. */
  plannedRows?(result: R): readonly PlannedRows[];
  /** The result for people: the runner's command prints it. */
  present(result: R): Report;
}

/** Types a job; the value is returned as it is. */
export function defineJob<P extends z.ZodObject, S extends z.ZodObject, R extends JsonObject>(
  definition: JobDefinition<P, S, R>,
): JobDefinition<P, S, R> {
  return definition;
}
