import { sql } from 'kysely';
import type { DatabaseConfig } from '../../src/config/config.ts';
import { type ConnectedDatabase, connectDatabase } from '../../src/db/connect.ts';
import type { Template } from './global-setup.ts';

/** Connects without looking at migrations. */
export function connectForTest(config: DatabaseConfig): Promise<ConnectedDatabase> {
  return connectDatabase(config, { applicationName: 'opsdeck-jobs tests', waitMs: 0 });
}

interface Recycled {
  readonly config: DatabaseConfig;
  readonly connected: ConnectedDatabase;
  readonly remove: () => Promise<void>;
  /** Of the schema, as the template has it. */
  readonly fingerprint: string;
}

/**
 * Starting an embedded database takes a second of both cores, so a test file uses the same one again: after a test its
 * tables are emptied and its session is reset. One that is not as it was then (closed, a changed schema, an open
 * transaction) is thrown away, and the next test gets a new one.
 */
export class EmbeddedRecycler {
  readonly #create: (template: Template) => Promise<{ config: DatabaseConfig; remove: () => Promise<void> }>;
  readonly #idle = new Map<Template, Recycled>();

  constructor(
    create: (template: Template) => Promise<{ config: DatabaseConfig; remove: () => Promise<void> }>,
  ) {
    this.#create = create;
  }

  async open(template: Template): Promise<{
    readonly config: DatabaseConfig;
    readonly connected: ConnectedDatabase;
    readonly giveBack: () => Promise<void>;
  }> {
    const recycled = this.#idle.get(template) ?? (await this.#start(template));
    this.#idle.delete(template);
    let closed = false;
    const close = async () => {
      closed = true;
      await recycled.connected.close();
    };
    return {
      config: recycled.config,
      connected: { ...recycled.connected, close },
      giveBack: async () => {
        if (!closed && !this.#idle.has(template) && (await this.#reset(recycled)))
          this.#idle.set(template, recycled);
        else await this.#discard(recycled);
      },
    };
  }

  async end(): Promise<void> {
    for (const recycled of this.#idle.values()) await this.#discard(recycled);
    this.#idle.clear();
  }

  async #start(template: Template): Promise<Recycled> {
    const { config, remove } = await this.#create(template);
    const connected = await connectForTest(config);
    return { config, connected, remove, fingerprint: await fingerprint(connected) };
  }

  async #discard({ connected, remove }: Recycled): Promise<void> {
    await connected.close();
    await remove();
  }

  async #reset({ connected, fingerprint: before }: Recycled): Promise<boolean> {
    try {
      await connected.cancelStatements();
      await sql`discard all`.execute(connected.db);
      await sql`
        do $$ begin
          execute (
            select 'truncate ' || string_agg(format('%I.%I', schemaname, tablename), ', ') || ' restart identity'
              from pg_tables
             where schemaname in ('public', 'opsdeck_jobs')
               and tablename not in ('migration', 'installation', 'alembic_version'));
        end $$`.execute(connected.db);
      return (await fingerprint(connected)) === before;
    } catch {
      return false;
    }
  }
}

/** Everything that makes up the schema, and the rows that are kept. */
async function fingerprint({ db }: ConnectedDatabase): Promise<string> {
  const { rows } = await sql<{ fingerprint: string }>`
    select md5(concat_ws('|',
      (select string_agg(concat_ws(' ', oid, relname, relnatts, relkind, relnamespace), ',' order by oid)
         from pg_class where oid >= 16384),
      (select string_agg(concat_ws(' ', attrelid, attname, atttypid, attnotnull, attisdropped), ','
                         order by attrelid, attnum) from pg_attribute where attrelid >= 16384),
      (select string_agg(concat_ws(' ', oid, conname, convalidated), ',' order by oid)
         from pg_constraint where oid >= 16384),
      (select string_agg(concat_ws(' ', oid, proname, md5(prosrc)), ',' order by oid) from pg_proc where oid >= 16384),
      (select string_agg(concat_ws(' ', oid, tgname, tgenabled), ',' order by oid)
         from pg_trigger where oid >= 16384 and not tgisinternal),
      (select string_agg(nspname, ',' order by oid) from pg_namespace where nspname !~ '^pg_(toast_)?temp_'),
      (select string_agg(setconfig::text, ',') from pg_db_role_setting),
      (select string_agg(rolname, ',' order by oid) from pg_roles),
      (select string_agg(m::text, ',' order by m.name) from opsdeck_jobs.migration m),
      (select string_agg(i::text, ',') from opsdeck_jobs.installation i)
    )) as fingerprint`.execute(db);
  return rows[0]?.fingerprint ?? '';
}
