/** How a command wants its session. */
export interface SessionOptions {
  /** Milliseconds to wait for an embedded database that another process holds; default: for one that leaves soon. */
  readonly waitMs?: number | undefined;
  /** Others do not wait for an embedded database that this command holds: it may hold it for long. */
  readonly isLong?: boolean;
  /** Do not say on stderr which database was used (`--scheduled`, `--json` has it in a field). */
  readonly quiet?: boolean;
  /** Warnings about what is set and not read go to the log only: a timer started the command, or it has given them. */
  readonly unreadToLog?: boolean;
  /** Not at another process that holds the embedded database, although it may offer that: it could not do it. */
  readonly onlyHere?: boolean;
  /** Of each statement on an embedded database; default: that of a short command (statement-limits.ts). */
  readonly statementLimitMs?: number;
}
