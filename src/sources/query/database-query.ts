import { sql, type Transaction } from 'kysely';
import type { DatabaseMode } from '../../db/database.ts';
import { sqlState } from '../../db/errors.ts';
import type { Database } from '../../db/tables.ts';
import { OperatorError } from '../../errors/operator-error.ts';
import type { Clock } from '../../time/clock.ts';
import { readDuration } from '../../time/duration.ts';
import { InconclusiveSource, type LoadedSource, type OpenSource, type StagingTable } from '../source.ts';
import { checkColumns, countAndHash, makeStagingTable, stagingColumns } from '../staging.ts';
import { looksSecret, queryRefusal } from './query-guard.ts';
import { becomeRole, checkRole, restoreSession, type SessionBefore, sessionBefore } from './query-role.ts';
import { refuseReadableSecrets } from './readable-secrets.ts';
import { type ResultColumn, resultColumns, secretsInJson, textOf } from './result-columns.ts';
import { type QuerySettings, sameRole } from './settings.ts';
import { startLimit, type TimeLimit, within } from './time-limit.ts';

/*
 * A query that somebody typed into a page or a configuration, as a source of rows. It runs inside a savepoint in which the transaction is read-only, as the
 * configured role, and in a SECURITY DEFINER function of that role, made for it and dropped after it: within such a function
 * PostgreSQL lets nobody change the role, so that not even `set_config('role', …)` leads out of it. The function also fixes the
 * settings that decide how values look as text. Releasing the savepoint makes the transaction what it was.
 *
 * | the query                                  | what becomes of it                                    |
 * | is refused by its text (query-guard.ts)    | inconclusive, nothing is run                          |
 * | writes, or reads what the role may not     | refused by PostgreSQL; inconclusive                   |
 * | takes longer than query_timeout, with the  | ended; inconclusive                                   |
 * | counting and hashing of its rows           |                                                       |
 * | gives more rows than query_max_rows        | inconclusive: rows are never cut off                  |
 * | gives columns that look like secrets       | they are left out, with a warning                     |
 * | leaves a setting of the session changed    | inconclusive, and the transaction takes it back       |
 *
 * On a database of OpsDeck a query does not run as the program's own role (`query_role: same`) while that may read columns that look
 * like secrets: their names do not have to be in the query. Not promised elsewhere: that it reads no secret under another name.
 */

export interface QueryOptions {
  readonly query: string;
  readonly settings: QuerySettings;
  readonly mode: DatabaseMode;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** @throws InconclusiveSource when the query, or running it here at all, is not allowed. */
export function databaseQuery(options: QueryOptions): OpenSource {
  const { settings, mode } = options;
  const query = options.query.trim();
  const refusal = queryRefusal(query);
  if (refusal !== undefined) throw new InconclusiveSource(`The query ${refusal}.`);
  if (settings.query_role === null && mode === 'attached') {
    throw new InconclusiveSource(
      'Queries are not run on a database of OpsDeck until jobs.uar.settings.query_role names a role that may read only what they need.',
    );
  }
  const role = settings.query_role === sameRole ? null : settings.query_role;
  return {
    load: (trx, table) => load(trx, table, { ...options, query }, role),
    close: () => Promise.resolve(),
  };
}

async function load(
  trx: Transaction<Database>,
  table: StagingTable,
  { query, settings, mode, clock, signal }: QueryOptions,
  role: string | null,
): Promise<LoadedSource> {
  const extractedAt = clock.now();
  if (role !== null) await checkRole(trx, role);
  else if (mode === 'attached') await refuseReadableSecrets(trx);
  const before = await sessionBefore(trx);
  const limit = await startLimit(trx, readDuration(settings.query_timeout) ?? 0);
  const limited = <T>(work: () => Promise<T>) => ofTheQuery(signal, settings, work);
  const found = await limited(() => resultColumns(trx, table, query, role, before));
  const kept = found.filter(({ name }) => !looksSecret(name));
  const columns = kept.map(({ name }) => name);
  if (columns.length === 0) throw new InconclusiveSource('The query gives no column that may be read.');
  checkColumns(columns, 'The query');
  await makeStagingTable(trx, table, columns.length);
  await limited(() => run(trx, table, { query, kept, role, before, settings, limit }));
  const most = settings.query_max_rows;
  const counted = await limited(() => within(trx, limit, () => countAndHash(trx, table, columns.length)));
  if (counted.rows > most) {
    throw new InconclusiveSource(
      `The query gives more than ${most} rows (query_max_rows); a part of it is not compared.`,
    );
  }
  const hidden = await limited(() => within(trx, limit, () => secretsInJson(trx, table, kept)));
  if (hidden !== undefined) {
    throw new InconclusiveSource(
      `The query's column '${hidden}' holds JSON with a name that looks like a secret; select the fields that are needed.`,
    );
  }
  await restoreSession(trx, before);
  const warnings = found
    .filter((column) => !kept.includes(column))
    .map(({ name }) => `The query's column '${name}' looks like a secret and is left out.`);
  return { columns, ...counted, extractedAt, asOf: null, warnings };
}

interface QueryRun {
  readonly query: string;
  readonly kept: readonly ResultColumn[];
  readonly role: string | null;
  readonly before: SessionBefore;
  readonly settings: QuerySettings;
  readonly limit: TimeLimit;
}

async function run(
  trx: Transaction<Database>,
  table: StagingTable,
  { query, kept, role, before, settings, limit }: QueryRun,
) {
  const names = sql.join(stagingColumns(kept.length).map((name) => sql.id(name)));
  const cells = sql.join(kept.map(textOf));
  const target = sql.id('pg_temp', table);
  const body = sql`insert into ${target} (${names}) select ${cells} from (\n${sql.raw(query)}\n) as q limit ${sql.lit(settings.query_max_rows + 1)}`;
  if (role !== null) await sql`grant insert on ${target} to ${sql.id(role)}`.execute(trx);
  await sql`savepoint opsdeck_jobs_query`.execute(trx);
  if (role !== null) await becomeRole(trx, role);
  await sql`create function pg_temp.opsdeck_jobs_query() returns void language sql security definer
    set datestyle = 'ISO, MDY' set timezone = 'UTC' set intervalstyle = 'postgres' set extra_float_digits = 1
    set bytea_output = 'hex' set xmlbinary = 'base64'
    as ${sql.lit(body.compile(trx).sql)}`.execute(trx);
  await sql`set local transaction_read_only = on`.execute(trx);
  await within(trx, limit, () => sql`select pg_temp.opsdeck_jobs_query()`.execute(trx));
  await sql`release savepoint opsdeck_jobs_query`.execute(trx);
  await sql`drop function pg_temp.opsdeck_jobs_query()`.execute(trx);
  await restoreSession(trx, before);
}

/** What PostgreSQL says about the query is the query's fault, and so is the time that it takes. */
async function ofTheQuery<T>(
  signal: AbortSignal,
  settings: QuerySettings,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const cause = error instanceof OperatorError ? error.cause : error;
    const state = sqlState(cause);
    const ended =
      state === '57014' || (error instanceof OperatorError && error.code === 'statement_cancelled');
    if (ended && !signal.aborted) {
      throw new InconclusiveSource(
        `The query took longer than ${settings.query_timeout} (query_timeout) and was ended.`,
      );
    }
    if (
      state === undefined ||
      !(cause instanceof Error) ||
      !/^(?:0A|2[0-9F]|3[89BDF]|4[24]|5[34]|P0)/.test(state)
    ) {
      throw error;
    }
    throw new InconclusiveSource(`The query failed: ${cause.message.slice(0, 300)}.`);
  }
}
