import { type RawBuilder, sql } from 'kysely';
import { addDays } from '../../../src/time/calendar-day.ts';
import { columnRef } from '../batch/line.sql.ts';
import type { Condition } from '../settings.ts';
import { guardRule } from './guards.sql.ts';
import { type Moment, midnight } from './moment.sql.ts';
import { referencesTo } from './references.sql.ts';
import type { Column, TableShape } from './table-shape.sql.ts';
import { findColumn, relatedFrom, rootKey, type Target } from './target.ts';

/*
 * Which rows `t` of a policy's table may be taken, as SQL. The same rules are used to count, to select, and once more inside the
 * transaction that deletes. Where a value is null a row is not due.
 */

const all = (rules: readonly RawBuilder<unknown>[]): RawBuilder<boolean> =>
  rules.length === 0 ? sql<boolean>`true` : sql<boolean>`(${sql.join(rules, sql` and `)})`;

/** `column < cutoff` in the terms of the column's type. */
function isOlder(column: Column, moment: Moment, days: number): RawBuilder<boolean> {
  const own = columnRef('t', column.name);
  if (column.base_type === 'date') return sql<boolean>`${own} < ${addDays(moment.today, -days)}::date`;
  const cutoff = midnight(moment, days);
  return column.base_type === 'timestamp with time zone'
    ? sql<boolean>`${own} < ${cutoff}`
    : sql<boolean>`${own} < (${cutoff} at time zone ${moment.zones.stored}::text)`;
}

const typed = (value: string | number | boolean, type: string) =>
  sql`${String(value)}::text::${sql.raw(type)}`;

/** What anonymising writes: the text with the key of the row in place of `{key}`. */
export function replacement(value: string, type: string, key: RawBuilder<unknown>): RawBuilder<unknown> {
  return value.includes('{key}')
    ? sql`replace(${value}::text, '{key}', ${key}::text)::${sql.raw(type)}`
    : typed(value, type);
}

function conditionRule({ column, operator, value }: Condition, shape: TableShape): RawBuilder<unknown> {
  const own = columnRef('t', column);
  const type = findColumn(shape, column)?.base_type ?? 'text';
  const list = () => sql`array[${sql.join([value ?? []].flat().map((one) => typed(one, type)))}]`;
  const one = () => typed(Array.isArray(value) || value === undefined ? '' : value, type);
  switch (operator) {
    case 'equals':
      return sql`${own} = ${one()}`;
    case 'not_equals':
      return sql`${own} <> ${one()}`;
    case 'less_than':
      return sql`${own} < ${one()}`;
    case 'greater_than':
      return sql`${own} > ${one()}`;
    case 'in':
      return sql`${own} = any (${list()})`;
    case 'not_in':
      return sql`${own} <> all (${list()})`;
    case 'is_null':
      return sql`${own} is null`;
    case 'is_not_null':
      return sql`${own} is not null`;
    default:
      return operator satisfies never;
  }
}

/** Every value that a policy names, in the type of its column. */
export function valuesOfPolicy({ policy, shape }: Target): readonly RawBuilder<unknown>[] {
  const typeOf = (column: string) => findColumn(shape, column)?.base_type ?? 'text';
  return [
    ...policy.conditions.flatMap(({ column, value }) =>
      [value ?? []].flat().map((one) => typed(one, typeOf(column))),
    ),
    ...Object.entries(policy.replace).flatMap(([column, value]) =>
      value === null ? [] : [typed(value, typeOf(column))],
    ),
  ];
}

/**
 * Snapshots that another one stands for: of those that are older than `allDays` the newest of each week is kept, and of those that are
 * older than `weeklyDays` the newest of each month; and always the newest of each framework, with which the next run compares.
 */
