import pg from 'pg';
import { expect, it } from 'vitest';
import { jobs } from '../../jobs/index.ts';
import { onOpsdeck } from '../support/databases.ts';
import { quickFolder } from '../support/quick-folder.ts';
import { terminalOn } from '../support/served-database.ts';

/** Everything that the catalogue says of `public`: tables, columns, defaults, keys, indexes, triggers, functions, rights. */
const catalogue = `
  select concat_ws(' ', 'relation', relname, relkind, relowner, relacl, relrowsecurity, reloptions) as line
    from pg_class where relnamespace = 'public'::regnamespace
  union all
  select concat_ws(' ', 'column', relname, attname, format_type(atttypid, atttypmod), attnotnull, attacl, pg_get_expr(adbin, adrelid))
    from pg_attribute join pg_class on pg_class.oid = attrelid left join pg_attrdef on adrelid = attrelid and adnum = attnum
   where relnamespace = 'public'::regnamespace and attnum > 0 and not attisdropped
  union all
  select concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid))
    from pg_constraint where connamespace = 'public'::regnamespace
  union all
  select 'index ' || indexdef from pg_indexes where schemaname = 'public'
  union all
  select concat_ws(' ', 'trigger', relname, tgname)
    from pg_trigger join pg_class on pg_class.oid = tgrelid
   where relnamespace = 'public'::regnamespace and not tgisinternal
  union all
  select concat_ws(' ', 'function', proname) from pg_proc where pronamespace = 'public'::regnamespace
  union all
  select concat_ws(' ', 'type', typname) from pg_type where typnamespace = 'public'::regnamespace
   order by line`;

/** The tables of OpsDeck's that runs write rows into. */
const writtenTables = new Set([
  'compliance_audit',
  'email_template',
  'exchange_rate',
  'finance_settings',
  'notification_event',
  'scheduled_communication',
  'security_incident',
  'uar_comparison',
  'uar_execution',
  'uar_finding',
]);

interface State {
  readonly catalogue: readonly string[];
  /** By table, a hash of its rows; without the tables that runs write into. */
  readonly rows: Readonly<Record<string, string>>;
}

async function stateOf(url: string): Promise<State> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const lines = await client.query<{ line: string }>(catalogue);
    const tables = await client.query<{ name: string }>(
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by relname`,
    );
    const others = tables.rows.map(({ name }) => name).filter((name) => !writtenTables.has(name));
    const hashes = await client.query<{ name: string; hash: string }>(
      others
        .map(
          (name) =>
            `select '${name}' as name, md5(coalesce(string_agg(t::text, ',' order by t::text), '')) as hash from public."${name}" t`,
        )
        .join(' union all '),
    );
    return {
      catalogue: lines.rows.map(({ line }) => line),
      rows: Object.fromEntries(hashes.rows.map(({ name, hash }) => [name, hash])),
    };
  } finally {
    await client.end();
  }
}

onOpsdeck((harness) => {
  it('whatever is run, the catalogue of public stays as it is, and only the tables of the manual change', async () => {
    const config = await harness.config({ company: true, migrated: false });
    if (config.kind !== 'postgres') throw new Error('OpsDeck is on PostgreSQL');
    const terminal = terminalOn(config, await quickFolder('opsdeck-untouched-'));
    const before = await stateOf(config.url);
    const commands = [
      ['migrate'],
      ['list'],
      ['preview'],
      ...jobs.map(({ name }) => ['run-job', name, '--allow-empty']),
      ['list'],
    ];
    const faults: string[] = [];
    for (const command of commands) {
      const { stdout, stderr } = await terminal.run(command);
      // Not every job can succeed here (no mail server, no rates); none may find OpsDeck's tables other than it thinks.
      if (/unexpected error|does not exist|syntax error|violates/i.test(stdout + stderr))
        faults.push(`${command.join(' ')}: ${stdout}${stderr}`);
    }
    expect(faults).toEqual([]);
    const after = await stateOf(config.url);
    expect(after.catalogue).toEqual(before.catalogue);
    expect(after.rows).toEqual(before.rows);
  });
});
