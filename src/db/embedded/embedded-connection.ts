import type { Readable } from 'node:stream';
import { columnParser } from '../driver/column-parsers.ts';
import { copyChunks } from '../driver/copy-chunks.ts';
import type { WireParameter } from '../driver/encode-parameters.ts';
import type { ConnectionScope, SqlConnection, StatementResult } from '../driver/sql-connection.ts';
import type { DatabaseThread } from './database-thread.ts';
import { EmbeddedDatabaseError } from './embedded-error.ts';
import { fromThread, type Place } from './place-error.ts';
import type { RawResult } from './worker-protocol.ts';

/** A use of the one connection, from acquire to release. */
export class EmbeddedConnection implements SqlConnection {
  readonly #thread: DatabaseThread;
  readonly #place: Place;
  /** In whose name it was taken. */
  readonly scope: ConnectionScope | undefined;
  /** Statements that are being worked on; none: whoever holds the connection is doing something else. */
  running = 0;
  /** Statements so far. */
  used = 0;
  /** It was used from outside the work for which it was taken: who waits for whom is not known. */
  lent = false;
  readonly #isOfWork: () => boolean;
  /** Of each statement. */
  readonly #limitMs: number;

  constructor(
    thread: DatabaseThread,
    place: Place,
    scope: ConnectionScope | undefined,
    limitMs: number,
    isOfWork: () => boolean,
  ) {
    this.#thread = thread;
    this.#place = place;
    this.#limitMs = limitMs;
    this.scope = scope;
    this.#isOfWork = isOfWork;
  }

  get broken(): boolean {
    return this.#thread.ended;
  }

  discard(): void {
    void this.#thread.cancel();
  }

  async execute(sql: string, parameters: readonly WireParameter[]): Promise<StatementResult> {
    const texts = parameters.map((value) => (Buffer.isBuffer(value) ? `\\x${value.toString('hex')}` : value));
    return parseResult(await this.#count(() => this.#thread.query(sql, texts)));
  }

  /** In pieces: what lies in `/dev/blob` is in memory. The transaction around it makes them one. */
  async copy(
    target: string,
    format: 'text' | 'csv',
    stream: Readable,
    beforeEach: () => void,
  ): Promise<void> {
    await this.#count(async () => {
      let linesBefore = 0;
      for await (const piece of copyChunks(stream, format)) {
        beforeEach();
        try {
          await this.#thread.copy(
            `${target} from '/dev/blob' with (format ${format})`,
            new Uint8Array(piece),
          );
        } catch (error) {
          throw error instanceof EmbeddedDatabaseError ? error.afterLines(linesBefore) : error;
        }
        linesBefore += countLines(piece);
      }
    });
  }

  async #count<T>(work: () => Promise<T>): Promise<T> {
    this.running += 1;
    this.used += 1;
    this.lent ||= !this.#isOfWork();
    const limit = Number.isFinite(this.#limitMs)
      ? setTimeout(() => void this.#thread.endAfter(this.#limitMs), this.#limitMs)
      : undefined;
    try {
      return await work();
    } catch (error) {
      throw fromThread(error, this.#place);
    } finally {
      clearTimeout(limit);
      this.running -= 1;
    }
  }
}

function countLines(piece: Buffer): number {
  let lines = 0;
  for (let at = piece.indexOf(0x0a); at >= 0; at = piece.indexOf(0x0a, at + 1)) lines += 1;
  return lines;
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
