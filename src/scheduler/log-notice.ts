import type { Logger } from 'pino';
import type { BoardNotice } from './board.ts';

/** What the board noticed about a job: a warning where somebody must act. */
export function logNotice(logger: Logger, { action, job, message }: BoardNotice): void {
  const level = action === 'job.unavailable' || action === 'job.clock_behind' ? 'warn' : 'info';
  logger[level]({ 'event.action': action, 'labels.job': job }, message);
}
