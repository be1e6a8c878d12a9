/*
 * What systemd receives about the daemon: that it is ready, that it stops, and, for the watchdog, that its loop goes round.
 *
 * Model: messages go to NOTIFY_SOCKET through `systemd-notify`, which comes with systemd. It is a datagram socket, which
 * Node.js cannot open; the libraries that could are native ones that are no longer kept or do not install everywhere. The
 * messages so come from a child process: the unit needs `NotifyAccess=all`. systemd-notify returns once they were read, so
 * none is lost because its sender is gone already.
 * Clock: the process's.
 *
 * | what happens                          | what follows                                             |
 * | no NOTIFY_SOCKET                      | nothing is sent, nothing is started                      |
 * | systemd-notify is missing or fails    | one warning until it works again; systemd judges by its own time limits |
 * | the loop does not go round            | no beat: systemd starts the service again after WatchdogSec |
 */
import { execFile } from 'node:child_process';
import { pid } from 'node:process';
import { promisify } from 'node:util';
import type { Logger } from 'pino';

type Environment = Readonly<Record<string, string | undefined>>;

/** Tells systemd; nothing of it throws. Messages arrive in the order of the calls. */
export interface ServiceNotifier {
  /** READY=1, and what the service is doing, for `systemctl status`. */
  ready(status: string): Promise<void>;
  /** STATUS=. */
  status(status: string): Promise<void>;
  /** STOPPING=1. */
  stopping(): Promise<void>;
  /** Beats now and twice in each period of the watchdog, while `alive` says so; nothing where the unit has no watchdog. */
  watch(alive: () => boolean): void;
  /** No more beats; resolves when everything was sent. */
  stop(): Promise<void>;
}

const run = promisify(execFile);
const toldWithinMs = 10_000;

/** @param env needs NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID and PATH, as systemd sets them. */
export function createServiceNotifier(env: Environment, logger: Logger): ServiceNotifier {
  let told: Promise<void> = Promise.resolve();
  let warned = false;
  let beats: NodeJS.Timeout | undefined;
  let beating = false;

  async function send(message: readonly string[]): Promise<void> {
    const { NOTIFY_SOCKET: socket, PATH: path } = env;
    if (socket === undefined || socket === '') return;
    try {
      // Nothing else of the environment: it holds secrets.
      await run('systemd-notify', [...message], {
        env: { NOTIFY_SOCKET: socket, PATH: path },
        timeout: toldWithinMs,
      });
      warned = false;
    } catch (error) {
      if (warned) return;
      warned = true;
      logger.warn(
        { 'event.action': 'service.notify', 'event.outcome': 'failure', err: error },
        'systemd does not learn the state of the service: systemd-notify failed',
      );
    }
  }

  function tell(...message: readonly string[]): Promise<void> {
    told = told.then(() => send(message));
    return told;
  }

  return {
    ready: (status) => tell('--ready', `--status=${oneLine(status)}`),
    status: (status) => tell(`--status=${oneLine(status)}`),
    stopping: () => tell('STOPPING=1', '--status=stopping'),
    watch: (alive) => {
      const everyMs = beatEveryMs(env);
      if (everyMs === undefined || beats !== undefined) return;
      const beat = async () => {
        // One that waits behind slow ones would tell of a loop as it was then.
        if (beating || !alive()) return;
        beating = true;
        await tell('WATCHDOG=1');
        beating = false;
      };
      void beat();
      beats = setInterval(() => void beat(), everyMs).unref();
    },
    stop: () => {
      clearInterval(beats);
      beats = undefined;
      return told;
    },
  };
}

/** Half the watchdog's period; undefined: it watches another process, or none. */
function beatEveryMs({ NOTIFY_SOCKET: socket, WATCHDOG_USEC: period, WATCHDOG_PID: watched }: Environment) {
  if (socket === undefined || (watched !== undefined && watched !== '' && watched !== String(pid)))
    return undefined;
  const microseconds = /^\d+$/.test(period ?? '') ? Number(period) : 0;
  return microseconds > 0 ? Math.max(1, Math.floor(microseconds / 2000)) : undefined;
}

/** A message is a line. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
