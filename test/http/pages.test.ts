import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { sql } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { OpenDatabase } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/open-migrated.ts';
import type { PageServer } from '../../src/http/page-server.ts';
import { type PagesOptions, startPages } from '../../src/http/start-pages.ts';
import { registerJobs } from '../../src/job/register-jobs.ts';
import { channels } from '../../src/notify/channels/lookup.ts';
import { noteTrouble } from '../../src/notify/outbox/channel-trouble.ts';
import type { LoopStatus } from '../../src/scheduler/loop-status.ts';
import { version } from '../../src/service/version.ts';
import { onEachDatabase, onPostgres } from '../support/databases.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { addHistory } from '../support/history-rows.ts';
import { parsePrometheusText, sampleValue } from '../support/prometheus-text.ts';
import { testEnvironment, testJob } from '../support/runner.ts';
import { startStatementCounter } from '../support/statement-counter.ts';

const startedAt = new Date('2026-11-24T08:00:00Z');
const job = testJob({ schedule: '0 9 * * 1' });

/** What a loop that is well tells; a test changes what it is about. */
function loopStatus(changes: Partial<LoopStatus> = {}): LoopStatus {
  return {
    startedAt,
    lastTickAgeMs: () => 1234.5,
    database: () => ({ reachable: true, since: startedAt, error: null }),
    running: () => 2,
    stopping: () => false,
    ...changes,
  };
}

async function begin(
  database: OpenDatabase,
  changes: Partial<Pick<PagesOptions, 'status' | 'token' | 'listen' | 'config'>> = {},
) {
  const environment = testEnvironment(database, [job]);
  await registerJobs(database, environment.config, [job]);
  const pages = await startPages({
    ...environment,
    listen: { host: '127.0.0.1', port: 0 },
    token: undefined,
    status: loopStatus(),
    ...changes,
  });
  onTestFinished(() => pages.close());
  return { environment, pages, get: getter(pages) };
}

function getter({ address }: PageServer) {
  return (path: string, headers: Readonly<Record<string, string>> = {}) =>
    fetch(`http://127.0.0.1:${address.port}${path}`, { headers, redirect: 'manual' });
}

/** `fetch` chooses the Host header itself. */
async function statusOf(
  { address }: PageServer,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<number | undefined> {
  const sent = request({ host: '127.0.0.1', port: address.port, path, headers }).end();
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve).once('error', reject);
  });
  response.resume();
  return response.statusCode;
}

async function told(response: Response) {
  return { status: response.status, body: (await response.json()) as unknown };
}

