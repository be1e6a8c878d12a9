import type { TableGrant } from '../../src/grants/table-grant.ts';
import { evaluationGrants } from '../compliance-drift/grants.ts';
import { certificateGrants, credentialGrants, deadlineGrants, subscriptionGrants } from '../expiry/grants.ts';

/** What the overview reads. What `status` reads belongs to the jobs that are asked. */
export const summaryGrants: readonly TableGrant[] = [
  ...evaluationGrants,
  { table: 'uar_finding', select: 'all' },
  ...[...subscriptionGrants, ...credentialGrants, ...certificateGrants, ...deadlineGrants],
  { table: 'exchange_rate', select: 'all' },
  { table: 'finance_settings', select: ['id', 'base_currency'] },
];
