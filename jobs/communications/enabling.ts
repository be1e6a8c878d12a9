import type { EnablingScope } from '../../src/job/define-job.ts';
import { readOpsdeckQueue } from '../../src/notify/outbox/waiting.ts';
import { count } from '../../src/text/count.ts';
import { parseDuration } from '../../src/time/duration.ts';
import { communicationsSettings } from './settings.ts';

/** What becomes of OpsDeck's queue. */
export async function takeOver({ db, now, zones, settings }: EnablingScope): Promise<string> {
  const { max_age: maxAge, adopt_opsdeck_messages: adopts } = communicationsSettings.parse(settings);
  if (!adopts) return "leaves OpsDeck's queue alone (adopt_opsdeck_messages: false).";
  const maxAgeMs = parseDuration(maxAge, 'max_age');
  const { due, old } = await readOpsdeckQueue(db, { now, zones, maxAgeMs });
  const hours = count(maxAgeMs / 3_600_000, 'hour');
  return `takes over OpsDeck's queue: ${due} due, ${old} older than ${hours}, which wait on hold.`;
}
