import type { Logger } from 'pino';
import type { FiringDecision } from '../schedule/decide-firing.ts';
import { count } from '../text/count.ts';
import type { ClaimResult } from './claim-firing.ts';

/** A decision not to run is logged with its reason; one that came to nothing, because others decided, is not. */
export function logDecision(
  logger: Logger,
  job: string,
  decision: FiringDecision,
  result: ClaimResult,
): void {
  const fields = { 'labels.job': job };
  if (result === 'overlap') {
    logger.info(
      { ...fields, 'event.action': 'job.skipped', 'event.reason': 'overlap' },
      `${job} skipped: the last run is still going`,
    );
  }
  if (result === 'recorded' && decision.kind === 'skip') {
    logger.info(
      { ...fields, 'event.action': 'job.skipped', 'event.reason': decision.reason },
      `${job} skipped: it is ${decision.reason}`,
    );
  }
  const missed =
    decision.kind === 'run' ? decision.missed : decision.kind === 'miss' ? decision.firings : null;
  if (missed !== null && result !== 'outdated' && result !== 'lapsed' && result !== 'decided') {
    logger.info(
      { ...fields, 'event.action': 'job.missed', 'labels.count': missed.count },
      `${job} missed ${count(missed.count, 'scheduled run')} from ${missed.from.toISOString()} to ${missed.to.toISOString()}`,
    );
  }
}

/** The newest decided firing lies ahead: nothing fires until it is reached. */
export function clockBehindWords(job: string, last: Date, now: Date): string {
  return (
    `${job} was last decided for ${last.toISOString()}, but it is only ${now.toISOString()}: the clock was set back. ` +
    `It fires again after that instant; \`disable ${job}\` and \`enable ${job}\` start its schedule from now.`
  );
}
