/*
 * The thread of one run of a user's job; work-in-thread.ts starts it and ends it. It imports the job's file, connects for itself, and
 * does what workplace.ts does in the runner's thread: the transaction of the run has the same fence, and messages are queued in it.
 */
import { readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { hrtime } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { pino } from 'pino';
import { type ConnectedDatabase, connectDatabase } from '../../db/connect.ts';
import { patiently } from '../../db/driver/patiently.ts';
import { createNotifier } from '../../notify/create-notifier.ts';
import type { DeliveryReport } from '../../notify/outbox/delivery-report.ts';
import type { JsonObject } from '../../text/json.ts';
import { storableJson } from '../../text/storable.ts';
import { monotonicClock } from '../../time/clock.ts';
import type { JobContext } from '../context.ts';
import type { JobDefinition } from '../define-job.ts';
import { fencedTransaction } from '../fenced-transaction.ts';
import { requireSame } from '../own-database.ts';
import { readOnlyDb } from '../read-only-db.ts';
import { webOf } from '../web.ts';
import { checkDefinition } from './check-definition.ts';
import { importJobFile } from './import-job-file.ts';
import { askForSecret, Flow } from './thread-flow.ts';
import type { FromThread, ThreadOrder, ToThread } from './thread-protocol.ts';
import { packError, unpackError } from './thrown-error.ts';

/** A job may call it for each row. */
const progressEveryMs = 100;
/** A connection that the job still uses is not waited for any longer. */
const goodbyeMs = 1000;

const port = parentPort;
if (port === null) throw new Error('this file is the thread of a run, not a program');
const order: ThreadOrder = workerData;
const { job, runId, dryRun, zones } = order;
const flow = new Flow(order.flow);
const stop = new AbortController();
const { signal } = stop;
const sinceOrder = Number(hrtime.bigint() - order.clock.at) / 1e6;
const clock = monotonicClock(new Date(order.clock.now + sinceOrder));
const notifier = createNotifier({ jobName: job, runId, clock, zones, dryRun, routings: order.routings });
const logger = pino(
  { level: order.logLevel, base: null, timestamp: false },
  { write: (line: string) => say({ kind: 'log', line }) },
);
const deliveries = new Map<
  number,
  { readonly resolve: (report: DeliveryReport) => void; readonly reject: (error: Error) => void }
>();
let cancelStatements: () => Promise<void> = async () => undefined;

function say(message: FromThread): void {
  port?.postMessage(message);
  flow.said();
}

port.on('message', (message: ToThread) => {
  switch (message.kind) {
    case 'abort':
      stop.abort(unpackError(message.reason));
      return;
    case 'cancel':
      void cancelStatements().catch(() => undefined);
      return;
    case 'delivered':
      deliveries.get(message.id)?.resolve(message.report);
      return;
    case 'not_delivered':
      deliveries.get(message.id)?.reject(unpackError(message.error));
  }
});

say({ kind: 'started', taskId: taskId() });
let ending: FromThread;
try {
  const definition = await findDefinition();
  const result = await onDatabase((database) => definition.run(contextOn(database)));
  // What is no JSON fails here, with the place where it came from.
  ending = { kind: 'returned', json: storableJson(result) ?? 'null', queued: notifier.queued };
} catch (error) {
  ending = { kind: 'threw', error: packError(error), queued: notifier.queued };
}
say(ending);

/** proc(5): `/proc/thread-self` leads to `PID/task/TID`. */
function taskId(): number | undefined {
  try {
    return Number(basename(readlinkSync('/proc/thread-self')));
  } catch {
    return undefined;
  }
}

async function findDefinition(): Promise<JobDefinition> {
  const exported = await importJobFile(order.file);
  const values: readonly unknown[] = Array.isArray(exported) ? exported : [exported];
  for (const value of values) {
    const checked = checkDefinition(value);
    if ('job' in checked && checked.job.name === job) return checked.job;
  }
  throw new Error(`${order.file.path} no longer has the job ${job}`);
}

async function onDatabase(work: (database: ConnectedDatabase) => Promise<JsonObject>): Promise<JsonObject> {
  const { databaseUrl: url, connections, mark, startPatienceMs } = order;
  const connect = () =>
    connectDatabase(
      { kind: 'postgres', url },
      { applicationName: `opsdeck-jobs ${job}`, waitMs: 0, connections, signal },
    );
  const onWait = (error: Error) => say({ kind: 'waiting', error: packError(error) });
  const database = await patiently(connect, { forMs: startPatienceMs, onWait }, signal);
  try {
    if (mark !== undefined) await requireSame(database, job, mark);
    return await work(database);
  } finally {
    await Promise.race([database.close(), sleep(goodbyeMs)]);
  }
}

function contextOn(
  database: ConnectedDatabase,
): JobContext<Record<string, unknown>, Record<string, unknown>> {
  const scope = database.forRun();
  cancelStatements = () => scope.cancelStatements();
  // The runner ends the thread instead.
  const abandoned = new Promise<never>(() => undefined);
  return {
    job,
    runId,
    actor: order.actor,
    mode: order.mode,
    db: readOnlyDb(scope.db, job),
    transaction: fencedTransaction(scope.db, { runId, dryRun, signal, abandoned }),
    logger,
    notifier,
    outbox: { mailLacks: order.mailLacks, deliver },
    web: webOf(order.network, signal),
    secret: (name) => askForSecret(order.secrets.port, order.secrets.answered, name),
    params: order.params,
    settings: order.settings,
    settingsOf: (other) => order.settingsOfJobs[other],
    clock,
    zones,
    appBaseUrl: order.appBaseUrl,
    signal,
    progress,
    dryRun,
  };
}

function deliver(maxAgeMs: number, adopt = true): Promise<DeliveryReport> {
  return new Promise((resolve, reject) => {
    const id = deliveries.size;
    deliveries.set(id, { resolve, reject });
    say({ kind: 'deliver', id, maxAgeMs, adopt });
  });
}

let progressAt = Number.NEGATIVE_INFINITY;

function progress(stage: string, done: number, total?: number): void {
  const now = performance.now();
  if (now - progressAt < progressEveryMs && done !== total) return;
  progressAt = now;
  say({ kind: 'progress', stage, done, total });
}
