import { z } from 'zod';
import { thresholdList, usualThresholds } from './thresholds.ts';

/** Settings of the jobs that have a list of thresholds and nothing else. */
export const thresholdSettings = z.strictObject({
  thresholds: thresholdList
    .default([...usualThresholds])
    .describe(
      'Days before an end at which an alert is sent; negative: days after it. Then no more alerts are sent.',
    ),
});
export type ThresholdSettings = z.output<typeof thresholdSettings>;
