import { cpSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, afterEach, describe, inject } from 'vitest';
import type { DatabaseConfig } from '../../src/config/config.ts';
import type { OpenDatabase } from '../../src/db/database.ts';
import { openConnected } from '../../src/db/open-migrated.ts';
import type { Clock } from '../../src/time/clock.ts';
import { endThoseBefore } from './before-closing.ts';
import type { Template } from './global-setup.ts';
import {
  type OpsdeckRevision,
  opsdeckCompany,
  opsdeckRevisions,
  opsdeckSeed,
} from './opsdeck/opsdeck-sql.ts';
import { connectForTest, type Lent, type NewDatabase, Recycler } from './recycler.ts';
import { suiteRetention, suiteRunner } from './suite-runner.ts';

export interface FreshOptions {
  /** Business time; default: the database's. */
  readonly clock?: Clock;
  /** OpsDeck's tables were there before our migrations ran. */
  readonly attached?: true;
  /** On PostgreSQL: OpsDeck's own tables with the rights of the manual; see {@link DatabaseHarness.asRunner}. */
  readonly granted?: true;
}

/** Fresh databases for one suite; everything is closed and removed after each test. */
export interface DatabaseHarness {
  readonly kind: OpenDatabase['kind'];
  /** An own, migrated database, open. Default: standalone, empty. */
  fresh(options?: FreshOptions): Promise<OpenDatabase>;
  /** Another OpenDatabase on the same database: a second connection. PostgreSQL only. */
  second(database: OpenDatabase, options?: { readonly clock?: Clock }): Promise<OpenDatabase>;
  /** The same database as the role of the manual, for what a job does; where there is none, as it is open. */
  asRunner(database: OpenDatabase, clock: Clock): Promise<OpenDatabase>;
  /** The same as the role that may delete. */
  asRetention(database: OpenDatabase, clock: Clock): Promise<OpenDatabase>;
  /**
   * An own database that nobody has opened: for processes, and for what `fresh` cannot be. `empty`: no table at all;
   * `opsdeck`: OpsDeck's tables, never migrated; `standalone` and `attached`: migrated.
   */
  config(template?: Template): Promise<DatabaseConfig>;
  /** Where an open database is, for a process that is to open it too (an embedded one must be closed first). */
  configOf(database: OpenDatabase): DatabaseConfig;
}

/** Describes the suite twice: on PostgreSQL and on the embedded database. */
export function onEachDatabase(suite: (harness: DatabaseHarness) => void): void {
  onPostgres(suite);
  onEmbedded(suite);
}

/** Describes the suite on PostgreSQL alone: it needs several connections, or is about a server. */
export function onPostgres(suite: (harness: DatabaseHarness) => void): void {
  describe('PostgreSQL', () => withHarness('postgres', newPostgres, suite));
}

/** Describes the suite on the embedded database alone. */
export function onEmbedded(suite: (harness: DatabaseHarness) => void): void {
  describe('embedded', () => withHarness('embedded', newEmbedded, suite));
}

/** OpsDeck's own database at one revision, with the rows that OpsDeck itself puts there. */
export interface OpsdeckHarness {
  readonly revision: OpsdeckRevision;
  /** A fresh copy, migrated by us and open. */
  fresh(options?: OpsdeckOptions): Promise<OpenDatabase>;
  /** A fresh copy that nobody has opened. `migrated: false`: as OpsDeck alone leaves it. */
  config(options?: OpsdeckOptions & { readonly migrated?: boolean }): Promise<DatabaseConfig>;
}

export interface OpsdeckOptions {
  /** Business time of what is opened; default: the database's. */
  readonly clock?: Clock;
  /** With the company of `opsdeck/company.sql`: the morning of 2026-03-02. */
  readonly company?: true;
}

/** Describes the suite on OpsDeck's own schema, at each revision that is supported at least in part. */
export function onOpsdeck(suite: (harness: OpsdeckHarness) => void): void {
  describe.each(opsdeckRevisions)('OpsDeck at revision %s', (revision) => {
    let cleanups: (() => Promise<void>)[] = [];
    afterEach(async () => {
      const due = cleanups.reverse();
      cleanups = [];
      await endThoseBefore();
      for (const cleanup of due) await cleanup();
    });
    const config: OpsdeckHarness['config'] = async ({ company, migrated = true } = {}) => {
      const template = migrated ? 'attached' : 'opsdeck';
      const created = await newPostgres(revision === '009' ? `${template}_009` : template);
      cleanups.push(created.remove);
      const connected = await connectForTest(created.config);
      const rows = [...opsdeckSeed(revision), ...(company === true ? opsdeckCompany() : [])];
      // Several statements in one message: a fifth of the time.
      await sql.raw(rows.join(';\n')).execute(connected.db);
      await connected.close();
      return created.config;
    };
    suite({
      revision,
      config,
      fresh: async (options = {}) => {
        const connected = await connectForTest(await config(options));
        cleanups.push(() => connected.close());
        return openConnected(connected, {
          storedTimezone: undefined,
          ...(options.clock === undefined ? {} : { clock: options.clock }),
        });
      },
    });
  });
}

