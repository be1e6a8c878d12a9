import { once } from 'node:events';
import { request } from 'node:http';
import { sql } from 'kysely';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { places } from '../../bin/places.ts';
import { daysBefore } from '../../jobs/demo/days.ts';
import { fillDemo } from '../../jobs/demo/fill.ts';
import { letWeekHappen } from '../../jobs/demo/week.ts';
import { siteOf } from '../../src/cli/site-of.ts';
import type { Config } from '../../src/config/config.ts';
import type { OpenDatabase } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/open-migrated.ts';
import { readId } from '../../src/http/site/place.ts';
import { signInWith } from '../../src/http/site/sign-in.ts';
import { sitePolicy } from '../../src/http/site/site-page.tsx';
import { startPages } from '../../src/http/start-pages.ts';
import { axeFindings, hasBrowser, openBrowser } from '../html/browser.ts';
import { type DatabaseHarness, onEachDatabase, onPostgres } from '../support/databases.ts';
import { memoryIo } from '../support/memory-io.ts';
import { environmentFor } from '../support/program-database.ts';
import { testEnvironment } from '../support/runner.ts';
import { startStatementCounter } from '../support/statement-counter.ts';

const token = 'a-token-of-the-pages';
const hostile = '<script>alert(1)</script>\u202e"\' & <b>';

/** The company of the demo a week later, with one run of drift before and one after it, and a name that tries to be markup. */
async function fill(database: OpenDatabase, env: Record<string, string>): Promise<void> {
  const days = daysBefore(database.clock.now(), database.storedZone);
  await database.db.transaction().execute((trx) => fillDemo(trx, days));
  const io = memoryIo({ env, cwd: '/', held: database, show: () => undefined });
  const drift = () => io.io.runCommandLine(['run-job', 'compliance-drift', '--json'], io.io);
  expect(await drift()).toBe(0);
  await database.db.transaction().execute((trx) => letWeekHappen(trx, days));
  await sql`update framework_control set name = name || ${hostile} where control_id = 'A.5.1'`.execute(
    database.db,
  );
  expect(await drift()).toBe(0);
  await sql`
    with template as (
      insert into email_template (name, subject, body_html, is_active)
      values ('News', 'News <b>', '<p>Read &lt;script&gt;this&lt;/script&gt;</p><img src="https://evil.example/x.png">', true)
      returning id
    )
    insert into scheduled_communication
      (id, status, scheduled_date, target_type, target_id, channel, created_at, next_retry_at, template_id)
    select 900, 'pending', '2026-11-24', 'license', 1, 'email', '2026-11-24 09:00', '9999-01-01', id from template`.execute(
    database.db,
  );
  await sql`
    insert into uar_comparison (id, name, source_a_type, source_b_type, key_field_a, key_field_b, field_mappings, is_enabled)
    values (900, 'Roles', 'Active Users', 'Active Users', 'email', 'login', '[{"field_a": "role", "field_b": "role"}]', false)`.execute(
    database.db,
  );
  await sql`insert into license (id, name, expiry_date, is_archived) values (900, 'Sketch', '2031-12-06', false)`.execute(
    database.db,
  );
  await sql`insert into uar_execution (id, comparison_id, status, started_at) values (900, 900, 'completed', '2026-11-19')`.execute(
    database.db,
  );
  await sql`
    insert into uar_finding (id, execution_id, finding_type, severity, status, key_value, raw_data_a, raw_data_b)
    values (900, 900, 'Mismatch', 'high', 'open', 'dan', '{"email": "dan", "role": "admin"}',
            ${JSON.stringify({ login: 'dan', role: hostile })}::json)`.execute(database.db);
  await sql`
    insert into opsdeck_jobs.message (communication_id, run_id, job, event_code, channel, destination, dedupe_key,
                                      context, created_at, due_at, state)
    values (900, gen_random_uuid(), 'uar', 'X', 'email', 'ops@example.org', 'x', '{}', now(), now(), 'queued')`.execute(
    database.db,
  );
}

