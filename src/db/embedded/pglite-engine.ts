import { PGlite } from '@electric-sql/pglite';
import type { WireParameter } from '../driver/encode-parameters.ts';

/** The raw answer to one statement: PostgreSQL's text, not parsed. */
export interface RawResult {
  readonly columns: ReadonlyArray<{ readonly name: string; readonly oid: number }>;
  readonly rows: ReadonlyArray<ReadonlyArray<string | null>>;
  readonly command: string;
  readonly affectedRows: number;
}

const identity = (value: string): string => value;

/** PGlite itself; runs where its blocking does no harm. */
export class PgliteEngine {
  readonly #pglite: PGlite;

  private constructor(pglite: PGlite) {
    this.#pglite = pglite;
  }

  static async open(dataDir: string): Promise<PgliteEngine> {
    const pglite = await PGlite.create({ dataDir });
    // Values travel as PostgreSQL's text in both directions; the one table of parsers is elsewhere.
    for (const type of Object.keys(pglite.parsers)) pglite.parsers[type] = identity;
    for (const type of Object.keys(pglite.serializers)) pglite.serializers[type] = identity;
    return new PgliteEngine(pglite);
  }

  async query(sql: string, parameters: readonly WireParameter[]): Promise<RawResult> {
    const values = parameters.map((value) =>
      Buffer.isBuffer(value) ? `\\x${value.toString('hex')}` : value,
    );
    const result = await this.#pglite.query<(string | null)[]>(sql, values, {
      rowMode: 'array',
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
