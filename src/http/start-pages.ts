/*
 * The daemon's pages: /health, /ready and /metrics, for supervisors and monitoring, and those for people (site/site.ts). Off unless an
 * address is given.
 *
 * Model: a page says what the process knows of itself, and what the database tells within a time limit. What it reads is
 * shared by all callers and kept for some seconds: however often a page is asked for, the database is asked once, and a
 * database that hangs is asked once and not again.
 * Clock: ages are the process's monotonic timer; what is due is business time.
 *
 * | what happens                       | what the pages say                                                     |
 * | the loop has not ticked for a minute | /health 503, `stalled`                                               |
 * | the database is away               | /health 503, `disconnected`; /metrics without what only it knows       |
 * | the database hangs                 | the same as before, without the jobs, after two seconds                |
 * | the process is stopping            | /ready 503; /health as before, until the pages close                   |
 * | asked under another's name         | 421: a foreign page in this machine's browser learns nothing           |
 * | a job is late or fails             | named in /health, which stays 200: starting the process again helps no job |
 *
 * Not promised: that what they say is newer than ten seconds.
 */
import { Hono } from 'hono';
import type { ListenAddress } from '../config/config.ts';
import { ExitCode } from '../errors/exit-code.ts';
import { OperatorError } from '../errors/operator-error.ts';
import type { RunEnvironment } from '../job/run-environment.ts';
import { readMetrics } from '../metrics/read-metrics.ts';
import { metricsContentType, renderMetrics } from '../metrics/render-metrics.ts';
import type { LoopStatus } from '../scheduler/loop-status.ts';
import { version } from '../service/version.ts';
import { systemClock } from '../time/clock.ts';
import { guardPages, type PageEnv } from './access.ts';
import { judgeLoop, judgeReady } from './health.ts';
import { formatListenAddress, resolveListenAddress } from './listen-address.ts';
import { openPageServer, type PageServer } from './page-server.ts';
import { readDetails } from './read-details.ts';
import { sharedRead } from './shared-read.ts';
import { signInWith } from './site/sign-in.ts';
import { addPlaces, addSignIn, type SiteOptions, toSignIn } from './site/site.ts';

export interface PagesOptions
  extends Pick<
    RunEnvironment,
    'database' | 'config' | 'zones' | 'logger' | 'secrets' | 'jobs' | 'definitions'
  > {
  readonly listen: ListenAddress;
  /** Needed for an address that others can reach. */
  readonly token: string | undefined;
  readonly status: LoopStatus;
  /** The pages for people; undefined: there are none. */
  readonly site?: Pick<SiteOptions, 'places' | 'run'> | undefined;
}

/**
 * Serves the pages.
 *
 * @throws OperatorError `listen_needs_token`, `listen_failed` (exit 2).
 */
export async function startPages(options: PagesOptions): Promise<PageServer> {
  const wanted = await resolveListenAddress(options.listen, options.token);
  const server = await openPageServer(buildPages(options).fetch, wanted, (error) => {
    options.logger.warn(
      { 'event.action': 'pages.failed', 'event.outcome': 'failure', err: error },
      error.message,
    );
  });
  const { address } = server;
  options.logger.info(
    { 'event.action': 'pages.listening', 'url.full': `http://${formatListenAddress(address)}/` },
    `serving pages, /health, /ready and /metrics on http://${formatListenAddress(address)}`,
  );
  return server;
}

function buildPages(options: PagesOptions): Hono<PageEnv> {
  const { status, logger, secrets } = options;
  const openedAt = performance.now();
  const told = failureLog(options);
  const problems = sharedRead(() => told('jobs', readDetails(options)), {
    keepMs: 5_000,
    limitMs: 2_000,
  });
  const metrics = sharedRead(() => told('metrics', readMetrics(options.database.control, options)), {
    keepMs: 10_000,
    limitMs: 5_000,
  });
  const pages = new Hono<PageEnv>();

  async function health() {
    // Where the loop knows that the database is away there is nothing to wait for.
    const read = status.database().reachable ? await problems() : undefined;
    return judgeLoop(status, {
      upMs: performance.now() - openedAt,
      jobs: read?.kind === 'read' ? read.value.jobs : null,
      channels: read?.kind === 'read' ? read.value.channels : null,
      databaseFailed: read?.kind === 'failed' && isAway(read.error),
    });
  }

  pages.use(async (context, next) => {
    await next();
    context.header('Cache-Control', 'no-store');
    context.header('X-Content-Type-Options', 'nosniff');
  });
  const site = siteOf(options);
  if (site !== undefined) addSignIn(pages, site);
  const browsers = site?.signIn === undefined ? undefined : { signIn: site.signIn, toSignIn };
  const proxy = options.config.pagesProxy;
  pages.use(guardPages(options.token, options.listen.host, { browsers, proxy }));
  pages.use(async (context, next) => {
    await next();
    const reader = context.get('reader');
    if (reader !== undefined) logRead(logger, reader, context.req.path, context.res.status);
  });
  if (site !== undefined) addPlaces(pages, site);
  pages.get('/health', async (context) => {
    const document = await health();
    return context.json(document, document.status === 'healthy' ? 200 : 503);
  });
  pages.get('/ready', async (context) => {
    const document = judgeReady(await health());
    return context.json(document, document.status === 'ready' ? 200 : 503);
  });
  pages.get('/metrics', async (context) => {
    const read = await metrics();
    const text = await renderMetrics({ snapshot: read.kind === 'read' ? read.value : null, loop: status });
    return context.body(text, 200, { 'Content-Type': metricsContentType });
  });
  pages.notFound((context) => context.text(`opsdeck-jobs ${version}: /health, /ready, /metrics\n`, 404));
  pages.onError((thrown, context) => {
    const error = secrets.scrubError(thrown);
    logger.error(
      {
        'event.action': 'pages.failed',
        'event.outcome': 'failure',
        'url.path': context.req.path,
        err: error,
      },
      `the page ${context.req.path} failed: ${error.message}`,
    );
    return context.text('The page failed; the log has the reason.\n', 500);
  });
  return pages;
}

function siteOf({ site, token, database, zones }: PagesOptions): SiteOptions | undefined {
  if (site === undefined) return undefined;
  return {
    ...site,
    // A session is about the clock of this machine, which also ends it while the database is away.
    signIn: token === undefined ? undefined : signInWith(token, () => systemClock.now().getTime()),
    frame: () => ({
      database: database.label,
      zone: zones.business,
      now: database.clock.now(),
      version,
    }),
  };
}

function logRead(logger: PagesOptions['logger'], reader: string, path: string, status: number): void {
  logger.info(
    {
      'event.action': 'pages.read',
      'user.name': reader,
      'url.path': path,
      'http.response.status_code': status,
    },
    `${reader} read the page ${path}`,
  );
}

/** Logs why a page cannot read the database, once until it can again: the loop tells of its absence in its own way. */
function failureLog({ logger, secrets }: PagesOptions): <T>(what: string, read: Promise<T>) => Promise<T> {
  const failing = new Set<string>();
  return async (what, read) => {
    try {
      const value = await read;
      failing.delete(what);
      return value;
    } catch (thrown) {
      const error = secrets.scrubError(thrown);
      if (!failing.has(what)) {
        logger.warn(
          {
            'event.action': 'pages.read_failed',
            'event.outcome': 'failure',
            'labels.read': what,
            err: error,
          },
          `the pages cannot read the ${what}: ${error.message}`,
        );
      }
      failing.add(what);
      throw error;
    }
  };
}

function isAway(error: unknown): boolean {
  return error instanceof OperatorError && error.exitCode === ExitCode.unavailable;
}
