import { decisionEvent } from '../../decisions/decision-message.ts';
import { usage } from '../../errors/usage.ts';
import type { JobDefinition } from '../../job/define-job.ts';
import { failureEvent } from '../../job/failure-message.ts';
import type { EventDefinition } from '../../notify/notifier.ts';
import { recordHeadEvent } from '../../record/head-message.ts';
import { nearest } from '../../text/suggest.ts';

/** The events that messages of jobs belong to, each once. */
export function eventsOf(jobs: readonly JobDefinition[]): readonly EventDefinition[] {
  const all = [failureEvent, recordHeadEvent, decisionEvent, ...jobs.flatMap(({ events }) => events ?? [])];
  return [...new Map(all.map((event) => [event.code, event])).values()];
}

/** @throws OperatorError `unknown_event`, exit 2. */
export function findEvent(code: string, jobs: readonly JobDefinition[]): EventDefinition {
  const events = eventsOf(jobs);
  const found = events.find((event) => event.code === code.toUpperCase());
  if (found !== undefined) return found;
  const near = nearest(
    code,
    events.map((event) => event.code),
  );
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  throw usage(
    `No job has an event '${code}'${hint === '' ? '.' : hint}`,
    '`notifications list` shows the events.',
    'unknown_event',
  );
}
