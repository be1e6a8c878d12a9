import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import { ownSourceTypes } from '../sources/source-configs.ts';

/** Columns that keep their value where the file leaves them out, with their type in the file and OpsDeck's default. */
const optional = [
  ['description', 'text', sql`null::text`],
  ['field_mappings', 'json', sql`'[]'::json`],
  ['schedule_type', 'text', sql`'manual'`],
  ['schedule_config', 'json', sql`'{}'::json`],
  ['alert_on_left_only', 'boolean', sql`true`],
  ['alert_on_right_only', 'boolean', sql`true`],
  ['alert_on_mismatches', 'boolean', sql`true`],
  ['min_findings_threshold', 'integer', sql`1`],
  ['notification_channels', 'json', sql`'[]'::json`],
  ['notification_recipients', 'json', sql`'[]'::json`],
  ['auto_create_incidents', 'boolean', sql`false`],
  ['auto_incident_severity', 'text', sql`'SEV-2'`],
  ['is_enabled', 'boolean', sql`true`],
] as const;

const required = ['source_a_type', 'source_b_type', 'key_field_a', 'key_field_b'] as const;
const configs = ['source_a_config', 'source_b_config'] as const;

/** Every column that an import decides about, but for the name. */
const columns: readonly string[] = [...required, ...configs, ...optional.map(([name]) => name)];

/** The same as people write them: each source with its configuration, then its key. */
export const comparisonColumns: readonly string[] = [
  ...['description', 'source_a_type', 'source_a_config', 'source_b_type', 'source_b_config'],
  ...['key_field_a', 'key_field_b'],
  ...optional.map(([name]) => name).filter((name) => name !== 'description'),
];

const jsonColumns = new Set<string>([
  ...configs,
  ...optional.filter(([, type]) => type === 'json').map(([name]) => name),
]);

/** json has no equality; of what jsonb cannot hold every version is another one. */
function comparable(table: string, name: string): RawBuilder<unknown> {
  const column = sql.ref(`${table}.${name}`);
  return jsonColumns.has(name) ? sql`opsdeck_jobs.try_jsonb(${column}::text)::text` : column;
}

const row = (table: string, names: readonly string[]) =>
  sql`row(${sql.join(names.map((name) => comparable(table, name)))})`;

const own = sql.join(ownSourceTypes.map((type) => sql.lit(type)));
const names = (list: readonly string[]) => sql.join(list.map((name) => sql.ref(name)));

/**
 * The comparisons of the file as they are to be: `given` against what is stored. `replan`: its time is computed anew. Snapshots of
 * WITH are of before, so that `c` and `o` are the old rows.
 */
function wanted(text: string, planned: string): RawBuilder<unknown> {
  const optionalTypes = sql.join(optional.map(([name, type]) => sql`${sql.ref(name)} ${sql.raw(type)}`));
  const requiredTypes = sql.join(required.map((name) => sql`${sql.ref(name)} text`));
  const decided = sql.join(
    optional.map(([name, , otherwise]) => {
      const [given, old] = [sql.ref(`g.${name}`), sql.ref(`c.${name}`)];
      return sql`coalesce(${given}, case when c.id is null then ${otherwise} else ${old} end) as ${sql.ref(name)}`;
    }),
  );
  return sql`
    file as (
      select place, item from json_array_elements(${text}::json) with ordinality as items (item, place)
    ), given as (
      select g.*, f.item
        from json_to_recordset(${planned}::json)
               as g (place integer, name text, ours boolean, next timestamptz, ${requiredTypes}, ${optionalTypes})
        join file f using (place)
    ), decided as (
      select g.place, g.name, g.ours, g.next, ${sql.join(required.map((name) => sql.ref(`g.${name}`)))},
             ${sql.join(configs.map((name) => sql`g.item -> ${name} as ${sql.ref(name)}`))}, ${decided},
             coalesce((g.item -> 'settings')::jsonb, o.settings, '{}') as settings,
             c.id, o.next_run_at as our_next, o.settings -> 'due' as due_before
        from given g
        left join public.uar_comparison c on c.name = g.name and c.is_archived is distinct from true
        left join opsdeck_jobs.uar_comparison_state o on o.comparison_id = c.id
    ), wanted as (
      select d.*,
             c.id is null
               or ${row('d', ['schedule_type', 'schedule_config'])} is distinct from ${row('c', ['schedule_type', 'schedule_config'])}
               or d.ours <> (c.source_a_type in (${own}) or c.source_b_type in (${own})) as replan,
             c.id is null or ${row('d', columns)} is distinct from ${row('c', columns)}
               or d.settings is distinct from coalesce(o.settings, '{}') as differs
        from decided d
        left join public.uar_comparison c on c.id = d.id
        left join opsdeck_jobs.uar_comparison_state o on o.comparison_id = d.id
    )`;
}

export interface WrittenComparisons {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  /** `settings.due` of those where it changed; null: it had none, or has none now. */
  readonly due: ReadonlyArray<{
    readonly id: number;
    readonly name: string;
    readonly before: unknown;
    readonly after: unknown;
  }>;
}

/**
 * Writes what differs, in one statement.
 *
 * @param text the JSON list of the file
 * @param planned a JSON list of what was read of it, with `place` (from 1), `ours` and `next`
 */
export async function writeComparisons(
  trx: Transaction<Database>,
  text: string,
  planned: string,
  { now, storedZone }: { readonly now: RawBuilder<string>; readonly storedZone: string },
): Promise<WrittenComparisons> {
  const next = sql`case when w.ours then null else w.next at time zone ${storedZone}::text end`;
  const { rows } = await sql<{
    id: number;
    name: string;
    added: boolean;
    due_changed: boolean;
    before: unknown;
    after: unknown;
  }>`
    with ${wanted(text, planned)}, changed as (
      update public.uar_comparison c
         set ${sql.join(columns.map((name) => sql`${sql.ref(name)} = ${sql.ref(`w.${name}`)}`))}, updated_at = ${now},
             next_run_at = case when w.replan then ${next} else c.next_run_at end
        from wanted w
       where c.id = w.id and w.differs
    ), added as (
      insert into public.uar_comparison
        (name, ${names(columns)}, next_run_at, is_archived, enable_ai_analysis, created_at, updated_at)
      select name, ${names(columns)}, ${next}, false, false, ${now}, ${now}
        from wanted w where id is null order by place
      returning id, name
    ), kept as (
      insert into opsdeck_jobs.uar_comparison_state (comparison_id, settings, next_run_at)
      select coalesce(w.id, a.id), w.settings, case when w.ours then case when w.replan then w.next else w.our_next end end
        from wanted w left join added a on w.id is null and a.name = w.name
       where w.differs
       order by 1
      on conflict (comparison_id) do update set settings = excluded.settings, next_run_at = excluded.next_run_at
    )
    select coalesce(w.id, a.id) as id, w.name, w.id is null as added, w.due_before as before, w.settings -> 'due' as after,
           w.due_before is distinct from w.settings -> 'due' as due_changed
      from wanted w left join added a on w.id is null and a.name = w.name
     where w.differs order by w.place`.execute(trx);
  return {
    added: rows.filter(({ added }) => added).map(({ name }) => name),
    changed: rows.filter(({ added }) => !added).map(({ name }) => name),
    due: rows
      .filter((one) => one.due_changed)
      .map(({ id, name, before, after }) => ({ id, name, before, after })),
  };
}
