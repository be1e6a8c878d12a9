import { resolve } from 'node:path';
import type { BackupFacts } from '../../db/embedded/backup/backup-file.ts';
import { restoreEmbedded } from '../../db/embedded/backup/restore.ts';
import { hasDatabase } from '../../db/embedded/data-folder.ts';
import { toOperatorError } from '../../db/errors.ts';
import { ExitCode } from '../../errors/exit-code.ts';
import { usage } from '../../errors/usage.ts';
import { openRegularFile } from '../../import/input-file.ts';
import { count } from '../../text/count.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { loadConfiguration, sayUnread } from '../load-configuration.ts';
import { writeJson } from '../render/json.ts';
import { type ConsentOptions, consent, requireAnswer } from '../runs/confirm.ts';
import { statementLimitOf } from '../statement-timeout.ts';

/** As typed. */
export interface RestoreOptions extends ConsentOptions {
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
  const configuration = await loadConfiguration(io, globals);
  const { config, secrets } = configuration;
  sayUnread(io, configuration);
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
  const { dataDir } = database;
  const replaces = hasDatabase(dataDir);
  const document = ({ tables, rows, version, createdAt }: BackupFacts) => ({
    file,
    data_dir: dataDir,
    tables,
    rows,
    version,
    created_at: createdAt.toISOString(),
  });
  if (replaces && options.dryRun !== true)
    requireAnswer(io, options.yes, `Replace the embedded database in ${dataDir}, whose data are lost?`);
  try {
    const answer: { ended: ExitCode | null } = { ended: null };
    const facts = await restoreEmbedded(
      dataDir,
      path,
      file,
      {
        command: 'opsdeck-jobs restore',
        takeOffer: false,
        signal: io.stop,
        statementLimitMs,
      },
      async (checked) => {
        answer.ended = await consent(io, options, async () => ({
          words: changeWords(file, dataDir, checked, replaces),
          count: replaces ? 1 : 0,
          document: { ...document(checked), replaces_database: replaces },
        }));
        return answer.ended === null;
      },
    );
    if (answer.ended !== null) return answer.ended;
    const { tables, rows, version, createdAt } = facts;
    if (options.json === true) {
      writeJson(io, document(facts));
    } else {
      io.stdout.write(
        `${file} of ${createdAt.toISOString()} (opsdeck-jobs ${version}) is now the database in ${dataDir}: ${tables} tables, ${rows} ${rows === 1 ? 'row' : 'rows'}.\nNo message is sent from it until: opsdeck-jobs migrate --confirm-database\n`,
      );
    }
    return ExitCode.ok;
  } catch (error) {
    throw secrets.scrubError(toOperatorError(error));
  }
}

/** The old database is not opened: it may be broken. */
function changeWords(
  file: string,
  dataDir: string,
  { tables, rows, createdAt }: BackupFacts,
  replaces: boolean,
): string {
  const backup = `${file} of ${createdAt.toISOString()} (${count(tables, 'table')}, ${count(rows, 'row')})`;
  return replaces
    ? `replace the embedded database in ${dataDir}, whose data are lost, with ${backup}`
    : `make an embedded database in ${dataDir} of ${backup}`;
}
