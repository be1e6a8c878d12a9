import { type Kysely, sql, type Transaction } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import { ExitCode } from '../../src/errors/exit-code.ts';
import { OperatorError } from '../../src/errors/operator-error.ts';
import { shown } from './check-rates.ts';
import { isCurrency } from './currencies.ts';
import { type Provider, providers } from './provider.ts';
import type { RateSettings } from './settings.ts';

/** OpsDeck's own defaults, for a row that is not there yet or lacks something. */
const opsdeckDefaults = {
  provider: 'frankfurter',
  endpoint: 'https://api.frankfurter.app/latest',
  base: 'EUR',
} as const;

/** Who is asked, and what OpsDeck counts in. */
export interface RateSource {
  readonly provider: Provider;
  /** Of Frankfurter, the newest rates; it may hold a secret. */
  readonly endpoint: string;
  /** OpsDeck's base currency. */
  readonly base: string;
}

/**
 * The configuration file goes before OpsDeck's `finance_settings`.
 *
 * @throws OperatorError `rates_not_configured` (exit 2) for a provider or a base currency that is not known.
 */
export async function readRateSource(db: Kysely<Database>, settings: RateSettings): Promise<RateSource> {
  const row = await db
    .selectFrom('finance_settings')
    .select(['api_provider', 'api_endpoint', 'base_currency'])
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  const base = (row?.base_currency?.trim() || opsdeckDefaults.base).toUpperCase();
  if (!isCurrency(base)) {
    throw notConfigured(
      `The base currency in finance_settings, ${shown(base)}, is no code of ISO 4217.`,
      'Set the base currency in OpsDeck (finance_settings.base_currency), such as EUR.',
    );
  }
  const name = settings.provider ?? (row?.api_provider?.trim() || opsdeckDefaults.provider).toLowerCase();
  const provider = providers.find((one) => one === name);
  if (provider === undefined) {
    throw notConfigured(
      `The provider of exchange rates in finance_settings, ${shown(name)}, is not known.`,
      `Set finance_settings.api_provider, or jobs.exchange-rates.settings.provider, to ${providers.join(' or ')}.`,
    );
  }
  const endpoint = settings.endpoint ?? (row?.api_endpoint?.trim() || opsdeckDefaults.endpoint);
  return { provider, endpoint, base };
}

/** The key is read where it is needed, and only where the role may: the column is one to keep away from. */
export async function readApiKey(db: Kysely<Database>): Promise<string | undefined> {
  const { rows } = await sql<{ readable: boolean }>`
    select coalesce((select has_column_privilege(a.attrelid, a.attnum, 'select') from pg_attribute a
                      where a.attrelid = to_regclass('public.finance_settings') and a.attname = 'api_key'
                        and not a.attisdropped), false) as readable`.execute(db);
  if (rows[0]?.readable !== true) return undefined;
  const row = await db
    .selectFrom('finance_settings')
    .select('api_key')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  return row?.api_key?.trim() || undefined;
}

/** Says when rates were synchronised last; makes the one row, as OpsDeck does when it first needs it. */
export async function recordSync(trx: Transaction<Database>, now: Date, storedZone: string): Promise<void> {
  await sql`
    insert into finance_settings (api_provider, api_endpoint, base_currency, created_at, updated_at)
    select ${opsdeckDefaults.provider}, ${opsdeckDefaults.endpoint}, ${opsdeckDefaults.base}, at, at
      from (select ${now}::timestamptz at time zone ${storedZone} as at) as clock
     where not exists (select from finance_settings)`.execute(trx);
  await sql`
    update finance_settings set last_sync_at = ${now}::timestamptz at time zone ${storedZone}
     where id = (select id from finance_settings order by id limit 1)`.execute(trx);
}

function notConfigured(message: string, next: string): OperatorError {
  return new OperatorError({ code: 'rates_not_configured', message, next, exitCode: ExitCode.usage });
}
