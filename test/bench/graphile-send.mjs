// What a user would build instead: Graphile Worker, its settings as they come, with a task that posts the same body by undici.
// Arguments: URL of an empty database, port, count, file of the message.
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger, makeWorkerUtils, runOnce } from 'graphile-worker';
import pg from 'pg';
import { Agent, request } from 'undici';

const [connectionString, port, count, file] = process.argv.slice(2);
const message = JSON.parse(await readFile(file, 'utf8'));
// A line for each job would be compared with none of ours.
const logger = new Logger(() => () => undefined);

const utils = await makeWorkerUtils({ connectionString, logger });
await utils.migrate();
await utils.release();
const client = new pg.Client({ connectionString });
await client.connect();
await client.query(
  `select count(*) from generate_series(1, $1::integer) n,
   lateral graphile_worker.add_job('post', json_build_object('n', n))`,
  [count],
);
await client.query('vacuum analyze graphile_worker._private_jobs');

const agent = new Agent();
let posted = 0;
const post = async ({ n }) => {
  const answer = await request(`http://127.0.0.1:${port}/hook`, {
    dispatcher: agent,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...message.payload, communication_id: n }),
  });
  await answer.body.dump();
  posted += 1;
};
/** A job that has failed stays: it is no completion under way. */
const hasJobs = async () => {
  const { rows } = await client.query(
    'select from graphile_worker._private_jobs where last_error is null limit 1',
  );
  return rows.length > 0;
};
const started = performance.now();
await runOnce({ connectionString, logger, concurrency: 24, taskList: { post } });
// It ends before its last completions are in the database.
while (await hasJobs()) await sleep(1);
process.stdout.write(`${performance.now() - started}\n`);
if (posted !== Number(count)) throw new Error(`${posted} of ${count} were posted`);
await client.query('drop schema graphile_worker cascade');
await client.end();
await agent.close();
