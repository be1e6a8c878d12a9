import { z } from 'zod';
import { querySettings } from '../../../src/sources/query/settings.ts';
import { originOf } from './api/secret-binding.ts';

/** What `jobs.uar.settings` of the configuration says about sources. */
export const sourceSettings = z.strictObject({
  sources_dir: z.string().min(1).nullable().default(null).meta({
    format: 'path',
    description:
      'Folder that CSV sources are read from; nothing outside of it is. Relative to this file. Default: no folder, and no CSV source.',
  }),
  ...querySettings,
  api_hosts: z
    .record(
      z.string().regex(/^[A-Z][A-Z0-9_]*$/, {
        error: 'is not the name of a secret; give what follows OPSDECK_JOBS_SECRET_, such as HR_API',
      }),
      z
        .array(
          z.string().refine((text) => originOf(text) !== undefined, {
            error: 'is not an address such as hr.example.org or hr.example.org:8443',
          }),
        )
        .min(1),
    )
    .default({})
    .describe(
      'Where each secret of API sources may go: what follows OPSDECK_JOBS_SECRET_ in its name, and a list of addresses. `hr.example.org` is https and port 443; another port is written, `hr.example.org:8443`. A client secret goes to the address of its tokens, and the token to the API: list both.',
    ),
  api_max_pages: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(1000)
    .describe('An API that has more pages fails; nothing is cut off.'),
  api_max_rows: z
    .int()
    .min(1)
    .max(100_000_000)
    .default(1_000_000)
    .describe('An API that gives more rows fails; nothing is cut off.'),
  api_max_megabytes: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(2048)
    .describe(
      'An API whose rows are larger together fails: they are in the folder for temporary files meanwhile.',
    ),
});
export type SourceSettings = z.output<typeof sourceSettings>;
