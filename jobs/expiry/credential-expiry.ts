/*
 * credential-expiry: tells of credentials whose active secrets expire. How alerts work says jobs/expiry/run-expiry.ts.
 */

import { z } from 'zod';
import { defineJob } from '../../src/job/define-job.ts';
import { ownerlessItems } from './attention.ts';
import { credentialCheck } from './check.ts';
import { digestTemplate } from './digest-template.ts';
import { credentialExpiring, itemsWithoutOwner } from './events.ts';
import { credentialGrants } from './grants.ts';
import { presentExpiry } from './present.ts';
import { credentialColumns, requiredColumns } from './required-columns.ts';
import { faultOf, nothingWatched } from './result.ts';
import { type ExpiryJob, runExpiry } from './run-expiry.ts';
import { credentialSource } from './sources.ts';
import { type ThresholdSettings, thresholdSettings } from './threshold-settings.ts';
import { inOrder } from './thresholds.ts';

const credentials: ExpiryJob<ThresholdSettings> = {
  kinds: ['credential'],
  events: [credentialExpiring],
  template: digestTemplate('Expiry Alert - Credentials', 'CREDENTIAL_EXPIRING'),
  sources: (_opsdeck, { settings }) => ({
    sources: [credentialSource(inOrder(settings.thresholds))],
    notes: [],
  }),
};

export default defineJob({
  name: 'credential-expiry',
  events: [credentialExpiring, itemsWithoutOwner],
  description: 'Sends alerts about credentials that expire or have expired',
  schedule: '0 7 * * *',
  misfire: 'latest',
  timeout: '10m',
  repeatable: true,
  requires: { ...requiredColumns, ...credentialColumns },
  attention: ownerlessItems(['credential']),
  grants: credentialGrants,
  check: credentialCheck,
  besideOpsdeck: 'it mails 30, 14 and 7 days before the end, and no switch stops it.',
  params: z.strictObject({}),
  settings: thresholdSettings,
  run: (context) => runExpiry(context, credentials),
  nothingEvaluated: nothingWatched(
    'There is no active credential: add credentials in OpsDeck, or with `import credentials`.',
  ),
  faultOf,
  failureEffect: () => 'Alerts about expiring credentials are missing; the next successful run queues them.',
  present: presentExpiry,
});
