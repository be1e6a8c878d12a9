import { type ConnectionProvider, DefaultQueryExecutor, Kysely } from 'kysely';
import type { Database } from '../tables.ts';
import type { ConnectionSource } from './sql-connection.ts';
import { SqlDialect } from './sql-dialect.ts';
import { type SqlDatabaseConnection, SqlDriver } from './sql-driver.ts';

/** Kysely on a {@link ConnectionSource}, which learns what is done with each connection that it gives. */
export function kyselyOver(source: ConnectionSource): Kysely<Database> {
  const dialect = new SqlDialect(source);
  const driver = new SqlDriver(source);
  const executor = new DefaultQueryExecutor(
    dialect.createQueryCompiler(),
    dialect.createAdapter(),
    new HoldingProvider(source, driver),
  );
  return new Kysely<Database>({ config: { dialect }, dialect, driver, executor });
}

/** Lends connections to Kysely: for one statement, or for the callback of a transaction. */
class HoldingProvider implements ConnectionProvider {
  readonly #source: ConnectionSource;
  readonly #driver: SqlDriver;

  constructor(source: ConnectionSource, driver: SqlDriver) {
    this.#source = source;
    this.#driver = driver;
  }

  async provideConnection<T>(consumer: (connection: SqlDatabaseConnection) => Promise<T>): Promise<T> {
    const taken = await this.#driver.acquireConnection();
    const work = () => consumer(taken);
    try {
      return await (this.#source.whileHolding?.(taken.connection, work) ?? work());
    } finally {
      await this.#driver.releaseConnection(taken);
    }
  }
}
