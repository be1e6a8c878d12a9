import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Logger } from 'pino';

const lookEveryMs = 1000;
const resolutionMs = 100;
/** A process that does nothing else for so long is late with everything. */
const tellFromMs = 1000;

/**
 * Logs when this process stood still: a job did not pause in its work, or the machine was asleep. `running` are the jobs that run
 * in it now.
 */
export function watchDelay(logger: Logger, running: () => ReadonlySet<string>): { stop(): void } {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  let before = running();
  const look = () => {
    const now = running();
    // One that has just ended may be the one.
    const jobs = [...new Set([...before, ...now])].sort();
    before = now;
    const longestMs = delays.max / 1e6;
    if (longestMs < tellFromMs) return;
    // Not at each look: what is under way at a reset is not counted.
    delays.reset();
    const seconds = (longestMs / 1000).toFixed(1);
    logger.warn(
      {
        'event.action': 'daemon.stood_still',
        'event.duration': Math.round(longestMs * 1e6),
        'labels.jobs': jobs,
      },
      jobs.length === 0
        ? `the daemon did nothing for ${seconds} s while no job ran`
        : `the daemon did nothing for ${seconds} s while these jobs ran: ${jobs.join(', ')}`,
    );
  };
  const timer = setInterval(look, lookEveryMs).unref();
  return {
    stop: () => {
      clearInterval(timer);
      delays.disable();
    },
  };
}
