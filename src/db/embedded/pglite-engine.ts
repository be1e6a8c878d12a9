import type { PGlite } from '@electric-sql/pglite';
import type { RawResult } from './worker-protocol.ts';

const identity = (value: string): string => value;

/** The 128 MB that PostgreSQL would take for its buffers are a third of the memory of a command; files are cached by the system. */
const settings = ['-c', 'shared_buffers=32MB'];

/** PGlite itself; runs in a thread, where its blocking does no harm. */
export class PgliteEngine {
  readonly #pglite: PGlite;

  private constructor(pglite: PGlite) {
    this.#pglite = pglite;
  }

  /** Starts PostgreSQL on its data folder; or in memory, with these files. */
  static async open(pgData: string, files?: Uint8Array<ArrayBuffer>): Promise<PgliteEngine> {
    // Not before: it keeps the functions for files that it finds.
    const { PGlite } = await import('@electric-sql/pglite');
    const pglite = await PGlite.create({
      dataDir: pgData,
      startParams: [...PGlite.defaultStartParams, ...settings],
      ...(files === undefined ? {} : { loadDataDir: new Blob([files]) }),
    });
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
