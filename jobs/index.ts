import type { JobDefinition } from '../src/job/define-job.ts';
import certificateExpiry from './certificate-expiry/job.ts';
import communications from './communications/job.ts';
import complianceDrift from './compliance-drift/job.ts';
import credentialExpiry from './credential-expiry/job.ts';
import dataRetention from './data-retention/job.ts';
import exchangeRates from './exchange-rates/job.ts';
import subscriptionRenewals from './subscription-renewals/job.ts';
import uar from './uar/job.ts';

/** The program's own jobs, in the order in which people see them. */
export const jobs: readonly JobDefinition[] = [
  complianceDrift,
  uar,
  subscriptionRenewals,
  credentialExpiry,
  certificateExpiry,
  communications,
  dataRetention,
  exchangeRates,
];
