import type { TableGrant } from '../../src/grants/table-grant.ts';

/** A provider that wants a key also needs `select (api_key)` on `finance_settings`. */
export const rateGrants: readonly TableGrant[] = [
  { table: 'exchange_rate', select: 'all', insert: true },
  {
    table: 'finance_settings',
    select: ['id', 'api_provider', 'api_endpoint', 'base_currency', 'last_sync_at'],
    insert: true,
    update: ['last_sync_at'],
  },
];