async function begin(
  database: OpenDatabase,
  {
    env,
    token: wanted,
    proxy,
  }: { readonly env: Record<string, string>; readonly token?: string; readonly proxy?: Config['pagesProxy'] },
) {
  const memory = memoryIo({ env, cwd: '/' });
  const site = await siteOf({ ...memory.io, loadPlaces: async () => places }, {}, database);
  const environment = testEnvironment(database, []);
  const pages = await startPages({
    ...environment,
    config: { ...environment.config, pagesProxy: proxy },
    listen: { host: '127.0.0.1', port: 0 },
    token: wanted,
    status: {
      startedAt: new Date(),
      lastTickAgeMs: () => 10,
      database: () => ({ reachable: true, since: new Date(), error: null }),
      running: () => 0,
      stopping: () => false,
    },
    site,
  });
  onTestFinished(() => pages.close());
  const base = `http://127.0.0.1:${pages.address.port}`;
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${base}${path}`, { headers: { accept: 'text/html', ...headers }, redirect: 'manual' });
  return { base, get, logged: environment.logged };
}

/** One thing of each kind that the company has. */
async function pathsOf(database: OpenDatabase): Promise<readonly string[]> {
  const { rows } = await sql<{ run: string; control: string; message: string }>`
    select (select id::text from opsdeck_jobs.job_run limit 1) as run,
           (select control_id from framework_control order by id limit 1) as control,
           (select communication_id::text from opsdeck_jobs.message order by job = 'compliance-drift' desc limit 1) as message`.execute(
    database.db,
  );
  const [found] = rows;
  const lists = places.map(({ path }) => path).filter((path) => !path.includes(':'));
  return [
    ...lists,
    `/runs/${found?.run}`,
    '/jobs/compliance-drift',
    `/controls/${found?.control}`,
    `/messages/${found?.message}`,
    '/reviews/900',
  ];
}

async function company(harness: DatabaseHarness) {
  const database = await harness.fresh();
  const env = environmentFor(harness.configOf(database));
  await fill(database, env);
  return { database, env };
}

describe('the pages for people', () => {
  onEachDatabase((harness) => {
    it('show each list and one thing of each kind; names of the data stay text, and no page can be framed or run a script', async () => {
      const { database, env } = await company(harness);
      const { get } = await begin(database, { env });
      for (const path of await pathsOf(database)) {
        const response = await get(path);
        const text = await response.text();
        expect([path, response.status, text.includes('cannot be shown')]).toEqual([path, 200, false]);
        expect(text.includes('<script')).toBe(false);
        expect(response.headers.get('content-security-policy')).toBe(sitePolicy);
        expect(response.headers.get('x-frame-options')).toBe('DENY');
        expect(response.headers.get('cache-control')).toBe('no-store');
      }
      const controls = await (await get('/controls')).text();
      expect(controls.includes('&lt;script&gt;alert(1)')).toBe(true);
      expect(controls.includes('href="/controls/A.5.1"')).toBe(true);
      expect(await (await get('/controls/A.5.1')).text()).toContain('href="/period/A.5.1"');
      expect(await (await get('/period/A.5.1?refresh=30')).text()).toContain(
        'href="/controls/A.5.1?refresh=30"',
      );
      const job = await (await get('/jobs/compliance-drift')).text();
      expect(job).toContain('2 runs, oldest first; 0 did not succeed (below the line).');
      const mismatch = await (await get('/reviews/900')).text();
      expect(mismatch).toContain('Both rows');
      expect(mismatch).toContain('<span class="badge warning">differs</span>');
      const message = await (await get('/messages/900')).text();
      expect(message).toContain('As it would be sent now');
      expect(message).toContain('Read &lt;script&gt;this&lt;/script&gt;');
      expect(message).not.toContain('evil.example');
      const calendar = await (await get('/calendar?month=2031-12&refresh=30')).text();
      const inMonth = /<table role="table" class="month">.*?<\/table>/s.exec(calendar)?.[0] ?? '';
      expect(inMonth).toContain('<a href="/expiry/license%3A900?refresh=30">Sketch</a>');
      expect(inMonth).toContain('Sat 6 Dec 2031');
      expect(calendar).toContain('href="?refresh=30&amp;month=2032-01"');
      const edges = await Promise.all(
        ['1900-01', '2199-12', '1899-12', '2026-13', '2026-1', ''].map(async (month) => {
          const response = await get(`/calendar?month=${month}`);
          return [response.status, (await response.text()).match(/\?month=\d{4}-\d\d"/g)];
        }),
      );
      expect(edges).toEqual([
        [200, ['?month=1900-02"']],
        [200, ['?month=2199-11"']],
        ...Array.from({ length: 4 }, () => [400, null]),
      ]);
      const refreshed = async (seconds: string) =>
        /http-equiv="refresh" content="(\d+)"/.exec(
          await (await get(`/runs?refresh=${seconds}`)).text(),
        )?.[1];
      expect([await refreshed('30'), await refreshed('1'), await refreshed('x')]).toEqual([
        '30',
        '10',
        undefined,
      ]);
    });

    it('lists go on by key: each row is on one page, whatever has the same time', async () => {
      const database = await harness.fresh();
      const { get } = await begin(database, { env: environmentFor(harness.configOf(database)) });
      await sql`
        insert into opsdeck_jobs.job_run (job, status, trigger, started_at, finished_at, duration_ms, runner, program_version, params)
        select 'uar', 'succeeded', 'manual', now() - make_interval(mins => n / 3), now(), 1, 'a:1', '1', '{}'
          from generate_series(1, 205) n`.execute(database.db);
      await sql`
        insert into opsdeck_jobs.action_log (at, actor, action, subject)
        select now() - make_interval(mins => n / 3), 'ana@example.org', 'job.pause', 'job:row' || n
          from generate_series(1, 150) n`.execute(database.db);
      await sql`
        insert into scheduled_communication (status, scheduled_date, target_type, target_id, channel, created_at)
        select 'pending', '2026-11-24', 'license', 1, 'email', '2026-11-24 09:00' from generate_series(1, 130)`.execute(
        database.db,
      );
      await sql`
        insert into uar_comparison (id, name, source_a_type, source_b_type, key_field_a, key_field_b, is_enabled)
        values (3, 'Payroll', 'Active Users', 'Active Users', 'email', 'email', false)`.execute(database.db);
      await sql`insert into uar_execution (id, comparison_id, status, started_at) values (5, 3, 'completed', '2026-11-19')`.execute(
        database.db,
      );
      await sql`
        insert into uar_finding (execution_id, finding_type, severity, status, first_seen_at)
        select 5, 'Left Only (A)', case n % 3 when 0 then 'low' when 1 then 'critical' end, 'open',
               case when n % 5 > 0 then timestamp '2026-11-19 09:00' end
          from generate_series(1, 120) n`.execute(database.db);
      const walked = async (path: string, row: RegExp) => {
        const found: string[] = [];
        const asked: string[] = [];
        let pages = 0;
        for (let query: string | undefined = ''; query !== undefined; pages += 1) {
          const response = await get(`${path}${query}`);
          const text = await response.text();
          expect([path, query, response.status, text.includes('First page')]).toEqual([
            ...[path, query, 200],
            pages > 0,
          ]);
          found.push(...[...text.matchAll(row)].map(([, key = '']) => key));
          const to = (words: string) =>
            new RegExp(`href="(\\?[^"]*)">${words}`).exec(text)?.[1]?.replaceAll('&amp;', '&');
          const back = to('Previous page');
          expect([path, back === undefined ? [] : [back === '?' ? '' : back]]).toEqual([
            path,
            asked.slice(-1),
          ]);
          asked.push(query);
          query = to('Next page');
        }
        return [pages, found.length, new Set(found).size];
      };
      expect(await walked('/runs', /href="\/runs\/(\w+)"/g)).toEqual([3, 205, 205]);
      expect(await walked('/jobs/uar', /href="\/runs\/(\w+)"/g)).toEqual([5, 205, 205]);
      expect(await walked('/decisions', /job:(row\d+)/g)).toEqual([2, 150, 150]);
      expect(await walked('/messages', /href="\/messages\/(\d+)"/g)).toEqual([2, 130, 130]);
      expect(await walked('/reviews', /href="\/reviews\/(\d+)"/g)).toEqual([3, 120, 120]);
      expect((await get('/runs?after=--json')).status).toBe(404);
      expect((await get('/runs?after=00000000')).status).toBe(404);
    });

    it('what is not there is 404 with the words of the command, and an id is never an option', async () => {
      const database = await harness.fresh();
      const { get } = await begin(database, { env: environmentFor(harness.configOf(database)) });
      const missing = await get('/runs/00000000-0000-4000-8000-000000000000');
      expect([missing.status, await missing.text()]).toEqual([404, expect.stringContaining('[unknown_run]')]);
      for (const path of ['/runs/--help', '/controls/%2D-format', '/messages/%00', '/jobs/%20x']) {
        expect([path, (await get(path)).status]).toEqual([path, 404]);
      }
    });
  });

  onPostgres((harness) => {
    it('take at most eight statements', async () => {
      const { database } = await company(harness);
      const config = harness.configOf(database);
      const counter = await startStatementCounter(config.kind === 'postgres' ? config.url : '');
      onTestFinished(() => counter.close());
      const counted = await openDatabase(
        { kind: 'postgres', url: counter.url },
        { applicationName: 'pages', waitMs: 0, storedTimezone: undefined },
      );
      onTestFinished(() => counted.close());
      const { get } = await begin(counted, { env: environmentFor(config) });
      await get('/runs');
      const taken: Array<readonly [string, number]> = [];
      for (const path of await pathsOf(database)) {
        counter.take();
        await get(path);
        taken.push([path, counter.take()]);
      }
      expect(taken.filter(([, count]) => count === 0 || count > 8)).toEqual([]);
    });

    it('a browser signs in with the token; programs send it as before', async () => {
      const database = await harness.fresh();
      const { base, get } = await begin(database, { env: environmentFor(harness.configOf(database)), token });
      const away = await get('/runs');
      expect([away.status, away.headers.get('location')]).toEqual([303, '/sign-in?to=%2Fruns']);
      expect((await get('/metrics')).status).toBe(401);
      expect((await get('/runs', { accept: 'application/json' })).status).toBe(401);
      expect((await get('/runs', { authorization: `Bearer ${token}` })).status).toBe(200);
      const send = (fields: Record<string, string>) =>
        fetch(`${base}/sign-in`, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });
      const wrong = await send({ token: 'not-the-token-at-all', to: '/runs' });
      expect([wrong.status, wrong.headers.get('set-cookie')]).toEqual([403, null]);
      const right = await send({ token, to: '/runs' });
      expect([right.status, right.headers.get('location')]).toEqual([303, '/runs']);
      const cookie = right.headers.get('set-cookie') ?? '';
      expect(cookie).toMatch(
        /^opsdeck_jobs_session=\d+\.[\w-]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/,
      );
      expect(cookie).not.toContain(token);
      const page = await get('/runs', { cookie: cookie.split(';')[0] ?? '' });
      expect([page.status, (await page.text()).includes('Sign out')]).toEqual([200, true]);
      for (const to of ['//evil.example', 'https://evil.example', '/\\evil.example'])
        expect((await send({ token, to })).headers.get('location')).toBe('/');
      for (let index = 0; index < 9; index += 1) await send({ token: `wrong-${index}-wrong-wrong`, to: '/' });
      const busy = await send({ token, to: '/' });
      expect([busy.status, await busy.text()]).toEqual([403, expect.stringContaining('Wait a minute')]);
    });

    it('a trusted proxy names who reads, beside the token; its header from elsewhere is refused', async () => {
      const database = await harness.fresh();
      const env = environmentFor(harness.configOf(database));
      const proxy = { userHeader: 'x-remote-user', trustedProxies: ['127.0.0.0/8'] };
      const { base, get, logged } = await begin(database, { env, token, proxy });
      const page = await get('/jobs?refresh=30', { 'X-Remote-User': 'ana@example.org' });
      const text = await page.text();
      expect([page.status, text.includes('Signed in as ana@example.org'), text.includes('Sign out')]).toEqual(
        [200, true, false],
      );
      expect(text).toContain('href="/runs?refresh=30"');
      expect(logged('pages.read')[0]).toMatchObject({
        'user.name': 'ana@example.org',
        'url.path': '/jobs',
      });
      const twice = request(`${base}/jobs`, {
        headers: ['Host', 'localhost', 'X-Remote-User', 'ana', 'x-remote-user', 'eva'],
      }).end();
      const [answer] = await once(twice, 'response');
      answer.resume();
      expect(answer.statusCode).toBe(403);
      expect((await get('/jobs', { 'X-Remote-User': '' })).status).toBe(403);
      expect((await get('/jobs')).headers.get('location')).toBe('/sign-in?to=%2Fjobs');
      expect((await get('/jobs', { authorization: `Bearer ${token}` })).status).toBe(200);
      const named = { 'X-Remote-User': 'ana' };
      expect([(await get('/metrics', named)).status, (await get('/health', named)).status]).toEqual([
        401, 200,
      ]);
      const elsewhere = await begin(database, { env, proxy: { ...proxy, trustedProxies: ['10.0.0.5'] } });
      expect((await elsewhere.get('/jobs', named)).status).toBe(403);
      expect((await elsewhere.get('/jobs')).status).toBe(403);
      expect((await elsewhere.get('/metrics', named)).status).toBe(200);
    });

    it('without a token they are those of this machine alone', async () => {
      const database = await harness.fresh();
      const { base } = await begin(database, { env: environmentFor(harness.configOf(database)) });
      const url = new URL(base);
      const asked = request({
        host: url.hostname,
        port: url.port,
        path: '/',
        headers: { host: 'evil.example' },
      }).end();
      const [response] = await once(asked, 'response');
      response.resume();
      expect(response.statusCode).toBe(421);
    });
  });
});

