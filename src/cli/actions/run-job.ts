import { resolve } from 'node:path';
import type { Config } from '../../config/config.ts';
import { hasDatabase } from '../../db/embedded/data-folder.ts';
import { ExitCode } from '../../errors/exit-code.ts';
import { usage } from '../../errors/usage.ts';
import type { JobDefinition } from '../../job/define-job.ts';
import { checkFailures } from '../../job/failure-alerts.ts';
import { findJob } from '../../job/find-job.ts';
import { type JudgeOptions, judgeResult, readJudgeOptions, type Verdict } from '../../job/judge.ts';
import { readParams } from '../../job/read-params.ts';
import { runManually } from '../../job/run-manually.ts';
import type { RunOutcome } from '../../job/run-outcome.ts';
import { createPinger, type Pinger } from '../../notify/ping.ts';
import { runScheduled } from '../../scheduler/run-scheduled.ts';
import { parseDuration } from '../../time/duration.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { loadConfiguration } from '../load-configuration.ts';
import { writeJson } from '../render/json.ts';
import { readActor } from '../runs/actor.ts';
import { deliverRun, deliveryBlocks, deliveryDocument, type RunDelivery } from '../runs/deliver-run.ts';
import { paramsByName, withoutNames } from '../runs/named-params.ts';
import { previewJob } from '../runs/previews.ts';
import { printFault } from '../runs/print-fault.ts';
import { printOutcome } from '../runs/print-outcome.ts';
import { printReport } from '../runs/print-report.ts';
import { openProgressDisplay } from '../runs/progress-display.ts';
import { runDocument } from '../runs/run-document.ts';
import { type Session, withConfiguration } from '../session.ts';
import { stackFor } from '../wants-stack.ts';

/** As typed. */
export interface RunJobOptions {
  readonly param?: readonly string[];
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly timeout?: string;
  readonly wait?: string;
  readonly failOn?: string;
  readonly failOnStatus?: string;
  readonly allowBaseline?: boolean;
  readonly allowEmpty?: boolean;
  readonly ignorePause?: boolean;
  readonly scheduled?: boolean;
  readonly quiet?: boolean;
  readonly deliver?: boolean;
}

/** How long a scheduled run waits for an embedded database that another firing of the same minute holds. */
const scheduledWaitMs = 30_000;

/** How long the end of the process waits for a dead man's switch, after everything was said. */
const pingsAtMostMs = 5_000;

interface Checked {
  readonly params: Record<string, unknown>;
  readonly judge: JudgeOptions;
  readonly timeoutMs: number | undefined;
  readonly waitMs: number;
  readonly quiet: boolean;
}

/** `run-job NAME`: one run, by hand or because the schedule says so. */
export async function runJob(
  io: Io,
  globals: GlobalOptions,
  name: string,
  options: RunJobOptions,
): Promise<ExitCode> {
  const configuration = await loadConfiguration(io, globals);
  const definition = findJob(name, configuration.jobs, configuration.brokenJobs);
  const checked = check(definition, options, io.cwd);
  if (options.scheduled === true) refuseUnmadeDatabase(configuration.config);
  const { quiet } = checked;
  // By itself it waits for no other run, but as every command for an embedded database that is free in a moment.
  const waitMs = options.wait === undefined && options.scheduled !== true ? undefined : checked.waitMs;
  const texts = options.scheduled === true ? [] : absoluteFiles(definition, options.param ?? [], io.cwd);
  const sessionOptions = { waitMs, quiet, unreadToLog: quiet };
  return withConfiguration(io, globals, configuration, sessionOptions, async (session) => {
    const params = await paramsByName(session.database.db, definition, texts, checked.params);
    if (options.dryRun === true) {
      const { timeoutMs } = checked;
      const request = { definition, params, timeoutMs, allowEmpty: options.allowEmpty === true };
      return previewJob(session, request, {
        json: options.json === true,
        quiet,
        judge: (outcome) => judge(definition, checked.judge, outcome),
      });
    }
    const pinger = createPinger(session);
    try {
      const outcome = await run(session, pinger, definition, { ...checked, params }, options);
      if (outcome === null) return ExitCode.ok;
      const delivery =
        options.deliver === true && outcome.status === 'succeeded'
          ? await deliverRun(session, outcome.runId)
          : null;
      const exitCode = tell(session, definition, checked, options, outcome, delivery);
      // A success by hand ends a streak of failures: the message about it does not wait for the next scheduled run.
      if (options.scheduled !== true && outcome.status === 'succeeded')
        await checkFailures({ ...session, definitions: session.jobs, stop: io.stop }, [definition]);
      return exitCode;
    } finally {
      await pinger.flush(pingsAtMostMs);
    }
  });
}

