import { z } from 'zod';
import { failOnLevels } from '../../src/job/define-job.ts';

export const driftParams = z.strictObject({
  framework: z.coerce
    .number()
    .int()
    .positive()
    .max(2_147_483_647)
    .optional()
    .describe('Only this framework, by its id. Default: every active one.'),
});
export type DriftParams = z.output<typeof driftParams>;

export const driftSettings = z.strictObject({
  alert_levels: z
    .array(z.enum(failOnLevels))
    .default(['critical'])
    .describe('A regression of one of these levels queues an alert. An empty list: never.'),
  unknown_share: z
    .number()
    .min(0)
    .max(1)
    .default(0.2)
    .describe(
      'If more than this share of the applicable controls could not be evaluated (0 to 1), an alert says so. 1: never.',
    ),
});
export type DriftSettings = z.output<typeof driftSettings>;
