import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { opsdeckTables } from '../../migrations/0002-opsdeck-tables.ts';
import type { DatabaseConfig } from '../../src/config/config.ts';
import { connectDatabase } from '../../src/db/connect.ts';
import { applyMigrations } from '../../src/db/migrator.ts';
import { startPostgresServer } from './postgres-server.ts';

/** What a new test database is copied from. `attached`: OpsDeck's tables were there before our migrations. */
export const templates = ['empty', 'opsdeck', 'standalone', 'attached'] as const;
export type Template = (typeof templates)[number];

declare module 'vitest' {
  export interface ProvidedContext {
    /** URL of the server's maintenance database. */
    postgresUrl: string;
    /** Folder with one data folder of an embedded database per template. */
    embeddedTemplates: string;
  }
}

const opsdeckSql = [
  ...opsdeckTables.statements,
  'create table public.alembic_version (version_num varchar(32) primary key)',
  "insert into public.alembic_version values ('026')",
];

/** Starts one PostgreSQL server and makes the template databases; once per run of the tests. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgresServer();
  const folder = await mkdtemp(join(tmpdir(), 'opsdeck-jobs-embedded-'));
  const admin = new pg.Client({ connectionString: server.url('postgres') });
  await admin.connect();
  await Promise.all([
    ...templates.map(async (template) => {
      await admin.query(`create database template_${template}`);
      await fill({ kind: 'postgres', url: server.url(`template_${template}`) }, template);
      await admin.query(`alter database template_${template} with is_template true allow_connections false`);
    }),
    ...templates.map((template) => fill({ kind: 'embedded', dataDir: join(folder, template) }, template)),
  ]);
  await admin.end();
  project.provide('postgresUrl', server.url('postgres'));
  project.provide('embeddedTemplates', folder);
  return async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
}

async function fill(config: DatabaseConfig, template: Template): Promise<void> {
  const { db, close } = await connectDatabase(config, { applicationName: 'opsdeck-jobs tests', waitMs: 0 });
  try {
    if (template === 'opsdeck' || template === 'attached') {
      for (const statement of opsdeckSql) await sql.raw(statement).execute(db);
    }
    if (template === 'standalone' || template === 'attached') await applyMigrations(db, '0.0.0-template');
  } finally {
    await close();
  }
}
