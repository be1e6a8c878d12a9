import type { Migration } from './migration.ts';

/** OpsDeck's tables of exchange rates, exactly as its database has them at revision 026; see 0002-opsdeck-tables.ts. */
export const exchangeRates: Migration = {
  name: '0012-exchange-rates',
  title: "OpsDeck's exchange rates and finance settings",
  standaloneOnly: true,
  statements: [
    `create table public.finance_settings (
  id serial primary key,
  api_provider varchar(50),
  api_endpoint varchar(255),
  api_key varchar(255),
  base_currency varchar(3),
  last_sync_at timestamp,
  created_at timestamp,
  updated_at timestamp
)`,
    `create table public.exchange_rate (
  id serial primary key,
  currency_code varchar(3) not null,
  rate double precision not null,
  fetched_at timestamp
)`,
    `create index ix_exchange_rate_currency_code on public.exchange_rate (currency_code)`,
    `create index ix_exchange_rate_fetched_at on public.exchange_rate (fetched_at)`,
    `create index idx_exchange_rate_currency_date on public.exchange_rate (currency_code, fetched_at)`,
  ],
};
