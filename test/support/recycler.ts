import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { DatabaseConfig } from '../../src/config/config.ts';
import { type ConnectedDatabase, connectDatabase } from '../../src/db/connect.ts';
import { emptyDatabase, fingerprint } from './empty-database.ts';
import type { Template } from './global-setup.ts';

export interface NewDatabase {
  readonly config: DatabaseConfig;
  readonly remove: () => Promise<void>;
}

/** A database that is connected, and what becomes of it after the test. */
export interface Lent {
  readonly config: DatabaseConfig;
  /** It has the rights of the manual. */
  readonly granted: boolean;
  readonly connected: ConnectedDatabase;
  /** Others were told where it is: nobody has it after this test. */
  spend(): void;
  giveBack(): Promise<void>;
}

/** Connects without looking at migrations. */
export function connectForTest(config: DatabaseConfig): Promise<ConnectedDatabase> {
  return connectDatabase(config, { applicationName: 'opsdeck-jobs tests', waitMs: 0 });
}

interface Recycled extends NewDatabase {
  /** Of the schema, as the template has it. */
  readonly fingerprint: string;
  /** An embedded database stays open: its start takes most of the time. One of a server is connected to anew by each test. */
  connected: ConnectedDatabase | undefined;
}

/**
 * Making a database takes a good part of a second, and starting an embedded one a second of both cores, so the tests of a file
 * use the same ones again: after a test its tables are emptied and its session is reset. One that is not as it was then (closed,
 * a changed schema, an open transaction, somebody else connected) is thrown away, and the next test gets a new one.
 */
export class Recycler {
  readonly #create: (template: Template) => Promise<NewDatabase>;
  readonly #idle = new Map<Template, Recycled[]>();

  constructor(create: (template: Template) => Promise<NewDatabase>) {
    this.#create = create;
  }

  async open(template: Template): Promise<Lent> {
    const recycled = this.#idle.get(template)?.pop() ?? (await this.#start(template));
    const connected = recycled.connected ?? (await connectForTest(recycled.config));
    recycled.connected = connected;
    let spent = false;
    return {
      config: recycled.config,
      granted: template === 'granted',
      connected: {
        ...connected,
        close: () => {
          spent = true;
          return connected.close();
        },
      },
      spend: () => {
        spent = true;
      },
      giveBack: async () => {
        if (!spent && (await reset(recycled, connected).catch(() => false)))
          this.#idle.set(template, [...(this.#idle.get(template) ?? []), recycled]);
        else await discard(recycled);
      },
    };
  }

  async end(): Promise<void> {
    for (const recycled of [...this.#idle.values()].flat()) await discard(recycled);
    this.#idle.clear();
  }

  async #start(template: Template): Promise<Recycled> {
    const { config, remove } = await this.#create(template);
    const connected = await connectForTest(config);
    return { config, remove, connected, fingerprint: await fingerprint(connected.db, isAlone(config)) };
  }
}

/** An embedded database shares roles and settings with no other. */
function isAlone({ kind }: DatabaseConfig): boolean {
  return kind === 'embedded';
}

async function discard({ connected, remove }: Recycled): Promise<void> {
  await connected?.close();
  await remove();
}

/** true: it is as new. */
async function reset(recycled: Recycled, connected: ConnectedDatabase): Promise<boolean> {
  if (recycled.config.kind === 'embedded') {
    await connected.cancelStatements();
    await sql`discard all`.execute(connected.db);
    return isAsNew(recycled, connected);
  }
  // What the test left behind must not reach the next one, and fails as it would without a database.
  await connected.close();
  recycled.connected = undefined;
  const own = await connectForTest(recycled.config);
  try {
    return (await isLeft(own)) && (await isAsNew(recycled, own));
  } finally {
    await own.close();
  }
}

async function isAsNew(recycled: Recycled, { db }: ConnectedDatabase): Promise<boolean> {
  await emptyDatabase(db);
  return (await fingerprint(db, isAlone(recycled.config))) === recycled.fingerprint;
}

/** Is nobody else connected? The server notices a moment late who has gone. */
async function isLeft({ db }: ConnectedDatabase): Promise<boolean> {
  for (let tries = 0; tries < 20; tries += 1) {
    const { rows } = await sql<{ others: number }>`
      select count(*)::int as others from pg_stat_activity
       where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()`.execute(
      db,
    );
    if (rows[0]?.others === 0) return true;
    await sleep(5);
  }
  return false;
}
