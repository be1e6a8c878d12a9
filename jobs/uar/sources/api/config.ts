import { z } from 'zod';

/** Names with dots between them: `data.people`. */
const path = z
  .string()
  .regex(/^[^.]+(?:\.[^.]+)*$/, { error: 'is not a path such as data.people' })
  .transform((text) => text.split('.'));

const parameter = z.string().min(1).max(100);

/** How the next page is found. */
const pagination = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('none') }),
  z
    .strictObject({ type: z.literal('link') })
    .describe('The Link header of an answer, rel="next" (RFC 8288).'),
  z.strictObject({
    type: z.literal('cursor'),
    path: path.describe(
      'Where the answer names the beginning of the next page; null, "" or nothing: this is the last.',
    ),
    param: parameter
      .optional()
      .describe('Parameter of the address that takes it. Default: the answer contains a whole address.'),
  }),
  z
    .strictObject({
      type: z.literal('page'),
      param: parameter.default('page'),
      start: z.int().min(0).default(1),
    })
    .describe('Pages are numbered; the first one without items is the last.'),
]);
export type Pagination = z.output<typeof pagination>;

/** Set by the connection, or a secret. */
const ownHeaders =
  /^(?:host|connection|content-length|transfer-encoding|te|upgrade|expect|accept-encoding|cookie|proxy-.*|.*(?:auth|api-?key|token|secret|password).*)$/i;

const headerName = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, { error: 'is not the name of a header' });

export const apiConfig = z.strictObject({
  url: z
    .url()
    .transform((text) => new URL(text))
    .refine((url) => url.username === '' && url.password === '', {
      error: 'has a user or a password in it; name a secret instead',
    })
    .describe('https; its parameters are sent as they are.'),
  items: path.optional().describe('Where the list of objects is. Default: the answer is the list.'),
  headers: z
    .record(
      headerName.refine((name) => !ownHeaders.test(name), { error: 'is not a header that may be set here' }),
      z.string().regex(/^[\t\x20-\x7e]*$/, { error: 'is not the value of a header' }),
    )
    .default({}),
  secret: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]*$/, { error: 'is not the name of a secret, such as HR_API' })
    .optional()
    .describe('What follows OPSDECK_JOBS_SECRET_ in the name of the secret; it must be bound to the host.'),
  secret_header: headerName.default('Authorization'),
  secret_prefix: z
    .string()
    .regex(/^[\x20-\x7e]*$/)
    .optional()
    .describe(
      "What is put before the secret. Default: 'Bearer ' in the header Authorization, otherwise nothing.",
    ),
  pagination: pagination.default({ type: 'none' }),
});
export type ApiConfig = z.output<typeof apiConfig>;
