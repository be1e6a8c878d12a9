import { pino } from 'pino';
import { z } from 'zod';
import { runSteps } from '../../../jobs/data-retention/batch/run-step.ts';
import { dataRetention } from '../../../jobs/data-retention/job.ts';
import { retentionSettings } from '../../../jobs/data-retention/settings.ts';
import { jsonObject } from '../../../src/config/file-schema.ts';
import { openDatabase } from '../../../src/db/open-migrated.ts';
import { runManually } from '../../../src/job/run-manually.ts';
import { fakeClock } from '../fake-clock.ts';
import { testEnvironment } from '../runner.ts';

/*
 * A process that runs data-retention once, and kills itself, as `kill -9` would, when it comes to a step for the nth time. It prints
 * the outcome of a run that came to its end. What it is to do is one JSON document, its only argument.
 */

const order = z.object({
  database: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('postgres'), url: z.string() }),
    z.object({ kind: z.literal('embedded'), dataDir: z.string() }),
  ]),
  now: z.string(),
  settings: retentionSettings,
  accept: z.string().optional(),
  kill: z.object({ step: z.enum(runSteps), time: z.int() }).optional(),
});

const { database: where, now, settings, accept, kill } = order.parse(JSON.parse(process.argv[2] ?? ''));
const database = await openDatabase(where, {
  applicationName: 'opsdeck-jobs test-retention',
  waitMs: 10_000,
  storedTimezone: undefined,
  clock: fakeClock(now),
});
let times = 0;
const job = dataRetention(async (step) => {
  if (step !== kill?.step) return;
  times += 1;
  if (times === kill.time) process.kill(process.pid, 'SIGKILL');
});
const environment = testEnvironment(database, [job], {
  jobConfigs: {
    'data-retention': { settings: jsonObject.parse(JSON.parse(JSON.stringify(settings))), params: {} },
  },
  logger: pino({ level: 'silent' }),
});
const outcome = await runManually(environment, {
  definition: job,
  params: accept === undefined ? {} : { accept },
  dryRun: false,
  timeoutMs: undefined,
  waitMs: 0,
  ignorePause: false,
  allowEmpty: false,
});
process.stdout.write(JSON.stringify(outcome));
await database.close();
