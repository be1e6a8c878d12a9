import type { SendingStop } from '../../notify/outbox/sending.ts';
import { wallClock } from '../../time/human-time.ts';

/** That sending is stopped, as a sentence. */
export function stopWords({ at, by, reason }: SendingStop, zone: string): string {
  const why = reason === null ? '' : `: ${reason}`;
  return `Sending is stopped since ${wallClock(at, zone)} by ${by}${why}.`;
}

/** The field `sending_stopped` of documents; null: it is not. */
export function stopDocument(stop: SendingStop | null): Readonly<Record<string, unknown>> | null {
  return stop === null ? null : { at: stop.at.toISOString(), by: stop.by, reason: stop.reason };
}
