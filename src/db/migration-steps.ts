import { createHash } from 'node:crypto';
import { type Migration, migrations } from '../../migrations/index.ts';
import type { DatabaseMode } from './database.ts';
import { stepHash } from './step-hash.ts';

/** Run before the first step when there is no such schema: who may not create one can be given an empty one of that name. */
export const createSchema = 'create schema opsdeck_jobs';
export const createMigrationTable = `create table opsdeck_jobs.migration (
  name text primary key,
  applied_at timestamptz not null default now(),
  program_version text not null
)`;

/** By step, the hash of what it does. */
export const stepHashes: ReadonlyMap<string, string> = new Map(
  migrations.map((step) => [step.name, stepHash(step)]),
);

/** A step of which no statement is run on such a database, because a running OpsDeck owns its tables. */
export function isPassedOver(
  migration: Pick<Migration, 'standaloneOnly'> | undefined,
  mode: DatabaseMode,
): boolean {
  return migration?.standaloneOnly === true && mode === 'attached';
}

/** The SQL that `applyMigrations` would run, beside its own notes of what it did; for `migrate --dry-run`. */
export function plannedStatements(pending: readonly Migration[], mode: DatabaseMode): readonly string[] {
  return [
    ...(pending.length === migrations.length ? [createSchema, createMigrationTable] : []),
    ...pending.filter((step) => !isPassedOver(step, mode)).flatMap((step) => step.statements),
  ];
}

/** Stands for the version of the program in the files of a new database that the build made, until their first opening. */
export const builtVersion = 'built';

/**
 * Names the files of a migrated new database by every step that they contain: a program with another step does not find them,
 * and migrates an empty one.
 */
export function newDatabaseKey(): string {
  return createHash('sha256')
    .update(JSON.stringify([...stepHashes]))
    .digest('hex')
    .slice(0, 16);
}

/** Makes an empty database one that is migrated and was never opened; for the build. */
export function newDatabaseStatements(): readonly string[] {
  const rows = [...stepHashes].map(([name, hash]) => `('${name}', '${builtVersion}', '${hash}')`);
  return [
    'begin',
    ...plannedStatements(migrations, 'standalone'),
    `insert into opsdeck_jobs.migration (name, program_version, content_hash) values ${rows.join(', ')}`,
    `insert into opsdeck_jobs.installation (mode, program_version) values ('standalone', '${builtVersion}')`,
    'commit',
  ];
}
