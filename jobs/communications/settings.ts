import { z } from 'zod';
import { duration } from '../../src/config/values.ts';

export const communicationsParams = z.strictObject({});
export type CommunicationsParams = z.output<typeof communicationsParams>;

export const communicationsSettings = z.strictObject({
  max_age: z
    .string()
    .refine((text) => duration.safeParse(text).success, { error: 'is not a duration; give one such as 72h' })
    .default('72h')
    .describe('A message that has been due for longer when it is first seen waits on hold for a decision.'),
  adopt_opsdeck_messages: z
    .boolean()
    .default(true)
    .describe(
      "Whether messages that OpsDeck has queued are adopted and sent. false: OpsDeck's dispatcher sends them.",
    ),
});
export type CommunicationsSettings = z.output<typeof communicationsSettings>;
