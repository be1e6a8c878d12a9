import { ExitCode } from '../errors/exit-code.ts';
import { OperatorError, type OperatorErrorOptions } from '../errors/operator-error.ts';
import { type StopSignal, stopSignalOf } from '../service/stop-signal.ts';
import { formatDuration } from '../time/duration.ts';
import { type CancelRequest, cancelledCode } from './cancel-run.ts';
import { RunLostError } from './fenced-transaction.ts';

/** Why a run is asked to stop; the reason of its abort signal. */
export class RunStoppedError extends OperatorError {
  readonly status: 'timed_out' | 'interrupted';

  constructor(
    status: 'timed_out' | 'interrupted',
    options: Pick<OperatorErrorOptions, 'message' | 'next' | 'exitCode'> & { readonly code?: string },
  ) {
    super({ code: status, ...options });
    this.status = status;
  }
}

/** What may end a run before its job does. */
export interface RunLimits {
  /** Aborted with a {@link RunStoppedError} or a {@link RunLostError}. */
  readonly signal: AbortSignal;
  /** The run belongs to somebody else now. */
  lose(): void;
  /** Somebody asked that it ends. */
  cancel(request: CancelRequest): void;
  /** No timer and no listener is left behind. */
  dispose(): void;
}

/** The longest timer that Node has; longer limits never come. */
const longestTimerMs = 2 ** 31 - 1;

/** Starts the time limit and listens for Ctrl-C and SIGTERM. */
export function startLimits(timeoutMs: number, stop: AbortSignal): RunLimits {
  const controller = new AbortController();
  const onStop = () => controller.abort(interrupted(stopSignalOf(stop)));
  const timer =
    timeoutMs > longestTimerMs
      ? undefined
      : setTimeout(() => controller.abort(timedOut(timeoutMs)), timeoutMs);
  if (stop.aborted) onStop();
  else stop.addEventListener('abort', onStop, { once: true });
  return {
    signal: controller.signal,
    lose: () => controller.abort(new RunLostError()),
    cancel: (request) => controller.abort(cancelled(request)),
    dispose: () => {
      clearTimeout(timer);
      stop.removeEventListener('abort', onStop);
    },
  };
}

function cancelled({ by, reason }: CancelRequest): RunStoppedError {
  return new RunStoppedError('interrupted', {
    code: cancelledCode,
    message: `The run was cancelled by ${by}${reason === null ? '.' : `: ${reason}`}`,
    next: 'Run it again with `runs retry ID` when it may run; nothing half-written was left behind.',
    exitCode: ExitCode.sigterm,
  });
}

function timedOut(timeoutMs: number): RunStoppedError {
  return new RunStoppedError('timed_out', {
    message: `The job ran into its time limit of ${formatDuration(timeoutMs)}.`,
    next: 'Give more time with --timeout, or with `timeout` of the job in the configuration file.',
    exitCode: ExitCode.timedOut,
  });
}

function interrupted(signal: StopSignal): RunStoppedError {
  return new RunStoppedError('interrupted', {
    message: `The run was interrupted by ${signal}.`,
    next: 'Run it again; nothing half-written was left behind.',
    exitCode: signal === 'SIGINT' ? ExitCode.sigint : ExitCode.sigterm,
  });
}
