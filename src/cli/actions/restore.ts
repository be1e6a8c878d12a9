import { resolve } from 'node:path';
import { restoreEmbedded } from '../../db/embedded/backup/restore.ts';
import { toOperatorError } from '../../db/errors.ts';
import { ExitCode } from '../../errors/exit-code.ts';
import { usage } from '../../errors/usage.ts';
import { openRegularFile } from '../../import/input-file.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { loadConfiguration } from '../load-configuration.ts';
import { writeJson } from '../render/json.ts';
import { statementLimitOf } from '../statement-timeout.ts';

/** As typed. */
export interface RestoreOptions {
  readonly json?: boolean;
  readonly timeout?: string;
}

/** `restore FILE`: checks the backup, then puts it in the place of the embedded database. */
export async function restore(
  io: Io,
  globals: GlobalOptions,
  file: string,
  options: RestoreOptions,
): Promise<ExitCode> {
  const statementLimitMs = statementLimitOf(options);
  const { config, secrets } = await loadConfiguration(io, globals);
  const { database } = config;
  if (database.kind !== 'embedded') {
    throw usage(
      'DATABASE_URL leads to a PostgreSQL database, not to an embedded one.',
      "Restore it with PostgreSQL's own pg_restore, or unset DATABASE_URL.",
      'not_embedded',
    );
  }
  const path = resolve(io.cwd, file);
  const handle = await openRegularFile(path);
  await handle.close();
  try {
    const facts = await restoreEmbedded(database.dataDir, path, file, {
      command: 'opsdeck-jobs restore',
      waitMs: 0,
      takeOffer: false,
      signal: io.stop,
      statementLimitMs,
    });
    const { tables, rows, version, createdAt } = facts;
    if (options.json === true) {
      writeJson(io, {
        file,
        data_dir: database.dataDir,
        tables,
        rows,
        version,
        created_at: createdAt.toISOString(),
      });
    } else {
      io.stdout.write(
        `${file} of ${createdAt.toISOString()} (opsdeck-jobs ${version}) is now the database in ${database.dataDir}: ${tables} tables, ${rows} ${rows === 1 ? 'row' : 'rows'}.\nNo message is sent from it until: opsdeck-jobs migrate --confirm-database\n`,
      );
    }
    return ExitCode.ok;
  } catch (error) {
    throw secrets.scrubError(toOperatorError(error));
  }
}
