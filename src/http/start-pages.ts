/*
 * The daemon's pages: /health, /ready and /metrics, for supervisors and monitoring. Off unless an address is given.
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
 * | a job is late or fails             | named in /health, which stays 200: starting the process again helps no job |
 *
 * Not promised: that what they say is newer than ten seconds.
 */
import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import type { ListenAddress } from '../config/config.ts';
import { OperatorError } from '../errors.ts';
import { ExitCode } from '../exit-code.ts';
import type { RunEnvironment } from '../job/run-environment.ts';
import { readMetrics } from '../metrics/read-metrics.ts';
import { metricsContentType, renderMetrics } from '../metrics/render-metrics.ts';
import type { LoopStatus } from '../scheduler/loop-status.ts';
import { version } from '../version.ts';
import { type PageEnv, requireToken } from './access.ts';
import { judgeLoop, judgeReady } from './health.ts';
import { readJobProblems } from './job-problems.ts';
import { formatListenAddress, listenFailed, resolveListenAddress } from './listen-address.ts';
import { sharedRead } from './shared-read.ts';

export interface PagesOptions
  extends Pick<RunEnvironment, 'database' | 'config' | 'zones' | 'logger' | 'secrets' | 'definitions'> {
  readonly listen: ListenAddress;
  /** Needed for an address that others can reach. */
  readonly token: string | undefined;
  readonly status: LoopStatus;
}

export interface Pages {
  /** Where they are, with the port that was chosen. */
  readonly address: ListenAddress;
  /** Answers what was asked, and leaves nothing open. */
  close(): Promise<void>;
}

/** Nobody who asks needs longer than this. */
const limits = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 8_192,
} as const;
const mostConnections = 64;

/** How long a closing server waits for answers that are being written. */
const closeGraceMs = 1_000;

/**
 * Serves the pages.
 *
 * @throws OperatorError `listen_needs_token`, `listen_failed` (exit 2).
 */
export async function startPages(options: PagesOptions): Promise<Pages> {
  const wanted = await resolveListenAddress(options.listen, options.token);
  const server = createServer(
    limits,
    getRequestListener(buildPages(options).fetch, { overrideGlobalObjects: false }),
  );
  server.maxConnections = mostConnections;
  const address = await listen(server, wanted);
  // Such as too many open files while a connection comes in: the pages suffer, the daemon does not.
  server.on('error', (error) => {
    options.logger.warn(
      { 'event.action': 'pages.failed', 'event.outcome': 'failure', err: error },
      error.message,
    );
  });
  options.logger.info(
    { 'event.action': 'pages.listening', 'url.full': `http://${formatListenAddress(address)}/` },
    `serving /health, /ready and /metrics on http://${formatListenAddress(address)}`,
  );
  return { address, close: () => close(server) };
}

function buildPages(options: PagesOptions): Hono<PageEnv> {
  const { status, logger, secrets } = options;
  const openedAt = performance.now();
  const told = failureLog(options);
  const problems = sharedRead(() => told('jobs', readJobProblems(options)), {
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
      jobs: read?.kind === 'read' ? read.value : null,
      databaseFailed: read?.kind === 'failed' && isAway(read.error),
    });
  }

  pages.use(async (context, next) => {
    await next();
    context.header('Cache-Control', 'no-store');
    context.header('X-Content-Type-Options', 'nosniff');
  });
  pages.use(requireToken(options.token));
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
    return context.text('The page failed; the log says why.\n', 500);
  });
  return pages;
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

const reasons: Readonly<Record<string, readonly [reason: string, next: string]>> = {
  EADDRINUSE: [
    'another program listens there already',
    'Give --listen another port, or stop the other program.',
  ],
  EADDRNOTAVAIL: ['this machine has no such address', 'Give --listen an address of this machine.'],
  EACCES: ['this user may not use that port', 'Give --listen a port from 1024 up.'],
};

function listen(server: Server, wanted: ListenAddress): Promise<ListenAddress> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      const [reason, next] = reasons[error.code ?? ''] ?? [error.message, 'Give --listen another address.'];
      reject(listenFailed(wanted, reason, next));
    };
    server.once('error', onError);
    server.listen({ host: wanted.host, port: wanted.port, exclusive: true }, () => {
      server.off('error', onError);
      const bound = server.address();
      resolve(
        typeof bound === 'object' && bound !== null ? { host: bound.address, port: bound.port } : wanted,
      );
    });
  });
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), closeGraceMs);
  await closed;
  clearTimeout(timer);
}
