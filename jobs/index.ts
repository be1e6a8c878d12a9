import type { JobDefinition } from '../src/job/define-job.ts';
import communications from './communications/job.ts';
import complianceBreaches from './compliance-breaches/job.ts';
import complianceDrift from './compliance-drift/job.ts';
import dataRetention from './data-retention/job.ts';
import exchangeRates from './exchange-rates/job.ts';
import certificateExpiry from './expiry/certificate-expiry.ts';
import credentialExpiry from './expiry/credential-expiry.ts';
import deadlines from './expiry/deadlines.ts';
import subscriptionRenewals from './expiry/subscription-renewals.ts';
import summaries from './summaries/job.ts';
import uar from './uar/job.ts';

/** The program's own jobs, in the order in which people see them. */
export const jobs: readonly JobDefinition[] = [
  complianceDrift,
  complianceBreaches,
  uar,
  subscriptionRenewals,
  credentialExpiry,
  certificateExpiry,
  deadlines,
  communications,
  dataRetention,
  exchangeRates,
  summaries,
];