it('a session ends after twelve hours, and with another token', () => {
  let now = 1_800_000_000_000;
  const signIn = signInWith(token, () => now);
  const cookie = signIn.begin().split(';')[0];
  expect(signIn.isSignedIn(cookie)).toBe(true);
  expect(signIn.isSignedIn(`a=b; ${cookie}; c=d`)).toBe(true);
  expect(signInWith(`${token}2`, () => now).isSignedIn(cookie)).toBe(false);
  expect(signIn.isSignedIn(cookie?.replace(/=\d/, '=9'))).toBe(false);
  now += 12 * 3_600_000 - 1;
  expect(signIn.isSignedIn(cookie)).toBe(true);
  now += 1;
  expect(signIn.isSignedIn(cookie)).toBe(false);
});

it('wrong tokens count for a minute', () => {
  let now = 0;
  const signIn = signInWith(token, () => now);
  const judged = Array.from({ length: 11 }, () => signIn.judge('wrong'));
  expect([judged.filter((one) => one === 'wrong').length, judged.at(-1)]).toEqual([10, 'busy']);
  expect(signIn.judge(token)).toBe('busy');
  now += 60_001;
  expect(signIn.judge(token)).toBe('right');
});

it.each([
  ['certificate:12', true],
  ['A.5.1', true],
  ['Access review of \u00dcser', true],
  ['--json', false],
  ['-1', false],
  [' x', false],
  ['a\u0007b', false],
  ['', false],
  ['x'.repeat(201), false],
])('%j as an id: %s', (text, allowed) => {
  expect(readId(text) !== undefined).toBe(allowed);
});

