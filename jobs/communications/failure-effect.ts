import { z } from 'zod';
import type { Json } from '../../src/text/json.ts';

const stored = z
  .object({ waiting: z.object({ due: z.record(z.string(), z.number()) }) })
  .transform(({ waiting }) => Object.values(waiting.due).reduce((sum, one) => sum + one, 0))
  .nullable()
  .catch(null);

/** How many messages wait; a run that was killed, or of another version, does not tell. */
export function failureEffect(result: Json): string {
  const count = stored.parse(result);
  if (count === null) return 'Messages that are due were not sent; they are kept.';
  if (count === 0) return 'No message waits.';
  return count === 1
    ? '1 message was not sent; it is kept.'
    : `${count} messages were not sent; they are kept.`;
}
