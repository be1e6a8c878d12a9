import type { Logger } from 'pino';
import type { PolicyResult } from '../result.ts';

/** One line a policy: what was decided, and how many rows were taken. */
export function logPolicy(logger: Logger, one: PolicyResult): void {
  const waits = one.waits_for !== null;
  logger[waits ? 'warn' : 'info'](
    {
      'event.action': waits ? 'retention.waiting' : 'retention.policy_done',
      'event.outcome': waits ? 'unknown' : 'success',
      ...(waits ? { 'event.reason': one.waits_for } : {}),
      'labels.policy': one.policy,
      'labels.table': one.table,
      'labels.due': one.due,
      'labels.taken': one.taken,
    },
    waits
      ? `${one.policy}: ${one.due} of ${one.total} rows are due; nothing is deleted until that is accepted`
      : `${one.policy}: ${one.taken} of ${one.due} due rows were taken`,
  );
}
