import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { sql } from 'kysely';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { buildDatabases } from '../../build-databases.mjs';
import { jobs } from '../../jobs/index.ts';
import { migrations } from '../../migrations/index.ts';
import type { DatabaseConfig } from '../../src/config/config.ts';
import { connectDatabase } from '../../src/db/connect.ts';
import { plannedStatements } from '../../src/db/migration-steps.ts';
import { applyMigrations } from '../../src/db/migrator.ts';
import { grantScript, usualRoleNames } from '../../src/grants/script.ts';
import { type OpsdeckRevision, opsdeckSchema } from './opsdeck/opsdeck-sql.ts';
import { type PostgresServer, startPostgresServer } from './postgres-server.ts';
import { quickFolder } from './quick-folder.ts';
import { suiteRetention, suiteRunner } from './suite-runner.ts';

/**
 * What a new test database is copied from. `opsdeck`: OpsDeck's own tables at revision 026, without rows; `attached`: the
 * same, and our migrations after them. Both also at revision 009. `granted`: `attached` with the rights of the manual for
 * {@link suiteRunner} and {@link suiteRetention}; on PostgreSQL alone.
 */
export const templates = [
  'empty',
  'opsdeck',
  'opsdeck_009',
  'standalone',
  'attached',
  'attached_009',
  'granted',
] as const;
export type Template = (typeof templates)[number];

/** The revision of OpsDeck whose tables a template has. */
const opsdeckOf: Readonly<Record<Template, OpsdeckRevision | null>> = {
  empty: null,
  opsdeck: '026',
  opsdeck_009: '009',
  standalone: null,
  attached: '026',
  attached_009: '009',
  granted: '026',
};

declare module 'vitest' {
  export interface ProvidedContext {
    /** URL of the server's maintenance database. */
    postgresUrl: string;
    /** Folder with one data folder of an embedded database per template. */
    embeddedTemplates: string;
    /** Folder for what the tests put on disk; removed at the end. */
    scratch: string;
  }
}

/** Starts one PostgreSQL server and makes the template databases; once per run of the tests. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await buildForSources();
  const server = await startPostgresServer();
  const scratch = await quickFolder('opsdeck-jobs-tests-');
  // Processes of other users work below it, too.
  await chmod(scratch, 0o755);
  const end = async () => {
    await server.stop();
    await rm(scratch, { recursive: true, force: true });
  };
  try {
    const [embeddedTemplates] = await Promise.all([makeEmbeddedTemplates(), makePostgresTemplates(server)]);
    project.provide('postgresUrl', server.url('postgres'));
    project.provide('embeddedTemplates', embeddedTemplates);
    project.provide('scratch', scratch);
  } catch (error) {
    await end();
    throw error;
  }
  return end;
}

async function makePostgresTemplates(server: PostgresServer): Promise<void> {
  const admin = new pg.Client({ connectionString: server.url('postgres') });
  await admin.connect();
  for (const template of templates) {
    const url = server.url(`template_${template}`);
    if (template === 'granted') {
      await admin.query(`create database template_${template} template template_attached`);
      await grant(url);
    } else {
      await admin.query(`create database template_${template}`);
      await fill({ kind: 'postgres', url }, template);
    }
    await admin.query(`alter database template_${template} with is_template true allow_connections false`);
  }
  await admin.end();
}

async function grant(url: string): Promise<void> {
  const owner = new pg.Client({ connectionString: url });
  await owner.connect();
  const names = { ...usualRoleNames, runner: suiteRunner, retention: suiteRetention };
  await owner.query(grantScript({ jobs, names, roles: ['runner', 'retention'] }));
  await owner.end();
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const cache = join(root, 'node_modules/.cache/opsdeck-jobs/');

/** What Node 20 cannot run as TypeScript: threads, and what a user's own jobs import. `built-file.ts` looks for it here. */
async function buildForSources(): Promise<void> {
  const src = fileURLToPath(new URL('../../src/', import.meta.url));
  const files = await readdir(src, { recursive: true });
  const sources = ['index.ts', ...files.filter((file) => file.endsWith('-worker.ts'))];
  await Promise.all([
    ...sources.map((source) => buildSource(join(src, source), basename(source, '.ts'))),
    buildDatabases(root, cache),
  ]);
}

async function buildSource(source: string, name: string): Promise<void> {
  const unfinished = join(cache, `${name}-${process.pid}.js`);
  await build({
    entryPoints: [source],
    outfile: unfinished,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    mainFields: ['module', 'main'],
    external: ['@electric-sql/pglite', 'kysely', 'zod'],
    loader: { '.wasm': 'binary' },
    // Packages in CommonJS ask for it.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
  // Another run of the tests may be using the file: replaced in one step.
  await rename(unfinished, join(cache, `${name}.js`));
}

/**
 * The embedded templates are kept between runs: the first start of a data folder takes seconds. Their folder is named
 * for everything that they are made of, and appears only when they are complete.
 */
async function makeEmbeddedTemplates(): Promise<string> {
  const pglite = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  const packageJson = await readFile(join(dirname(pglite), '..', 'package.json'), 'utf8');
  const ingredients = [
    'pgdata in the folder',
    packageJson,
    opsdeckSchema('026'),
    plannedStatements(migrations, 'standalone'),
  ];
  const hash = createHash('sha256').update(JSON.stringify(ingredients)).digest('hex').slice(0, 16);
  const folder = join(cache, `embedded-${hash}`);
  if (existsSync(folder)) return folder;
  await mkdir(cache, { recursive: true });
  const unfinished = await mkdtemp(join(cache, 'unfinished-'));
  // An embedded database is never an OpsDeck's: one of its revisions is enough for what runs on both.
  for (const template of templates.filter((name) => !name.endsWith('_009') && name !== 'granted')) {
    const dataDir = join(unfinished, template);
    if (template !== 'empty') await cp(join(unfinished, 'empty'), dataDir, { recursive: true });
    await fill({ kind: 'embedded', dataDir }, template);
  }
  await rename(unfinished, folder).catch(async (error: NodeJS.ErrnoException) => {
    // Another run of the tests was first; its templates are as good.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    await rm(unfinished, { recursive: true, force: true });
  });
  return folder;
}

async function fill(config: DatabaseConfig, template: Template): Promise<void> {
  const { db, label, close } = await connectDatabase(config, {
    applicationName: 'opsdeck-jobs tests',
    waitMs: 0,
    emptyWhenNew: true,
  });
  try {
    const opsdeck = opsdeckOf[template];
    for (const statement of opsdeck === null ? [] : opsdeckSchema(opsdeck))
      await sql.raw(statement).execute(db);
    if (template === 'standalone' || template.startsWith('attached'))
      await applyMigrations(db, '0.0.0-template', label);
  } finally {
    await close();
  }
}
