import type { DatabaseConfig } from '../config/config.ts';
import type { OpenDatabase } from './database.ts';
import { kyselyOver } from './driver/kysely-over.ts';
import { ScopedSource } from './driver/scoped-source.ts';
import type { ConnectionSource } from './driver/sql-connection.ts';
import type { Stay } from './embedded/owner.ts';
import type { Place } from './embedded/place-error.ts';
import { limitOfRun } from './statement-limits.ts';

export interface ConnectOptions {
  /** Shown by PostgreSQL beside the connection. */
  readonly applicationName: string;
  /** What the process does with an embedded database, for others that want it; default: the name of the application. */
  readonly command?: string | undefined;
  /** How long it holds an embedded database, for others that want it; undefined: longer than they wait. */
  readonly stay?: Stay | undefined;
  /** Milliseconds to wait for an embedded database that another process holds; undefined: for one that leaves soon. */
  readonly waitMs?: number | undefined;
  /** At most so many connections to a server; default 10, and 8 more for {@link OpenDatabase.control}. */
  readonly connections?: number;
  /**
   * With an embedded database that another process holds, and whose owner would run the command: do not wait, so that the
   * caller can ask it to.
   */
  readonly takeOffer?: boolean;
  /** Stops waiting for the database and opening it. */
  readonly signal?: AbortSignal;
  /** Of each statement on an embedded database; default: {@link shortStatementMs}. */
  readonly statementLimitMs?: number;
  /** Where there is no embedded database yet, make one without any table; default: one that only has to be taken over. */
  readonly emptyWhenNew?: boolean;
  /** A sentence for the operator about something unusual that was dealt with. */
  readonly onNotice?: (notice: string) => void;
  /** A sentence for the operator about whom it waits for; default: `onNotice`. */
  readonly onWait?: (notice: string) => void;
}

/** A database that answers; its migrations have not been looked at. */
export type ConnectedDatabase = Pick<
  OpenDatabase,
  'db' | 'control' | 'forRun' | 'lend' | 'kind' | 'label' | 'folder' | 'cancelStatements' | 'closed' | 'close'
>;

/** Drivers are loaded here and not before: what is not used costs nothing to start. */
export async function connectDatabase(
  config: DatabaseConfig,
  options: ConnectOptions,
): Promise<ConnectedDatabase> {
  if (config.kind === 'embedded') {
    const { openEmbedded } = await import('./embedded/open-embedded.ts');
    const onWait = options.onWait ?? options.onNotice;
    const { source, ownership } = await openEmbedded(config.dataDir, {
      command: options.command ?? options.applicationName,
      stay: options.stay,
      waitMs: options.waitMs,
      takeOffer: options.takeOffer === true,
      emptyWhenNew: options.emptyWhenNew === true,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      ...(options.statementLimitMs === undefined ? {} : { statementLimitMs: options.statementLimitMs }),
      ...(options.onNotice === undefined ? {} : { onNotice: options.onNotice }),
      ...(onWait === undefined ? {} : { onWait }),
    });
    const folder = { path: config.dataDir, offer: ownership.offer };
    return { ...connected(source, 'embedded'), folder };
  }
  const { openPostgres } = await import('./postgres/open-postgres.ts');
  return connected(await openPostgres(config.url, options.applicationName, options), 'postgres');
}

/** An empty database in memory that ends with its closing; nothing is migrated, nothing is written anywhere. */
export async function connectInMemory(signal?: AbortSignal): Promise<ConnectedDatabase> {
  const { emptyDatabase } = await import('./embedded/new-database.ts');
  return connectPrivately(
    'memory://',
    { label: 'database in memory', folder: undefined },
    { files: emptyDatabase, signal },
  );
}

/** A database in PGlite's files that nobody else can have: a copy in a folder of our own. */
export async function connectFiles(
  pgData: string,
  label: string,
  limits: { readonly signal: AbortSignal; readonly statementLimitMs: number },
): Promise<ConnectedDatabase> {
  return connectPrivately(pgData, { label, folder: pgData }, limits);
}

/** Who asks for it has a limit of its own: a run, or a command that checks a copy. */
async function connectPrivately(
  pgData: string,
  place: Place,
  {
    files,
    signal,
    statementLimitMs = limitOfRun,
  }: {
    readonly files?: () => Promise<Uint8Array<ArrayBuffer>>;
    readonly signal: AbortSignal | undefined;
    readonly statementLimitMs?: number;
  },
): Promise<ConnectedDatabase> {
  const [{ DatabaseThread }, { EmbeddedSource }] = await Promise.all([
    import('./embedded/database-thread.ts'),
    import('./embedded/embedded-source.ts'),
  ]);
  const start = async () => DatabaseThread.start(pgData, signal, await files?.());
  const source = new EmbeddedSource(await start(), {
    ...place,
    restart: start,
    onEnd: async () => undefined,
    statementLimitMs,
  });
  return connected(source, 'embedded');
}

function connected(source: ConnectionSource, kind: OpenDatabase['kind']): ConnectedDatabase {
  const db = kyselyOver(source);
  const closed = new AbortController();
  return {
    db,
    control: source.control === undefined ? db : kyselyOver(source.control),
    kind,
    label: source.label,
    forRun: (options) => {
      const scope = new ScopedSource(source, options);
      return {
        db: kyselyOver(scope),
        cancelStatements: () => scope.cancelStatements(),
        abandon: () => scope.abandon(),
      };
    },
    ...(source.lend === undefined ? {} : { lend: source.lend.bind(source) }),
    cancelStatements: () => source.cancelStatements(),
    closed: closed.signal,
    close: async () => {
      closed.abort();
      await db.destroy();
      // Kysely ends only a source that was used.
      await source.end();
    },
  };
}
