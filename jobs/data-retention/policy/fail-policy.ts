import type { JobContext } from '../../../src/job/context.ts';
import { failureOf, type PolicyResult } from '../result.ts';

/** Records in a policy's result why it did not end as it should, and logs it. */
export function failPolicy(
  { logger, scrub }: Pick<JobContext<unknown, unknown>, 'logger' | 'scrub'>,
  result: PolicyResult,
  error: unknown,
): void {
  const clean = scrub?.(error) ?? error;
  result.failed = failureOf(clean);
  logger.error(
    {
      'event.action': 'retention.policy_failed',
      'event.outcome': 'failure',
      'labels.policy': result.policy,
      'labels.table': result.table,
      'labels.taken': result.taken,
      err: clean,
    },
    `${result.policy} failed: ${result.failed.message}`,
  );
}
