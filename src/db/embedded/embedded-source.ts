import { columnParser } from '../driver/column-parsers.ts';
import type { WireParameter } from '../driver/encode-parameters.ts';
import type { ConnectionSource, SqlConnection, StatementResult } from '../driver/sql-connection.ts';
import type { PgliteEngine, RawResult } from './pglite-engine.ts';

class EmbeddedConnection implements SqlConnection {
  readonly #engine: PgliteEngine;
  broken = false;

  constructor(engine: PgliteEngine) {
    this.#engine = engine;
  }

  async execute(sql: string, parameters: readonly WireParameter[]): Promise<StatementResult> {
    return parseResult(await this.#engine.query(sql, parameters));
  }

  async copy(): Promise<void> {
    throw new Error('not yet');
  }
}

function parseResult(raw: RawResult): StatementResult {
  const columns = raw.columns.map(({ name, oid }) => ({ name, parse: columnParser(oid) }));
  const rows = raw.rows.map((values) => {
    const row: Record<string, unknown> = {};
    columns.forEach(({ name, parse }, index) => {
      const value = values[index];
      row[name] = value === null || value === undefined ? null : parse(value);
    });
    return row;
  });
  return { command: raw.command, affectedRows: raw.affectedRows, rows };
}

/** The one connection of an embedded database; who wants it waits in line. */
export class EmbeddedSource implements ConnectionSource {
  readonly #connection: EmbeddedConnection;
  readonly #engine: PgliteEngine;
  #tail: Promise<void> = Promise.resolve();
  #next: (() => void) | undefined;

  constructor(engine: PgliteEngine) {
    this.#engine = engine;
    this.#connection = new EmbeddedConnection(engine);
  }

  async acquire(): Promise<SqlConnection> {
    const before = this.#tail;
    let leave: () => void = () => {};
    this.#tail = new Promise((resolve) => {
      leave = resolve;
    });
    await before;
    this.#next = leave;
    return this.#connection;
  }

  release(): void {
    this.#next?.();
  }

  async end(): Promise<void> {
    await this.#engine.close();
  }
}