onEachDatabase((harness) => {
  describe('GET /health', () => {
    it('answers what OpsDeck answers, and more, while the loop goes round and reaches the database', async () => {
      const { get } = await begin(await harness.fresh());
      expect(await told(await get('/health'))).toEqual({
        status: 200,
        body: {
          status: 'healthy',
          database: 'connected',
          scheduler: 'running',
          last_tick_age_ms: 1235,
          running: 2,
          started_at: startedAt.toISOString(),
          version,
          jobs: { late: [], failing: [], unavailable: [] },
          channels: channels.map((channel) => ({
            ...{ channel, state: 'works', since: null, code: null, reason: null, waiting: 0, oldest: null },
          })),
          problem: null,
        },
      });
    });

    it('shows a channel that fails, since when and why; one that is switched off is off, and stays healthy', async () => {
      const clock = fakeClock('2026-11-24T12:00:00Z');
      const database = await harness.fresh({ clock });
      await noteTrouble(
        database.db,
        'email',
        { code: 'login_refused', reason: '535 no', next: null },
        clock.now(),
      );
      const { get, environment } = await begin(database);
      const failing = {
        channel: 'email',
        state: 'failing',
        since: '2026-11-24T12:00:00.000Z',
        reason: '535 no',
      };
      expect(await told(await get('/health'))).toMatchObject({
        status: 200,
        body: { channels: expect.arrayContaining([expect.objectContaining(failing)]) },
      });
      const off = await begin(database, { config: { ...environment.config, switchedOff: ['email'] } });
      expect(await told(await off.get('/health'))).toMatchObject({
        body: {
          channels: expect.arrayContaining([
            expect.objectContaining({ channel: 'email', state: 'off', since: null, reason: null }),
          ]),
        },
      });
    });

    it.each([
      [60_000, 200, 'running'],
      [60_001, 503, 'stalled'],
    ])(
      'a loop that last went round %i ms ago: %i, whatever the process does',
      async (age, status, scheduler) => {
        const { get } = await begin(await harness.fresh(), {
          status: loopStatus({ lastTickAgeMs: () => age }),
        });
        expect(await told(await get('/health'))).toMatchObject({ status, body: { scheduler } });
      },
    );

    it('names jobs that are late or failing, and stays healthy: a new start would help none of them', async () => {
      const clock = fakeClock('2026-11-24T12:00:00Z');
      const database = await harness.fresh({ clock });
      const { get } = await begin(database);
      await addHistory(database, [{ startedAt: clock.now(), status: 'failed' }]);
      expect(await told(await get('/health'))).toMatchObject({
        status: 200,
        body: { jobs: { late: [], failing: ['sweep'] } },
      });
      clock.set('2026-12-01T00:00:00Z');
      const later = await begin(database);
      expect(await told(await later.get('/health'))).toMatchObject({
        status: 200,
        body: { status: 'healthy', jobs: { late: ['sweep'], failing: [] } },
      });
    });

    it('fails when the loop does not reach the database, with the reason', async () => {
      const away = { reachable: false, since: startedAt, error: 'the connection was refused.' };
      const { get } = await begin(await harness.fresh(), { status: loopStatus({ database: () => away }) });
      expect(await told(await get('/health'))).toMatchObject({
        status: 503,
        body: {
          status: 'unhealthy',
          database: 'disconnected',
          jobs: null,
          problem: 'The database is away since 2026-11-24T08:00:00.000Z: the connection was refused.',
        },
      });
    });
  });

  describe('GET /ready', () => {
    it.each([
      ['a loop that runs', {}, 200, null],
      [
        'one that has not gone round yet',
        { lastTickAgeMs: (): number | null => null },
        503,
        'The scheduler has not gone round yet.',
      ],
      ['one that stops', { stopping: () => true }, 503, 'The process is stopping.'],
      [
        'one that stalls',
        { lastTickAgeMs: (): number | null => 61_000 },
        503,
        'The scheduler has not gone round for over a minute.',
      ],
      [
        'one without its database',
        { database: () => ({ reachable: false, since: startedAt, error: null }) },
        503,
        'The database is away since 2026-11-24T08:00:00.000Z.',
      ],
    ] as const)('%s', async (_, changes, status, reason) => {
      const { get } = await begin(await harness.fresh(), { status: loopStatus(changes) });
      expect(await told(await get('/ready'))).toEqual({
        status,
        body: { status: status === 200 ? 'ready' : 'not_ready', reason },
      });
    });
  });

  it('GET /metrics is Prometheus text, with the loop of this process', async () => {
    const { get } = await begin(await harness.fresh());
    const response = await get('/metrics');
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const samples = parsePrometheusText(await response.text());
    expect(sampleValue(samples, 'build_info', { version })).toBe(1);
    expect(sampleValue(samples, 'database_up')).toBe(1);
    expect(sampleValue(samples, 'loop_up')).toBe(1);
    expect(sampleValue(samples, 'loop_last_tick_age_seconds')).toBe(1.2345);
    expect(sampleValue(samples, 'job_scheduled', { job: 'sweep' })).toBe(1);
  });

  it('any other page is not found, and names which there are', async () => {
    const { get } = await begin(await harness.fresh());
    const response = await get('/admin');
    expect([response.status, await response.text()]).toEqual([
      404,
      `opsdeck-jobs ${version}: /health, /ready, /metrics\n`,
    ]);
  });
});