/** Everything that can be wrong before anything is opened. */
function check(definition: JobDefinition, options: RunJobOptions, cwd: string): Checked {
  const scheduled = options.scheduled === true;
  if (scheduled) refuseWithScheduled(options);
  if (options.deliver === true && options.dryRun === true) {
    throw usage(
      '--dry-run queues no messages, so there is nothing for --deliver to send.',
      'Leave one of them out; `preview` shows what would be queued.',
      'conflicting_options',
    );
  }
  const timeoutMs = options.timeout === undefined ? undefined : parseDuration(options.timeout, 'time limit');
  if (timeoutMs === 0) {
    throw usage(
      'The time limit must be longer than nothing.',
      'Give --timeout 30s, 10m or 1h.',
      'invalid_duration',
    );
  }
  return {
    params: scheduled
      ? {}
      : readParams(definition, withoutNames(definition, absoluteFiles(definition, options.param ?? [], cwd))),
    judge: readJudgeOptions(definition, options),
    timeoutMs,
    waitMs:
      options.wait === undefined
        ? scheduled
          ? scheduledWaitMs
          : 0
        : parseDuration(options.wait, 'waiting time'),
    quiet: scheduled || options.quiet === true,
  };
}

/** A job may run in another process, with another working folder. */
function absoluteFiles(
  { fileParams = [] }: JobDefinition,
  texts: readonly string[],
  cwd: string,
): readonly string[] {
  return texts.map((text) => {
    const name = fileParams.find((param) => text.startsWith(`${param}=`) && text !== `${param}=`);
    return name === undefined ? text : `${name}=${resolve(cwd, text.slice(name.length + 1))}`;
  });
}

/** Crontab has another environment than a terminal: a job must not run for ever on an empty database that nobody knows of. */
function refuseUnmadeDatabase({ database }: Config): void {
  if (database.kind !== 'embedded' || hasDatabase(database.dataDir)) return;
  throw usage(
    `DATABASE_URL is not set, and there is no embedded database in ${database.dataDir} yet.`,
    'For crontab and timers name the settings: OPSDECK_JOBS_ENV_FILE=/etc/opsdeck-jobs.env. Or make the embedded database first, with `opsdeck-jobs migrate`.',
    'no_database',
  );
}

function refuseWithScheduled(options: RunJobOptions): void {
  const refused = [
    ...((options.param ?? []).length > 0 ? ['--param'] : []),
    ...(options.dryRun === true ? ['--dry-run'] : []),
    ...(options.ignorePause === true ? ['--ignore-pause'] : []),
  ];
  if (refused.length === 0) return;
  throw usage(
    `--scheduled cannot be used with ${refused.join(' and ')}.`,
    refused[0] === '--param'
      ? 'Scheduled runs take their parameters from `jobs.<name>.params` of the configuration file.'
      : 'Leave out --scheduled to run the job by hand.',
    'conflicting_options',
  );
}

async function run(
  session: Session,
  pinger: Pinger,
  definition: JobDefinition,
  checked: Checked,
  options: RunJobOptions,
): Promise<RunOutcome | null> {
  const { io } = session;
  const display = await openProgressDisplay(io, session.logger, checked.quiet);
  const { jobs: definitions } = session;
  const environment = {
    ...session,
    definitions,
    stop: io.stop,
    pinger,
    onProgress: display.show,
    ...(options.scheduled === true ? {} : { actor: readActor(io, undefined) }),
  };
  const { timeoutMs } = checked;
  const allowEmpty = options.allowEmpty === true;
  try {
    if (options.scheduled === true) {
      return await runScheduled(environment, { definition, timeoutMs, allowEmpty });
    }
    return await runManually(environment, {
      definition,
      params: checked.params,
      dryRun: false,
      timeoutMs,
      waitMs: checked.waitMs,
      ignorePause: options.ignorePause === true,
      allowEmpty,
    });
  } finally {
    display.end();
  }
}

function tell(
  session: Session,
  definition: JobDefinition,
  checked: Checked,
  options: RunJobOptions,
  outcome: RunOutcome,
  delivery: RunDelivery | null,
): ExitCode {
  const { io } = session;
  const verdict = judge(definition, checked.judge, outcome);
  const fault = outcome.fault ?? verdict;
  const trouble = delivery?.trouble ?? null;
  // Where nobody asked, what was said before is not said again.
  const news = fault !== null && !(options.scheduled === true && outcome.fault?.repeated === true);
  if (options.json === true) {
    const document = runDocument(outcome, session.secrets.scrub(session.database.label), {
      dryRun: false,
      fault,
    });
    writeJson(io, delivery === null ? document : { ...document, delivery: deliveryDocument(delivery) });
  } else if (!checked.quiet || news || trouble !== null) {
    printOutcome(io, definition, outcome, null);
    if (delivery !== null) printReport(io, deliveryBlocks(delivery));
  }
  if (news) printFault(io, { ...fault, stack: stackFor(io, outcome) });
  if (trouble !== null) printFault(io, trouble);
  return verdict?.exitCode ?? trouble?.exitCode ?? outcome.exitCode;
}

function judge(definition: JobDefinition, options: JudgeOptions, outcome: RunOutcome): Verdict | null {
  if (outcome.status !== 'succeeded' || outcome.result === null) return null;
  if (options.failOn === undefined && options.failOnStatus.length === 0) return null;
  const judgement = definition.judge?.(outcome.result);
  return judgement === undefined ? null : judgeResult(judgement, options);
}
