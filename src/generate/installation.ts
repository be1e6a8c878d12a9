/** How the program is started on this host, without a secret. */
export interface Installation {
  /** Node.js, the program and its options; paths are absolute. */
  readonly command: readonly string[];
  /** Variables of the environment that are no secrets. */
  readonly environment: ReadonlyArray<{ readonly name: string; readonly value: string }>;
  /** Secrets that files hold. `isNew`: the value is in the environment, and somebody has to write the file first. */
  readonly credentials: ReadonlyArray<{
    readonly name: string;
    readonly file: string;
    readonly isNew: boolean;
  }>;
  /** Absolute; null: the database is a server's. */
  readonly dataDir: string | null;
}
