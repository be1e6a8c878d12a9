import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  type BackupFacts,
  copyDatabase,
  packCopy,
  removeCopy,
  unpackAndCheck,
} from '../../db/embedded/backup/backup-file.ts';
import { type CopyFacts, type CopyLimits, withCopy } from '../../db/embedded/backup/check-copy.ts';
import { sqlOfCopy } from '../../db/embedded/backup/sql-file.ts';
import { ExitCode } from '../../errors/exit-code.ts';
import type { OperatorError } from '../../errors/operator-error.ts';
import { usage } from '../../errors/usage.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { writeOutputFile } from '../output-file.ts';
import { writeJson } from '../render/json.ts';
import { type Session, withSession } from '../session.ts';
import { statementLimitOf } from '../statement-timeout.ts';

/** As typed. */
export interface BackupOptions {
  readonly sql?: boolean;
  readonly json?: boolean;
  readonly timeout?: string;
}

/** `backup FILE`: the embedded database at one moment, in a file that only its owner can read. */
export function backup(
  io: Io,
  globals: GlobalOptions,
  file: string,
  options: BackupOptions,
): Promise<ExitCode> {
  const statementLimitMs = statementLimitOf(options);
  return withSession(io, globals, { isLong: true, statementLimitMs }, async (session) => {
    const limits = { signal: io.stop, statementLimitMs };
    const { database } = session;
    if (database.folder === undefined) throw notEmbedded(database.label);
    const folder = database.folder.path;
    const work = join(folder, `backup-${randomUUID()}`);
    try {
      await copyDatabase(database, folder, work, io.stop);
      const createdAt = database.clock.now();
      const facts =
        options.sql === true
          ? await writeSql(session, file, work, limits)
          : await writeBackup(session, file, work, createdAt, limits);
      const { size } = await stat(resolve(io.cwd, file));
      print(session, file, options, facts, size, createdAt);
    } finally {
      await removeCopy(work);
    }
    return ExitCode.ok;
  });
}

async function writeBackup(
  { io }: Session,
  file: string,
  work: string,
  createdAt: Date,
  limits: CopyLimits,
): Promise<BackupFacts> {
  let facts: BackupFacts | undefined;
  await writeOutputFile(io.cwd, file, packCopy(work, createdAt), {
    option: 'backup',
    mode: 0o600,
    check: async (temporary) => {
      facts = await unpackAndCheck(temporary, file, work, limits);
    },
  });
  if (facts === undefined) throw new Error('the backup was not checked');
  return facts;
}

async function writeSql(
  { io, database }: Session,
  file: string,
  work: string,
  limits: CopyLimits,
): Promise<CopyFacts> {
  return withCopy(work, database.label, limits, async (copy) => {
    const counted = { tables: 0, rows: 0 };
    await writeOutputFile(io.cwd, file, sqlOfCopy(copy.db, database.storedZone, counted), {
      option: 'backup',
      mode: 0o600,
    });
    return counted;
  });
}

function print(
  { io, database, secrets }: Session,
  file: string,
  { json, sql }: BackupOptions,
  { tables, rows }: CopyFacts,
  bytes: number,
  createdAt: Date,
): void {
  if (json === true) {
    writeJson(io, {
      file,
      format: sql === true ? 'sql' : 'backup',
      bytes,
      tables,
      rows,
      created_at: createdAt.toISOString(),
      database: secrets.scrub(database.label),
    });
    return;
  }
  const megabytes = (bytes / 1_000_000).toFixed(1);
  const checked =
    sql === true ? 'Load it with psql: see docs/operations.md.' : 'The backup was opened and read.';
  io.stdout.write(
    `${file}: ${megabytes} MB, ${tables} tables, ${rows} ${rows === 1 ? 'row' : 'rows'}. ${checked}\n`,
  );
}

function notEmbedded(label: string): OperatorError {
  return usage(
    `${label} is not an embedded database.`,
    "Back it up with PostgreSQL's own pg_dump.",
    'not_embedded',
  );
}
