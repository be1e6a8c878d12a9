/** What the program asks of the thread of the embedded database; one answer a request, in order. */
export type WorkerRequest = {
  readonly id: number;
} /** `files`: a tar with the files of a new database, for one in memory. */ & (
  | { readonly kind: 'open'; readonly pgData: string; readonly files?: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'query'; readonly sql: string; readonly parameters: readonly (string | null)[] }
  /** `sql` reads from `/dev/blob`, which holds `bytes` while it runs. */
  | { readonly kind: 'copy'; readonly sql: string; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'close' }
);

export type WorkerAnswer = { readonly id: number } & (
  | { readonly kind: 'done'; readonly result: RawResult }
  | { readonly kind: 'failed'; readonly error: RawError }
);

/** A file call of the thread that failed; reported at once, for no answer may ever follow. */
export interface FileTrouble {
  /** Of the system: `ENOSPC`. */
  readonly code: string;
  /** undefined: not known. */
  readonly file: string | undefined;
}

export type WorkerMessage = WorkerAnswer | { readonly kind: 'trouble'; readonly trouble: FileTrouble };

/** The answer to one statement: PostgreSQL's text, not parsed. */
export interface RawResult {
  readonly columns: ReadonlyArray<{ readonly name: string; readonly oid: number }>;
  readonly rows: ReadonlyArray<ReadonlyArray<string | null>>;
  readonly command: string;
  readonly affectedRows: number;
}

/** An error as it crosses the thread: structured clones lose the fields of an Error. */
export interface RawError {
  readonly message: string;
  /** PostgreSQL's own fields (`code`, `detail`, `constraint`, …), named as the `pg` driver names them. */
  readonly fields: Readonly<Record<string, string>>;
}

export const emptyResult: RawResult = { columns: [], rows: [], command: '', affectedRows: 0 };