onPostgres((harness) => {
  describe('with a token', () => {
    const token = 'correct-horse-battery-staple';

    it('a page needs it, and nothing of it is logged', async () => {
      const { environment, get } = await begin(await harness.fresh(), { token });
      for (const authorization of [
        '',
        'Bearer ',
        'Bearer wrong',
        `Basic ${token}`,
        token,
        `Bearer ${token}x`,
      ]) {
        const response = await get('/metrics', authorization === '' ? {} : { authorization });
        expect([authorization, response.status]).toEqual([authorization, 401]);
        expect(response.headers.get('www-authenticate')).toBe('Bearer realm="opsdeck-jobs"');
        expect(await response.text()).not.toContain('opsdeck_jobs_');
      }
      expect((await get('/metrics', { authorization: `Bearer ${token}` })).status).toBe(200);
      expect((await get('/nothing')).status).toBe(401);
      expect(JSON.stringify(environment.logged('pages.listening'))).not.toContain(token);
    });

    it('/health and /ready stay open to the machine itself, but not to what a proxy passes on', async () => {
      const { get } = await begin(await harness.fresh(), { token });
      expect((await get('/health')).status).toBe(200);
      expect((await get('/ready')).status).toBe(200);
      for (const header of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via']) {
        expect([header, (await get('/health', { [header]: '192.0.2.1' })).status]).toEqual([header, 401]);
      }
      const known = { 'x-forwarded-for': '192.0.2.1', authorization: `bearer ${token}` };
      expect((await get('/health', known)).status).toBe(200);
    });

    it('an address of the network is served', async () => {
      const { get } = await begin(await harness.fresh(), { token, listen: { host: '0.0.0.0', port: 0 } });
      expect((await get('/ready')).status).toBe(200);
    });
  });

  it('a page of a foreign site, whose name was made to lead to this machine, reads nothing', async () => {
    const open = await begin(await harness.fresh());
    const named = (pages: PageServer, host: string, headers: Readonly<Record<string, string>> = {}) =>
      statusOf(pages, '/health', { host, ...headers });
    for (const own of ['127.0.0.1:9464', 'localhost', 'LOCALHOST:1', '[::1]:9464', '127.8.8.8'])
      expect([own, await named(open.pages, own)]).toEqual([own, 200]);
    for (const foreign of ['rebind.example:9464', 'localhost.example', '127.0.0.1.example', '192.0.2.1'])
      expect([foreign, await named(open.pages, foreign)]).toEqual([foreign, 421]);
    const token = 'correct-horse-battery-staple';
    const closed = await begin(await harness.fresh(), { token });
    expect(await named(closed.pages, 'rebind.example')).toBe(401);
    expect(await named(closed.pages, 'opsdeck.example', { authorization: `Bearer ${token}` })).toBe(200);
  });

  it('without a token an address of the network is refused', async () => {
    await expect(
      begin(await harness.fresh(), { listen: { host: '0.0.0.0', port: 0 } }),
    ).rejects.toMatchObject({
      code: 'listen_needs_token',
      exitCode: 2,
    });
  });

  it('a port in use is one clear sentence', async () => {
    const database = await harness.fresh();
    const { pages } = await begin(database);
    await expect(begin(database, { listen: pages.address })).rejects.toMatchObject({
      code: 'listen_failed',
      exitCode: 2,
      message: `Cannot listen on 127.0.0.1:${pages.address.port}: another program listens there already.`,
    });
  });

  it('a database that hangs is asked once, and makes no page hang', async () => {
    const database = await harness.fresh();
    const { get } = await begin(database);
    const locker = await harness.second(database);
    await locker.db.transaction().execute(async (trx) => {
      await sql`lock table opsdeck_jobs.job_run in access exclusive mode`.execute(trx);
      const answers = await Promise.all([
        ...Array.from({ length: 10 }, () => get('/health').then(told)),
        ...Array.from({ length: 10 }, () => get('/metrics').then((response) => response.text())),
      ]);
      for (const answer of answers) {
        if (typeof answer === 'string')
          expect(sampleValue(parsePrometheusText(answer), 'database_up')).toBe(0);
        else expect(answer).toMatchObject({ status: 200, body: { status: 'healthy', jobs: null } });
      }
      const { rows } = await sql<{ waiting: number }>`
        select count(*)::integer as waiting from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock'`.execute(trx);
      expect(rows).toEqual([{ waiting: 2 }]);
    });
  });

  it('a database that goes away makes the process unhealthy before the loop has noticed', async () => {
    const config = await harness.config();
    const proxy = await startStatementCounter(config.kind === 'postgres' ? config.url : '');
    const database = await openDatabase(
      { kind: 'postgres', url: proxy.url },
      { applicationName: 'opsdeck-jobs tests', waitMs: 0, storedTimezone: undefined },
    );
    onTestFinished(() => database.close());
    const { environment, get } = await begin(database);
    await proxy.close();
    for (let time = 0; time < 3; time += 1) {
      expect(await told(await get('/health'))).toMatchObject({
        status: 503,
        body: { database: 'disconnected', jobs: null, problem: 'The database did not answer.' },
      });
    }
    expect(sampleValue(parsePrometheusText(await (await get('/metrics')).text()), 'database_up')).toBe(0);
    expect(environment.logged('pages.read_failed').map((line) => line['labels.read'])).toEqual([
      'jobs',
      'metrics',
    ]);
  });

  it('half-sent requests keep no client out: the oldest goes when a new one comes', async () => {
    const { pages, get } = await begin(await harness.fresh());
    const halves = Array.from({ length: 80 }, () => connect(pages.address.port, '127.0.0.1'));
    onTestFinished(() => {
      for (const half of halves) half.destroy();
    });
    for (const half of halves) {
      half.on('error', () => undefined);
      half.write('GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
    }
    const [oldest] = halves;
    if (oldest !== undefined) await once(oldest, 'close');
    expect((await get('/health')).status).toBe(200);
  });

  describe('closing', () => {
    it('ends connections that are kept alive, and those that never asked anything', async () => {
      const { pages } = await begin(await harness.fresh());
      const agent = new Agent({ keepAlive: true });
      onTestFinished(() => agent.destroy());
      const asked = request({ agent, port: pages.address.port, path: '/ready' }).end();
      const [response] = await once(asked, 'response');
      const kept = response.socket;
      response.resume();
      await once(response, 'end');
      const silent = connect(pages.address.port, '127.0.0.1');
      await once(silent, 'connect');
      silent.write('GET /health HTTP/1.1\r\n');
      const ends = Promise.all([once(kept, 'close'), once(silent, 'close')]);
      await pages.close();
      await ends;
      await expect(getter(pages)('/ready')).rejects.toThrow();
    });

    it('releases its port', async () => {
      const database = await harness.fresh();
      const { pages } = await begin(database);
      await pages.close();
      const { get } = await begin(database, { listen: pages.address });
      expect((await get('/ready')).status).toBe(200);
    });
  });
});
