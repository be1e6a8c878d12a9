import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import type { PGlite } from '@electric-sql/pglite';
import { startWords } from './start-words.ts';
import type { RawResult } from './worker-protocol.ts';

const identity = (value: string): string => value;

/** The 128 MB that PostgreSQL would take for its buffers are a third of the memory of a command; files are cached by the system. */
const settings = ['-c', 'shared_buffers=32MB'];

/**
 * V8 compiles a function of PostgreSQL a second time, with care, when it has run through so many bytes of code; by default so early
 * that this takes as long as the rest of a short command. A run over a hundred thousand rows still gets there.
 */
const compileAgainAfter = 500_000_000;

/** PGlite's code and the files that PostgreSQL brings with it: what is needed to open any database, and touches none. */
export interface PgliteProgram {
  readonly PGlite: typeof PGlite;
  readonly pgliteWasmModule: WebAssembly.Module;
  readonly fsBundle: Blob;
}

export async function loadPglite(): Promise<PgliteProgram> {
  setFlagsFromString(`--wasm-tiering-budget=${compileAgainAfter}`);
  const fileOf = (name: string) => new URL(name, import.meta.resolve('@electric-sql/pglite'));
  const compiled = readFile(fileOf('pglite.wasm')).then((bytes) => WebAssembly.compile(bytes));
  const [pglite, pgliteWasmModule, files] = await Promise.all([
    // Not before: it keeps the functions for files that it finds.
    import('@electric-sql/pglite'),
    compiled,
    readFile(fileOf('pglite.data')),
  ]);
  return { PGlite: pglite.PGlite, pgliteWasmModule, fsBundle: new Blob([files]) };
}

/** PGlite itself; runs in a thread, where its blocking does no harm. */
export class PgliteEngine {
  readonly #pglite: PGlite;

  private constructor(pglite: PGlite) {
    this.#pglite = pglite;
  }

  /**
   * Starts PostgreSQL on its data folder, which must hold a database; or in memory, with these files.
   *
   * @throws in the words of PostgreSQL where it has any: PGlite's own are the same whatever is wrong.
   */
  static async open(
    { PGlite, ...program }: PgliteProgram,
    pgData: string,
    files?: Uint8Array<ArrayBuffer>,
  ): Promise<PgliteEngine> {
    // PGlite would put an empty database in the place of what lost this file.
    const mark = join(pgData, 'PG_VERSION');
    if (files === undefined && !existsSync(mark)) throw new Error(`${mark} is missing`);
    const said: string[] = [];
    const pglite = await PGlite.create({
      ...program,
      dataDir: pgData,
      startParams: [...PGlite.defaultStartParams, ...settings],
      onStderr: (text) => {
        said.push(text);
        return true;
      },
      ...(files === undefined ? {} : { loadDataDir: new Blob([files]) }),
    }).catch((error: unknown) => {
      const words = startWords(said, pgData);
      throw words === undefined ? error : new Error(words, { cause: error });
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
