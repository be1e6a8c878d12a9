/*
 * Pings to a dead man's switch, healthchecks style: `URL/start` when a run starts, `URL` when it succeeds, `URL/fail` when it
 * does not. The server raises the alarm when a ping stays away.
 *
 * Model: a ping goes out beside the run, which never waits for it. The end of a run follows its start, also when the start
 * takes long. Two attempts each; then one warning a run, and the run is what it was.
 * Clock: the process's.
 *
 * | what happens                     | what follows                                                     |
 * | no answer within 5 s, or 5xx     | one more attempt                                                 |
 * | 3xx, 4xx                         | no more attempt: the address is wrong                            |
 * | a run ends while its start hangs | the start has two more seconds, then the end is sent             |
 * | the process ends                 | it waits for pings only as long as `flush` says                  |
 *
 * Not promised: that a ping arrives. Its absence is what raises the alarm. Addresses are secrets: no log has them.
 */
import type { Logger } from 'pino';
import type { HttpProxies } from '../net/http-proxies.ts';
import { type PingKind, pingAddress } from './ping-address.ts';
import type { PingConnections } from './ping-request.ts';

/** A run of a job that has a ping address. */
export interface PingedRun {
  readonly job: string;
  readonly runId: string;
  /** `http` or `https`; a secret. */
  readonly url: string;
  /** As they are configured when the run starts. */
  readonly proxies: HttpProxies;
}

/** Sends pings; nothing of it throws or delays. */
export interface Pinger {
  started(run: PingedRun): void;
  /** `text`: a status and a sentence for the server's log; `log`: the last records of the run, oldest first. Without secrets. */
  ended(run: PingedRun, ok: boolean, text: string, log: readonly string[]): void;
  /** Waits for what was sent, at most so long, then ends the rest and leaves no socket. It may be used again. */
  flush(maxMs: number): Promise<void>;
}

const answerWithinMs = 5_000;
const startGraceMs = 2_000;
const longestText = 1_000;
/** What healthchecks keeps of a ping in its older versions. */
const longestBody = 10_000;

interface Start {
  /** True: it arrived. */
  readonly arrived: Promise<boolean>;
  /** Aborted: the end waits. */
  readonly hurry: AbortController;
}

interface Ping {
  readonly run: PingedRun;
  readonly kind: PingKind;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
}

export function createPinger({ logger }: { readonly logger: Logger }): Pinger {
  const starts = new Map<string, Start>();
  const going = new Set<Promise<unknown>>();
  /** More than one after a daemon has read its configuration again. */
  const connections = new Map<HttpProxies, Promise<PingConnections>>();
  let ending = new AbortController();

  function connectionsFor(proxies: HttpProxies): Promise<PingConnections> {
    const opened =
      connections.get(proxies) ??
      import('./ping-request.ts').then(({ openPingConnections }) => openPingConnections(proxies));
    connections.set(proxies, opened);
    return opened;
  }

  /** The reason why it did not arrive; null: it did. */
  async function attempt({ run, kind, body, signal }: Ping): Promise<string | null> {
    const opened = await connectionsFor(run.proxies);
    const address = pingAddress(run.url, kind, run.runId);
    const limit = limitOf([signal, ending.signal], answerWithinMs);
    try {
      const status = await opened.send(address, body, limit.signal);
      return status >= 200 && status < 300 ? null : `it answered ${status}`;
    } catch (error) {
      if (limit.signal.aborted) return 'it did not answer in time';
      const detail = error instanceof Error ? opened.faultOf(error, address) : undefined;
      return `the request failed${detail === undefined ? '' : ` (${detail})`}`;
    } finally {
      limit.dispose();
    }
  }

  async function arrives(ping: Ping): Promise<boolean> {
    let reason = await attempt(ping);
    const hopeless = () =>
      ping.signal.aborted || ending.signal.aborted || /^it answered [34]/.test(reason ?? '');
    if (reason !== null && !hopeless()) reason = await attempt(ping);
    if (reason === null) return true;
    const { job, runId } = ping.run;
    const fields = { 'labels.job': job, 'labels.run_id': runId, 'labels.ping': ping.kind };
    const start = starts.get(runId);
    // One warning a run: an end whose start has failed already says nothing new.
    const told = ping.kind !== 'start' && start !== undefined && !(await start.arrived);
    logger[told ? 'debug' : 'warn'](
      { ...fields, 'event.action': 'ping.failed', 'event.outcome': 'failure' },
      `the ping of ${job} (${ping.kind}) did not arrive: ${reason}`,
    );
    return false;
  }

  function keep(work: Promise<unknown>): void {
    going.add(work);
    void work.finally(() => going.delete(work));
  }

  async function end(run: PingedRun, ok: boolean, body: string): Promise<void> {
    const start = starts.get(run.runId);
    const timer = setTimeout(() => start?.hurry.abort(), startGraceMs);
    await start?.arrived;
    clearTimeout(timer);
    await arrives({ run, kind: ok ? 'success' : 'fail', body, signal: ending.signal });
    starts.delete(run.runId);
  }

  return {
    started: (run) => {
      const hurry = new AbortController();
      const arrived = arrives({ run, kind: 'start', body: undefined, signal: hurry.signal });
      starts.set(run.runId, { arrived, hurry });
      keep(arrived);
    },
    ended: (run, ok, text, log) => keep(end(run, ok, bodyOf(text, log))),
    flush: async (maxMs) => {
      const timer = setTimeout(() => ending.abort(), maxMs);
      while (going.size > 0) await Promise.all(going);
      clearTimeout(timer);
      ending = new AbortController();
      const opened = [...connections.values()];
      connections.clear();
      await Promise.all(opened.map(async (one) => (await one).destroy()));
    },
  };
}

/** The text, and under it as many of the newest records as there is room for. */
function bodyOf(text: string, log: readonly string[]): string {
  let body = text.slice(0, longestText);
  const lines: string[] = [];
  let room = longestBody - Buffer.byteLength(body) - 2;
  for (const line of log.toReversed()) {
    room -= Buffer.byteLength(line) + 1;
    if (room < 0) break;
    lines.unshift(line);
  }
  if (lines.length > 0) body = `${body}\n\n${lines.join('\n')}`;
  return body;
}

/** Aborted with the first of the signals, and after so long; it leaves nothing behind on signals that live on. */
function limitOf(
  signals: readonly AbortSignal[],
  milliseconds: number,
): { readonly signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = setTimeout(abort, milliseconds);
  for (const signal of signals) signal.addEventListener('abort', abort);
  if (signals.some(({ aborted }) => aborted)) abort();
  return {
    signal: controller.signal,
    dispose: () => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', abort);
    },
  };
}
