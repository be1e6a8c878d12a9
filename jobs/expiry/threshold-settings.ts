import { z } from 'zod';
import { thresholdList, usualThresholds } from './thresholds.ts';

/** Settings of the jobs that have a list of thresholds and nothing else. */
export const thresholdSettings = z.strictObject({
  thresholds: thresholdList
    .default([...usualThresholds])
    .describe('Days before an end at which it is told; negative: days after it. Then it is quiet.'),
});
export type ThresholdSettings = z.output<typeof thresholdSettings>;
