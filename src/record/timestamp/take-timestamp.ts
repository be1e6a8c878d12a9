import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { HttpAnswer, HttpFault } from '../../net/http-answer.ts';
import type { RunEnvironment } from '../../job/run-environment.ts';
import type { RecordHead } from '../head.ts';
import { TimestampRefused, timestampOf, timestampRequest } from './protocol.ts';

const timeouts = { connectMs: 5000, headersMs: 8000, bodyMs: 5000, totalMs: 10_000 };

/**
 * Asks the service of `timestamp_url` for a time stamp of the head, once a day, and stores its answer as it came. Never throws: a
 * service that does not answer, or answers something else, costs the time stamp of this head, and the next head covers this one.
 */
export async function stampHead(
  environment: Pick<RunEnvironment, 'database' | 'config' | 'logger' | 'secrets'>,
  head: RecordHead,
): Promise<void> {
  const { database, config, logger, secrets } = environment;
  const url = config.timestampUrl;
  if (url === undefined) return;
  try {
    const question = { hash: Buffer.from(head.hash, 'hex'), nonce: randomBytes(8) };
    const response = bodyOf(await ask(environment, url, timestampRequest(question)));
    const time = timestampOf(response, question);
    await sql`
      insert into opsdeck_jobs.record_timestamp (head, url, stamped_at, response)
      values (${head.number}, ${url}, ${time.toISOString()}::timestamptz, ${response}) on conflict do nothing`.execute(
      database.control,
    );
    logger.info(
      { 'event.action': 'record.timestamp', 'event.outcome': 'success' },
      `the record head of ${head.day} has the time stamp ${time.toISOString()} of ${new URL(url).host}`,
    );
  } catch (error) {
    const clean = secrets.scrubError(error);
    logger.warn(
      {
        'event.action': 'record.timestamp',
        'event.outcome': 'failure',
        ...(error instanceof TimestampRefused ? {} : { err: clean }),
      },
      `the record head of ${head.day} has no time stamp of ${new URL(url).host}: ${clean.message}`,
    );
  }
}

async function ask(
  { config }: Pick<RunEnvironment, 'config'>,
  url: string,
  body: Buffer,
): Promise<HttpAnswer | HttpFault> {
  const [{ createHttpClient }, { networkOf }] = await Promise.all([
    import('../../net/http-client.ts'),
    import('../../net/network-of.ts'),
  ]);
  const http = createHttpClient({ ...networkOf(config), timeouts });
  try {
    const headers = { 'content-type': 'application/timestamp-query', accept: 'application/timestamp-reply' };
    return await http.post({ url, headers, body });
  } finally {
    await http.close();
  }
}

function bodyOf(answer: HttpAnswer | HttpFault): Buffer {
  if (answer.kind === 'fault') {
    const detail = answer.detail === undefined ? '' : ` (${answer.detail})`;
    throw new TimestampRefused(`no answer: ${answer.fault.replaceAll('_', ' ')}${detail}`);
  }
  if (answer.status !== 200) throw new TimestampRefused(`it answered HTTP ${answer.status}`);
  return answer.bytes;
}
