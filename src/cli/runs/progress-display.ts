import type { SingleBar } from 'cli-progress';
import type { Logger } from 'pino';
import type { Progress } from '../../job/run-environment.ts';
import type { Io } from '../io.ts';
import { writeLine } from '../render/line.ts';

/** Shows how far a job is; `end` leaves the terminal as it was. */
export interface ProgressDisplay {
  show(progress: Progress): void;
  end(): void;
}

/** Where there is no terminal: a line so often, and none before the first interval is over. */
const lineEveryMs = 5000;

/** A bar on a terminal, a line every few seconds elsewhere, nothing when quiet; the log has the lines in any case. */
export async function openProgressDisplay(io: Io, logger: Logger, quiet: boolean): Promise<ProgressDisplay> {
  const bar = quiet || !io.stderrIsTerminal ? undefined : await openBar(io);
  const line = lineDisplay(quiet || bar !== undefined ? undefined : io, logger);
  return {
    show: (progress) => {
      bar?.show(progress);
      line.show(progress);
    },
    end: () => bar?.end(),
  };
}

async function openBar(io: Io): Promise<ProgressDisplay> {
  // CommonJS: in the bundle its exports are there as the default only.
  const { default: cliProgress } = await import('cli-progress');
  const bar: SingleBar = new cliProgress.SingleBar({
    format: '{stage} [{bar}] {percentage}% {value}/{total}',
    stream: io.stderr,
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
    gracefulExit: false,
    fps: 10,
  });
  let started = false;
  return {
    show: ({ stage, done, total }) => {
      if (!started) {
        started = true;
        bar.start(total ?? 0, done, { stage });
        return;
      }
      if (total !== undefined) bar.setTotal(total);
      bar.update(done, { stage });
    },
    end: () => {
      if (started) bar.stop();
    },
  };
}

function lineDisplay(io: Io | undefined, logger: Logger): Pick<ProgressDisplay, 'show'> {
  let saidAt = performance.now();
  return {
    show: ({ job, stage, done, total }) => {
      if (performance.now() - saidAt < lineEveryMs) return;
      saidAt = performance.now();
      const share = total === undefined || total === 0 ? '' : ` (${Math.floor((done / total) * 100)}%)`;
      const text = `${job}: ${stage} ${done}${total === undefined ? '' : ` of ${total}`}${share}`;
      logger.info(
        { 'event.action': 'job.progress', 'labels.job': job, 'labels.stage': stage, 'labels.done': done },
        text,
      );
      if (io !== undefined) writeLine(io.stderr, text);
    },
  };
}
