import { PGlite } from '@electric-sql/pglite';
import type { RawResult } from './worker-protocol.ts';

const identity = (value: string): string => value;

/** PGlite itself; runs in a thread, where its blocking does no harm. */
export class PgliteEngine {
  readonly #pglite: PGlite;

  private constructor(pglite: PGlite) {
    this.#pglite = pglite;
  }

  /** Starts PostgreSQL on its data folder, which is made when it is not there. */
  static async open(pgData: string): Promise<PgliteEngine> {
    const pglite = await PGlite.create({ dataDir: pgData });
    // Values travel as PostgreSQL's text in both directions; the one table of parsers is on the other side.
    for (const type of Object.keys(pglite.parsers)) pglite.parsers[type] = identity;
    for (const type of Object.keys(pglite.serializers)) pglite.serializers[type] = identity;
    return new PgliteEngine(pglite);
  }

  async query(sql: string, parameters: readonly (string | null)[], blob?: Blob): Promise<RawResult> {
    const result = await this.#pglite.query<(string | null)[]>(sql, [...parameters], {
      rowMode: 'array',
      ...(blob === undefined ? {} : { blob }),
    });
    return {
      columns: result.fields.map((field) => ({ name: field.name, oid: field.dataTypeID })),
      rows: result.rows,
      command: result.command ?? '',
      affectedRows: result.affectedRows ?? 0,
    };
  }

  async close(): Promise<void> {
    await this.#pglite.close();
  }
}
