/*
 * A run of a user's job in a thread of its own, with connections of its own, seen from the runner.
 *
 * Model: a thread for each run, ended with it. The runner keeps the claim, the heartbeat, the limits and the record; the thread
 * (user-job-worker.ts) has `run` and nothing else of the definition. The connections are lent by the pool of the runner, which
 * does without them meanwhile: a process has as many as before.
 *
 * | what the job does                    | what becomes of it                                              |
 * | loops without end                    | the heartbeat goes on; the thread is ended at the time limit    |
 * | does not stop when it is asked to     | the thread is ended after the grace                            |
 * | process.exit()                       | the run fails, `job_exited`                                     |
 * | an error that nobody catches         | the run fails with it                                           |
 * | needs too much memory                | the thread is ended; the run fails, `job_out_of_memory`         |
 * | logs without end                     | the thread waits for the runner                                 |
 * | leaves timers, sockets, transactions | they end with the thread, and the server rolls back             |
 *
 * Not promised: a stop in the middle of a call that blocks the thread in the system (`execSync`); it ends when that does. Memory
 * outside of the heap of JavaScript is not limited, and a crash of native code, or a kill of the process, ends everything.
 */
import { statSync } from 'node:fs';
import { hrtime } from 'node:process';
import { MessageChannel } from 'node:worker_threads';
import type { Logger } from 'pino';
import type { OpenDatabase } from '../../db/database.ts';
import { ExitCode } from '../../errors/exit-code.ts';
import { OperatorError } from '../../errors/operator-error.ts';
import { trusted } from '../../files/trust.ts';
import { mailLacks } from '../../notify/channels/email/mail-sender.ts';
import type { DeliveryReport } from '../../notify/outbox/delivery-report.ts';
import { checkParams } from '../check-params.ts';
import { type DatabaseMark, markOf } from '../own-database.ts';
import { type RunEnvironment, runnerName } from '../run-environment.ts';
import { readLine, writeLine } from '../run-log/log-line.ts';
import type { StartedRun } from '../started-run.ts';
import { outboxOf, patienceOf, type Workplace } from '../workplace.ts';
import type { JobFile } from './job-file.ts';
import { RunThread, type Saying } from './run-thread.ts';
import { answerSecrets } from './thread-flow.ts';
import type { ThreadOrder } from './thread-protocol.ts';
import { packError, unpackError } from './thrown-error.ts';

/** One for a transaction, and one to read beside it. */
const connections = 2;

/** What a thread needs beside what every run needs. */
interface ThreadNeeds {
  readonly file: JobFile;
  readonly lend: NonNullable<OpenDatabase['lend']>;
}

/** A thread of its own, with connections of its own. It starts with the work. */
export function workInThread(
  environment: RunEnvironment,
  run: StartedRun,
  logger: Logger,
  { file, lend }: ThreadNeeds,
): Workplace {
  const { database, config } = environment;
  const { definition, params, trigger } = run;
  const patience = patienceOf(environment, definition.name, logger);
  const here = database.forRun({ patience });
  let thread: RunThread | undefined;
  const end = async () => thread?.end();
  return {
    scope: {
      cancelStatements: async () => {
        thread?.tell({ kind: 'cancel' });
        await here.cancelStatements();
      },
      abandon: end,
    },
    queued: () => thread?.queued ?? [],
    close: end,
    work: async ({ signal }) => {
      signal.throwIfAborted();
      refuseChanged(file, definition.name);
      if (trigger !== 'manual') await checkParams(here.db, definition, params);
      const { databaseUrl } = config.jobs[definition.name] ?? {};
      const mark = databaseUrl === undefined ? undefined : await markOf(database, run);
      const giveBack = await lend(connections, signal);
      const { port1: secrets, port2 } = new MessageChannel();
      try {
        const order = orderOf(environment, run, { file, mark, port: port2, logLevel: logger.level });
        answerSecrets(secrets, order.secrets.answered, (name) => config.sourceSecrets[name]);
        const outbox = outboxOf(environment, run, logger, signal);
        const started = new RunThread(order, (saying) => void answer(saying));
        thread = started;
        const answer = async (saying: Saying) => {
          if (saying.kind === 'log') writeLine(logger, readLine(saying.line));
          else if (saying.kind === 'waiting') patience.onWait(unpackError(saying.error));
          else if (saying.kind === 'deliver')
            started.tell(await delivered(saying.id, () => outbox.deliver(saying.maxAgeMs, saying.adopt)));
          else {
            const { stage, done, total } = saying;
            environment.onProgress?.({ job: definition.name, stage, done, total });
          }
        };
        signal.addEventListener(
          'abort',
          () => started.tell({ kind: 'abort', reason: packError(signal.reason) }),
          { once: true },
        );
        void started.exited.then(giveBack);
        return await started.result;
      } finally {
        secrets.close();
        if (thread === undefined) giveBack();
      }
    },
  };
}

async function delivered(id: number, deliver: () => Promise<DeliveryReport>) {
  try {
    return { kind: 'delivered', id, report: await deliver() } as const;
  } catch (error) {
    return { kind: 'not_delivered', id, error: packError(error) } as const;
  }
}

/** The definition here and the `run` there must be of one and the same text. */
function refuseChanged(file: JobFile, job: string): void {
  const found = trusted(file.path, 'file');
  const reason =
    'distrust' in found
      ? found.distrust
      : statSync(file.path).mtimeMs === file.changed
        ? undefined
        : 'it was changed after it was loaded';
  if (reason === undefined) return;
  throw new OperatorError({
    code: 'job_file_changed',
    message: `The job ${job} cannot run from ${file.path}: ${reason}.`,
    next: 'Start the daemon again: it then loads the file as it is now.',
    exitCode: ExitCode.failed,
  });
}

function orderOf(
  { database, config, zones, actor }: RunEnvironment,
  { definition, runId, params, dryRun }: StartedRun,
  {
    file,
    mark,
    port,
    logLevel,
  }: {
    readonly file: JobFile;
    readonly mark: DatabaseMark | undefined;
    readonly port: ThreadOrder['secrets']['port'];
    readonly logLevel: string;
  },
): ThreadOrder {
  if (config.database.kind !== 'postgres') throw new TypeError('an embedded database has one thread');
  const own = config.jobs[definition.name];
  return {
    file,
    job: definition.name,
    runId,
    actor: actor ?? runnerName,
    mode: database.mode,
    databaseUrl: own?.databaseUrl ?? config.database.url,
    connections,
    startPatienceMs: config.startPatienceMs,
    mark,
    params,
    settings: own?.settings ?? {},
    settingsOfJobs: Object.fromEntries(Object.entries(config.jobs).map(([job, of]) => [job, of.settings])),
    zones,
    appBaseUrl: config.appBaseUrl,
    routings: config.notifications,
    network: {
      allowPrivateDestinations: config.allowPrivateDestinations,
      httpProxies: config.httpProxies,
    },
    mailLacks: mailLacks(config),
    dryRun,
    logLevel,
    clock: { now: database.clock.now().getTime(), at: hrtime.bigint() },
    flow: new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT),
    secrets: { port, answered: new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT) },
  };
}
