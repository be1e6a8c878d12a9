/*
 * certificate-expiry: tells of certificates that expire, by what they say themselves where they are stored. How alerts work says
 * jobs/expiry/run-expiry.ts.
 */

import { sql } from 'kysely';
import { z } from 'zod';
import { defineJob } from '../../src/job/define-job.ts';
import { ownerlessItems } from './attention.ts';
import { type CertificateSettings, certificateSettings } from './certificate-settings.ts';
import { certificateCheck } from './check.ts';
import { digestTemplate } from './digest-template.ts';
import { watchEndpoints } from './endpoints/watch-endpoints.ts';
import { certificateExpiring, itemsWithoutOwner } from './events.ts';
import { certificateGrants } from './grants.ts';
import { presentExpiry } from './present.ts';
import { certificateColumns, requiredColumns } from './required-columns.ts';
import { faultOf, nothingWatched } from './result.ts';
import { type ExpiryJob, runExpiry } from './run-expiry.ts';
import { certificateSource } from './sources.ts';
import { inOrder } from './thresholds.ts';

const certificates: ExpiryJob<CertificateSettings> = {
  kinds: ['certificate'],
  events: [certificateExpiring],
  template: digestTemplate('Expiry Alert - Certificates', 'CERTIFICATE_EXPIRING'),
  sources: (_opsdeck, { settings, zones, dryRun }) => ({
    sources: [certificateSource(inOrder(settings.thresholds), { zone: zones.business, store: !dryRun })],
    notes: [],
  }),
};

export default defineJob({
  name: 'certificate-expiry',
  events: [certificateExpiring, itemsWithoutOwner],
  description:
    'Sends alerts about certificates that expire or have expired, by what they are and what is really served',
  schedule: '0 7 * * *',
  misfire: 'latest',
  timeout: '10m',
  repeatable: true,
  requires: { ...requiredColumns, ...certificateColumns },
  attention: ownerlessItems(['certificate']),
  grants: certificateGrants,
  // The ledger has the alerts of all expiry jobs.
  runsToKeep: sql`select run_id from opsdeck_jobs.alert_ledger`,
  check: certificateCheck,
  besideOpsdeck: 'it mails 30, 7 and 1 days before the end, and no switch stops it.',
  params: z.strictObject({}),
  settings: certificateSettings,
  run: async (context) => runExpiry(context, certificates, await watchEndpoints(context)),
  nothingEvaluated: nothingWatched(
    'There is no active certificate: add certificates in OpsDeck, or with `import certificates`.',
  ),
  faultOf,
  failureEffect: () => 'Alerts about expiring certificates are missing; the next successful run queues them.',
  present: presentExpiry,
});