describe.skipIf(!hasBrowser)('in Chromium (skipped where there is none)', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  onPostgres((harness) => {
    it('each page is good at 1200 and 320 px, light and dark, and is read by keyboard', async () => {
      const { database, env } = await company(harness);
      const { base } = await begin(database, { env });
      const views = [
        { viewport: { width: 1200, height: 900 }, colorScheme: 'light' },
        { viewport: { width: 320, height: 900 }, colorScheme: 'dark' },
      ] as const;
      const paths = await pathsOf(database);
      for (const view of views) {
        const page = await browser.newPage({ ...view, javaScriptEnabled: true, bypassCSP: true });
        const seen: string[] = [];
        page.on('console', (message) => seen.push(message.text()));
        page.on('request', (one) => {
          if (!one.url().startsWith(base)) seen.push(one.url());
        });
        for (const path of paths) {
          await page.goto(`${base}${path}`);
          const { width } = view.viewport;
          expect(await page.evaluate('document.documentElement.scrollWidth'), path).toBeLessThanOrEqual(
            width,
          );
          expect(await axeFindings(page), `${path}, ${view.colorScheme}`).toEqual([]);
        }
        expect(seen).toEqual([]);
        await page.close();
      }
      const page = await browser.newPage({ javaScriptEnabled: false });
      await page.goto(`${base}/`);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.waitForURL(`${base}/jobs`);
      await page.close();
    }, 120_000);
  });
});
