import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { OpenDatabase } from '../db/open-database.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Zones } from '../time/zones.ts';
import type { GlobalOptions, Io } from './io.ts';

/** What a command that needs the database works with. */
export interface Session {
  readonly io: Io;
  readonly config: Config;
  readonly database: OpenDatabase;
  readonly logger: Logger;
  readonly zones: Zones;
}

export interface SessionOptions {
  /** Milliseconds to wait for an embedded database that another process holds; default 0. */
  readonly waitMs?: number;
  /** Do not say on stderr which database was used (`--scheduled`, `--json` has it in a field). */
  readonly quiet?: boolean;
}
