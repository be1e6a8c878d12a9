import { z } from 'zod';

/** The JSON of an answer, checked; undefined: none, or of another shape. */
export function readJson<T>(body: string, schema: z.ZodType<T>): T | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  return schema.safeParse(value).data;
}

/** Error words such as `channel_is_archived`; anything else is not quoted, because it may repeat a secret. */
export const errorWord = z.string().regex(/^[a-z][a-z_]{1,60}$/);
