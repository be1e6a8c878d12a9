import { readDuration } from '../../../src/time/duration.ts';
import { nextRun } from '../schedule.ts';
import type { UarContext } from '../uar-context.ts';

/** When OpsDeck executes what is due, once a day in the business zone. */
const sweep = { every: 'day', hour: 8 } as const;

/**
 * Up to which of OpsDeck's times a comparison is due for us: now, or, once its sweep is at most `before_opsdeck` away, the time of that.
 */
export function dueBy(
  { mode, settings, zones }: Pick<UarContext, 'mode' | 'settings' | 'zones'>,
  now: Date,
): Date {
  if (mode !== 'attached' || settings.before_opsdeck === null) return now;
  const next = nextRun(sweep, new Date(now.getTime() - 1), zones.business);
  const lead = readDuration(settings.before_opsdeck) ?? 0;
  return next !== null && next.getTime() - now.getTime() <= lead ? next : now;
}
