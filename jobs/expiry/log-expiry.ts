import type { Logger } from 'pino';
import type { ExpiryResult } from './result.ts';

/** A line for each of so many; one more says how many there are. */
const logged = 20;

/** As errors what no recipient existed for; as warnings what could not be judged as it is recorded, and why less was queued. */
export function logExpiry(logger: Logger, result: ExpiryResult): void {
  for (const item of result.without_recipient.slice(0, logged)) {
    logger.error(
      {
        'event.action': 'expiry.no_recipient',
        'event.outcome': 'failure',
        'labels.item': `${item.kind}:${item.id}`,
      },
      `${item.kind} ${item.id} (${item.name}), ${item.expires_on}: there is no recipient for its alert`,
    );
  }
  for (const { kind, id, name, problem } of result.problems.slice(0, logged)) {
    logger.warn(
      { 'event.action': 'expiry.problem', 'labels.item': `${kind}:${id}` },
      `${kind} ${id} (${name}): ${problem}`,
    );
  }
  if (result.problem_count > logged) {
    logger.warn(
      { 'event.action': 'expiry.problem', 'labels.items': result.problem_count },
      `${result.problem_count} problems with what is recorded; the first ${logged} are named above`,
    );
  }
  for (const note of result.notes) logger.warn({ 'event.action': 'expiry.note' }, note);
}
