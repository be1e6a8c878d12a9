/** Why a process, or a command, is being stopped. */
export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** The reason of an abort signal that was aborted with a {@link StopSignal}. */
export function stopSignalOf(stop: AbortSignal): StopSignal {
  return stop.reason === 'SIGTERM' || stop.reason === 'SIGHUP' ? stop.reason : 'SIGINT';
}
