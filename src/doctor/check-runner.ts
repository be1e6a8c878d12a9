import { setTimeout as sleep } from 'node:timers/promises';
import { OperatorError } from '../errors/operator-error.ts';
import { type CheckedSubject, type Finding, problem } from './finding.ts';

/** A look at one thing that takes a while; its findings, or why there is nothing to look at. */
export interface SlowCheck {
  readonly subject: string;
  run(signal: AbortSignal): Promise<readonly Finding[] | { readonly skipped: string }>;
}

/** Each check has so long. */
const limitMs = 5000;

/** All at once. A check that fails, or does not end in time, is a finding of its own. Never rejects. */
export function runSlowChecks(
  checks: readonly SlowCheck[],
  stop: AbortSignal,
): Promise<readonly CheckedSubject[]> {
  return Promise.all(checks.map((check) => runSlowCheck(check, stop)));
}

async function runSlowCheck({ subject, run }: SlowCheck, stop: AbortSignal): Promise<CheckedSubject> {
  const done = new AbortController();
  const signal = AbortSignal.any([stop, done.signal]);
  const late = sleep(limitMs, 'late' as const, { signal }).catch(() => 'late' as const);
  try {
    const answer = await Promise.race([run(signal), late]);
    if (answer === 'late') {
      const findings = [
        problem(`There was no answer within ${limitMs / 1000} seconds.`, 'Check the way to it.'),
      ];
      return { subject, findings };
    }
    return 'skipped' in answer
      ? { subject, findings: [], skipped: answer.skipped }
      : { subject, findings: answer };
  } catch (error) {
    return { subject, findings: [failed(error)] };
  } finally {
    done.abort();
  }
}

/** What kept a check from its end, without a stack. */
export function failed(error: unknown): Finding {
  if (error instanceof OperatorError) return problem(error.message, error.next ?? null);
  return problem(`It could not be checked: ${error instanceof Error ? error.message : String(error)}`, null);
}
