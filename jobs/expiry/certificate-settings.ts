import { z } from 'zod';
import { isNetwork } from '../../src/net/destination-guard.ts';
import { readEndpoint } from './endpoints/endpoint.ts';
import { thresholdSettings } from './threshold-settings.ts';

const endpoint = z.string().transform((typed, context) => {
  const read = readEndpoint(typed);
  if (!('problem' in read)) return read.text;
  context.issues.push({ code: 'custom', message: `'${typed}' ${read.problem}`, input: typed });
  return z.NEVER;
});

export const certificateSettings = thresholdSettings.extend({
  endpoints: z
    .record(z.string().min(1), z.array(endpoint).min(1))
    .default({})
    .describe(
      'Where certificates are served, by certificate (such as certificate:4) or its name: HOST:PORT, or smtp+starttls:HOST:PORT.',
    ),
  allowed_networks: z
    .array(z.string().refine(isNetwork, { error: 'is no network such as 10.0.0.0/8' }))
    .default([])
    .describe(
      'Private networks in which endpoints may be connected to, such as 10.0.0.0/8. Default: public addresses only.',
    ),
});
export type CertificateSettings = z.output<typeof certificateSettings>;