function withHarness(
  kind: OpenDatabase['kind'],
  create: (template: Template) => Promise<NewDatabase>,
  suite: (harness: DatabaseHarness) => void,
): void {
  const recycler = new Recycler(create);
  afterAll(() => recycler.end());
  suite(makeHarness(kind, create, recycler));
}

function makeHarness(
  kind: OpenDatabase['kind'],
  create: (template: Template) => Promise<NewDatabase>,
  recycler: Recycler,
): DatabaseHarness {
  const lent = new Map<OpenDatabase, Lent>();
  let cleanups: (() => Promise<void>)[] = [];

  afterEach(async () => {
    const due = cleanups.reverse();
    cleanups = [];
    await endThoseBefore();
    lent.clear();
    for (const cleanup of due) await cleanup();
  });

  async function toOpen(from: Lent, clock: Clock | undefined): Promise<OpenDatabase> {
    cleanups.push(from.giveBack);
    const database = await openConnected(from.connected, {
      storedTimezone: undefined,
      ...(clock === undefined ? {} : { clock }),
    });
    lent.set(database, from);
    return database;
  }

  function lentAs(database: OpenDatabase): Lent {
    const from = lent.get(database);
    if (from === undefined) throw new Error('not a database of this harness and test');
    return from;
  }

  async function asRole(database: OpenDatabase, role: string, clock: Clock): Promise<OpenDatabase> {
    const first = lentAs(database);
    if (first.config.kind !== 'postgres' || !first.granted) return database;
    const url = new URL(first.config.url);
    url.username = role;
    const connected = await connectForTest({ ...first.config, url: url.href });
    return toOpen({ ...first, connected, giveBack: () => connected.close() }, clock);
  }

  return {
    kind,
    configOf: (database) => {
      const from = lentAs(database);
      from.spend();
      return from.config;
    },
    config: async (template = 'standalone') => {
      const created = await create(template);
      cleanups.push(created.remove);
      return created.config;
    },
    fresh: async (options = {}) => {
      const template = options.attached === true ? 'attached' : 'standalone';
      const granted = options.granted === true && kind === 'postgres';
      return toOpen(await recycler.open(granted ? 'granted' : template), options.clock);
    },
    asRunner: (database, clock) => asRole(database, suiteRunner, clock),
    asRetention: (database, clock) => asRole(database, suiteRetention, clock),
    second: async (database, options = {}) => {
      if (kind === 'embedded') throw new Error('an embedded database has one connection');
      const first = lentAs(database);
      const connected = await connectForTest(first.config);
      return toOpen({ ...first, connected, giveBack: () => connected.close() }, options.clock);
    },
  };
}

let databases = 0;

async function newPostgres(template: Template): Promise<NewDatabase> {
  databases += 1;
  const name = `test_${process.pid}_${databases}`;
  await asAdmin(`create database ${name} template template_${template}`);
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${name}`;
  return {
    config: { kind: 'postgres', url: url.href },
    remove: () => asAdmin(`drop database if exists ${name} with (force)`),
  };
}

async function asAdmin(statement: string): Promise<void> {
  const admin = new pg.Client({ connectionString: inject('postgresUrl') });
  await admin.connect();
  try {
    await admin.query(statement);
  } finally {
    await admin.end();
  }
}

declare global {
  // Node's types have the namespace alone.
  const WebAssembly: { compile(bytes: Uint8Array): Promise<WebAssembly.Module> };
}
let engine: Promise<WebAssembly.Module> | undefined;

/**
 * PGlite's machine code. While a process holds it, every start of an embedded database in it uses what was compiled for the
 * ones before, and takes half the time.
 */
function holdEngine(): Promise<WebAssembly.Module> {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  engine ??= readFile(join(dirname(entry), 'pglite.wasm')).then((bytes) => WebAssembly.compile(bytes));
  return engine;
}

async function newEmbedded(template: Template): Promise<NewDatabase> {
  await holdEngine();
  const folder = await mkdtemp(join(inject('scratch'), 'embedded-'));
  const dataDir = join(folder, 'data');
  // Three times as fast as the asynchronous copy.
  cpSync(join(inject('embeddedTemplates'), template), dataDir, { recursive: true });
  return {
    config: { kind: 'embedded', dataDir },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
