import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { baseUrl } from '../../src/config/values.ts';
import { providers } from './provider.ts';

export const rateParams = z.strictObject({
  file: z
    .string()
    .refine((path) => isAbsolute(path), { error: 'is not an absolute path; it begins with /' })
    .optional()
    .describe(
      "A file of the ECB's reference rates, XML or CSV, that was downloaded: nothing is asked over the network.",
    ),
});
export type RateParams = z.output<typeof rateParams>;

const address = z.string().refine((text) => baseUrl.safeParse(text).success, {
  error: 'is not a web address; give one without query or password',
});

export const rateSettings = z.strictObject({
  provider: z
    .enum(providers)
    .optional()
    .describe('Who is asked. Default: finance_settings.api_provider of OpsDeck.'),
  endpoint: address
    .optional()
    .describe("Address of Frankfurter's newest rates. Default: finance_settings.api_endpoint of OpsDeck."),
  ecb_address: address
    .default('https://www.ecb.europa.eu/stats/eurofxref')
    .describe(
      "Folder of the ECB's files eurofxref-daily.xml, eurofxref-hist-90d.xml and eurofxref-hist.xml.",
    ),
});
export type RateSettings = z.output<typeof rateSettings>;
