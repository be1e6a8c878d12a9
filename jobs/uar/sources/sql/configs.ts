import { z } from 'zod';

/** An id as OpsDeck's forms store it: a number or its digits. */
const id = z.preprocess(
  (value) => (typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value),
  z.int({ error: 'is not an id' }).min(1).max(2_147_483_647),
);

export const subscriptionConfig = z.object({ subscription_id: id });
export const serviceConfig = z.object({ service_id: id });
export const queryConfig = z.object({ query: z.string().min(1) });
