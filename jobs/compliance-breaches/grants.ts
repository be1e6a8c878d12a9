import type { TableGrant } from '../../src/grants/table-grant.ts';
import { evaluationGrants } from '../compliance-drift/grants.ts';

export const breachGrants: readonly TableGrant[] = [
  ...evaluationGrants,
  { table: 'opsdeck_jobs.compliance_breach', delete: true },
];