function thinned(moment: Moment, allDays: number, weeklyDays: number): RawBuilder<unknown> {
  const local = sql`(s.taken_at at time zone ${moment.zones.business}::text)`;
  return sql`t.id in (
    select audit_id from (
      select s.audit_id, s.taken_at,
             row_number() over (partition by case when s.taken_at >= ${midnight(moment, weeklyDays)}
                                                  then to_char(${local}, '"w"IYYY-IW') else to_char(${local}, '"m"YYYY-MM') end
                                order by s.taken_at desc, s.audit_id desc) as place
        from opsdeck_jobs.drift_snapshot s join public.compliance_audit a on a.id = s.audit_id) one
     where place > 1 and taken_at < ${midnight(moment, allDays)}
       and audit_id not in (select max(audit_id) from opsdeck_jobs.drift_snapshot_framework group by framework_id))`;
}

/** Old enough, with every condition of the policy, and not dealt with yet. */
export function isDue(target: Target, moment: Moment): RawBuilder<boolean> {
  const { policy, shape } = target;
  const timestamp = findColumn(shape, policy.timestampColumn);
  if (timestamp === undefined) throw new TypeError('a target has its timestamp column');
  const rules: RawBuilder<unknown>[] = [
    isOlder(timestamp, moment, policy.keep.kind === 'days' ? policy.keep.days : policy.keep.allDays),
    ...policy.conditions.map((condition) => conditionRule(condition, shape)),
  ];
  if (policy.keep.kind === 'thin') rules.push(thinned(moment, policy.keep.allDays, policy.keep.weeklyDays));
  rules.push(...guardRule(target, moment));
  if (policy.action === 'archive_only')
    rules.push(sql`not exists (select from opsdeck_jobs.archived_copy c
                                where c.table_name = ${policy.table}::text and c.key = ${rootKey(target)}::text)`);
  if (policy.action === 'anonymise') {
    const differs = Object.entries(policy.replace).map(([name, value]) => {
      const type = findColumn(shape, name)?.base_type ?? 'text';
      const wanted = value === null ? sql`null` : sql`(${replacement(value, type, rootKey(target))})::text`;
      return sql`${columnRef('t', name)}::text is distinct from ${wanted}`;
    });
    rules.push(sql`(${sql.join(differs, sql` or `)})`);
  }
  return all(rules);
}

/** A combination of columns that active holds of a table name. */
export interface HoldColumns {
  readonly table: string;
  readonly columns: readonly string[];
}

/**
 * Is the row, or one that goes with it, held? Reads the holds as they are when the statement runs; `columns`: their combinations, so
 * that each is one look into an index.
 */
export function isHeld(
  target: Target,
  columns: readonly HoldColumns[],
  { today }: Moment,
): RawBuilder<boolean> {
  const matching = (alias: string, hold: HoldColumns) => sql`
    h.table_name = ${hold.table}::text and h.released_at is null and (h.until is null or h.until >= ${today}::date)
    and h.columns = ${[...hold.columns]}::text[]
    and h."values" = array[${sql.join(hold.columns.map((name) => sql`${columnRef(alias, name)}::text`))}]::text[]`;
  const rules = columns.flatMap((hold): RawBuilder<unknown>[] => {
    if (hold.table === target.policy.table)
      return [sql`exists (select from opsdeck_jobs.retention_hold h where ${matching('t', hold)})`];
    return target.related
      .filter(({ shape }) => shape.table === hold.table)
      .map((related) => {
        const { alias, from, root } = relatedFrom(related);
        return sql`exists (select from ${from} join opsdeck_jobs.retention_hold h on ${matching(alias, hold)}
                            where ${root} = ${rootKey(target)})`;
      });
  });
  return rules.length === 0 ? sql<boolean>`false` : sql<boolean>`(${sql.join(rules, sql` or `)})`;
}

/** Due, not held, and not referenced: the rows that a policy takes. */
export function isTaken(target: Target, moment: Moment, holds: readonly HoldColumns[]): RawBuilder<boolean> {
  const references = referencesTo(target).map(({ exists }) => sql`not ${exists}`);
  return all([isDue(target, moment), sql`not ${isHeld(target, holds, moment)}`, ...references]);
}
