import { z } from 'zod';
import { thresholdList } from './thresholds.ts';

export const renewalSettings = z.strictObject({
  thresholds: thresholdList
    .nullable()
    .default(null)
    .describe(
      'Days before a renewal or an end at which an alert is sent. Default: those of the notification event and of the notification settings in OpsDeck.',
    ),
  notice_days: z
    .record(z.string().min(1), z.int().min(1).max(3650))
    .default({})
    .describe(
      'Days before a renewal by which it must be cancelled, by subscription (such as subscription:4), its name or its type: an alert is sent on that day, too.',
    ),
});
export type RenewalSettings = z.output<typeof renewalSettings>;
