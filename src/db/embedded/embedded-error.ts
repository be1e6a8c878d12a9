import type { FileTrouble, RawError } from './worker-protocol.ts';

/** An error that the embedded PostgreSQL reported; its fields are named as the `pg` driver names them. */
export class EmbeddedDatabaseError extends Error {
  override readonly name = 'EmbeddedDatabaseError';
  /** SQLSTATE. */
  readonly code: string | undefined;
  readonly severity: string | undefined;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  readonly where: string | undefined;
  readonly position: string | undefined;
  readonly schema: string | undefined;
  readonly table: string | undefined;
  readonly column: string | undefined;
  readonly constraint: string | undefined;

  /** The file call that failed meanwhile. */
  readonly trouble: FileTrouble | undefined;

  readonly #raw: RawError;

  constructor(raw: RawError, trouble?: FileTrouble) {
    const { message, fields } = raw;
    super(message);
    this.#raw = raw;
    this.trouble = trouble;
    this.code = fields['code'];
    this.severity = fields['severity'];
    this.detail = fields['detail'];
    this.hint = fields['hint'];
    this.where = fields['where'];
    this.position = fields['position'];
    this.schema = fields['schema'];
    this.table = fields['table'];
    this.column = fields['column'];
    this.constraint = fields['constraint'];
  }

  /** The same error of a piece of a COPY, with its line counted from the beginning of the whole. */
  afterLines(lines: number): EmbeddedDatabaseError {
    const where = this.where?.replace(/\bline (\d+)/, (_, line: string) => `line ${Number(line) + lines}`);
    if (where === undefined) return this;
    return new EmbeddedDatabaseError(
      { message: this.message, fields: { ...this.#raw.fields, where } },
      this.trouble,
    );
  }
}

interface ThreadEnd {
  /** Somebody ended the statement. */
  readonly cancelled?: boolean;
  /** It took longer than this. */
  readonly limitMs?: number;
  /** A file call failed, and PGlite broke down or answered no more. */
  readonly trouble?: FileTrouble | undefined;
  /** What PGlite wrote for people. */
  readonly output?: string;
}

/** The thread ended under a statement: it was ended, or PGlite itself broke down. */
export class EmbeddedThreadEndedError extends Error {
  override readonly name = 'EmbeddedThreadEndedError';
  readonly cancelled: boolean;
  readonly limitMs: number | undefined;
  readonly trouble: FileTrouble | undefined;

  constructor({ cancelled = false, limitMs, trouble, output = '' }: ThreadEnd) {
    super(
      cancelled
        ? 'the statement was cancelled'
        : `the thread of the embedded database ended${output === '' ? '' : `: ${output}`}`,
    );
    this.cancelled = cancelled;
    this.limitMs = limitMs;
    this.trouble = trouble;
  }
}
