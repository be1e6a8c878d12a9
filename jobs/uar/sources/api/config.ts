import { z } from 'zod';

/** A text is one name first, and then names with dots between them. */
function waysTo(text: string): readonly (readonly string[])[] {
  const parts = text.split('.');
  return parts.length === 1 ? [[text]] : [[text], parts];
}

/** Where something is in an answer. */
const path = z
  .union([z.string().regex(/^[^.]+(?:\.[^.]+)*$/), z.array(z.string().min(1)).min(1).max(20)], {
    error: 'is not a path such as data.people or ["@odata.nextLink"]',
  })
  .transform((given) => (typeof given === 'string' ? waysTo(given) : [given]));

const parameter = z.string().min(1).max(100);

const mayBeAbsent = z
  .boolean()
  .default(false)
  .describe(
    'true: an answer without it on any page is the whole list. Otherwise that is inconclusive, unless `total` is named and right.',
  );

/** What both ways of counting items share. */
const counted = (names: { readonly param: string; readonly start: number; readonly size_param: string }) => ({
  param: parameter.default(names.param),
  start: z.int().min(0).default(names.start),
  size: z
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .describe('How many items to ask for. Default: what the API does.'),
  size_param: parameter.default(names.size_param),
});

/** How the next page is found. */
const pagination = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('none') }),
  z
    .strictObject({ type: z.literal('link'), may_be_absent: mayBeAbsent })
    .describe('The Link headers of an answer, rel="next" (RFC 8288).'),
  z.strictObject({
    type: z.literal('cursor'),
    path: path.describe(
      'Where the answer names the beginning of the next page; null, "" or nothing: this is the last.',
    ),
    param: parameter
      .optional()
      .describe('Parameter of the address that takes it. Default: the answer contains a whole address.'),
    may_be_absent: mayBeAbsent,
  }),
  z
    .strictObject({
      type: z.literal('page'),
      param: parameter.default('page'),
      start: z.int().min(0).default(1),
    })
    .describe('Pages are numbered; the first one without items is the last.'),
  z
    .strictObject({
      type: z.literal('offset'),
      ...counted({ param: 'offset', start: 0, size_param: 'limit' }),
    })
    .describe('The number of items before a page; the first page without items is the last.'),
  z
    .strictObject({
      type: z.literal('start_index'),
      ...counted({ param: 'startIndex', start: 1, size_param: 'count' }),
    })
    .describe(
      'SCIM (RFC 7644): the number of the first item; the list ends at totalResults, or without items.',
    ),
]);
export type Pagination = z.output<typeof pagination>;

/** Set by the connection, or a secret. */
const ownHeaders =
  /^(?:host|connection|content-length|transfer-encoding|te|upgrade|expect|accept-encoding|cookie|proxy-.*|.*(?:auth|api-?key|token|secret|password).*)$/i;

const headerName = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, { error: 'is not the name of a header' });

const address = z
  .url()
  .transform((text) => new URL(text))
  .refine((url) => url.username === '' && url.password === '', {
    error: 'has a user or a password in it; name a secret instead',
  });

const secretName = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]*$/, { error: 'is not the name of a secret, such as HR_API' });

const auth = z.strictObject({
  token_url: address.describe('Where tokens are fetched; https. The secret must be bound to it.'),
  client_id: z.string().min(1).max(500),
  scope: z.string().min(1).max(2000).optional(),
  secret: secretName.describe('The client secret: what follows OPSDECK_JOBS_SECRET_ in its name.'),
  refresh_secret: secretName
    .optional()
    .describe(
      'The refresh token of an account that consented: tokens are fetched with it. Default: by client credentials.',
    ),
});
export type ApiAuth = z.output<typeof auth>;

const apiShape = z.strictObject({
  url: address.describe('https; its parameters are sent as they are.'),
  items: path.optional().describe('Where the list of objects is. Default: the answer is the list.'),
  total: z
    .union([path, z.literal(false)])
    .optional()
    .describe(
      'Where the answer states how many items the whole list has. Default: usual names such as totalResults; false: nowhere.',
    ),
  headers: z
    .record(
      headerName.refine((name) => !ownHeaders.test(name), { error: 'is not a header that may be set here' }),
      z.string().regex(/^[\t\x20-\x7e]*$/, { error: 'is not the value of a header' }),
    )
    .default({}),
  secret: secretName
    .optional()
    .describe(
      'What follows OPSDECK_JOBS_SECRET_ in the name of the secret; it must be bound to the address.',
    ),
  auth: auth
    .optional()
    .describe(
      'OAuth 2 (RFC 6749) instead of `secret`: its tokens are sent. Its secrets must be bound to both addresses.',
    ),
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

export const apiConfig = apiShape.refine(
  ({ auth: tokens, secret }) => tokens === undefined || secret === undefined,
  { path: ['auth'], error: 'cannot be beside secret: keep one of them' },
);
export type ApiConfig = z.output<typeof apiConfig>;
