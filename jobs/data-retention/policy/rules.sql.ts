import { type RawBuilder, sql } from 'kysely';
import { addDays, type Day } from '../../../src/time/calendar-day.ts';
import type { Zones } from '../../../src/time/zones.ts';
import { columnRef, tableRef } from '../batch/line.sql.ts';
import type { Condition } from '../settings.ts';
import { findKnownTable } from './known-tables.ts';
import type { Column, IncomingKey, TableShape } from './table-shape.sql.ts';
import { findColumn, type RelatedTarget, relatedFrom, rootKey, type Target } from './target.ts';

/*
 * Which rows `t` of a policy's table may be taken, as SQL. The same rules are used to count, to select, and once more inside the
 * transaction that deletes. Where a value is null a row is not due.
 */

/** The day of a run; ages are counted in whole days of the business zone. */
export interface Moment {
  readonly today: Day;
  readonly zones: Zones;
}

const all = (rules: readonly RawBuilder<unknown>[]): RawBuilder<boolean> =>
  rules.length === 0 ? sql<boolean>`true` : sql<boolean>`(${sql.join(rules, sql` and `)})`;

/** The midnight, in the business zone, that begins the day `days` ago. */
const midnight = ({ today, zones }: Moment, days: number) =>
  sql`(${addDays(today, -days)}::date::timestamp at time zone ${zones.business}::text)`;

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

function guardRule({ policy }: Target, moment: Moment): RawBuilder<unknown>[] {
  const days = policy.keep.kind === 'days' ? policy.keep.days : policy.keep.allDays;
  switch (policy.guard) {
    case null:
      return [];
    case 'settled_message':
      return [
        sql`t.status in ('sent', 'failed', 'cancelled')
            and (t.sent_at is null or t.sent_at < (${midnight(moment, days)} at time zone ${moment.zones.stored}::text))
            and not exists (select from opsdeck_jobs.message m where m.communication_id = t.id
                               and m.state in ('queued', 'sending', 'held', 'unknown'))`,
      ];
    case 'superseded_review':
      return [
        sql`t.status in ('completed', 'failed')
            and exists (select from public.uar_execution n where n.comparison_id = t.comparison_id
                           and n.status = 'completed' and n.id > t.id)
            and not exists (select from public.uar_finding f
                             where f.execution_id = t.id
                               and (f.status is null or f.status not in ('resolved', 'false_positive')
                                    or f.last_seen_at >= (${midnight(moment, days)} at time zone ${moment.zones.stored}::text)))`,
      ];
    case 'newer_rate':
      return [
        sql`exists (select from public.exchange_rate n where n.currency_code = t.currency_code
                       and n.fetched_at > t.fetched_at)`,
      ];
    case 'intact_snapshot':
      return [
        sql`exists (select from opsdeck_jobs.drift_snapshot s where s.audit_id = t.id
                       and s.content_hash = sha256(convert_to(t.snapshot_data::text, 'UTF8')))`,
      ];
    case 'not_in_chain':
      return [sql`not exists (select from opsdeck_jobs.drift_snapshot s where s.audit_id = t.id)`];
    case 'lone_message':
      return [
        sql`t.state in ('sent', 'failed', 'cancelled')
            and (t.finished_at is null or t.finished_at < ${midnight(moment, days)})
            and not exists (select from public.scheduled_communication c where c.id = t.communication_id)`,
      ];
    case 'past_alert':
      return [
        sql`t.expires_on < ${moment.today}::date
            and (exists (select from opsdeck_jobs.alert_ledger n
                          where n.item_kind = t.item_kind and n.item_id = t.item_id and n.expires_on > t.expires_on)
                 or t.item_kind = 'subscription' and not exists (select from public.subscription x where x.id = t.item_id)
                 or t.item_kind = 'license' and not exists (select from public.license x where x.id = t.item_id)
                 or t.item_kind = 'credential' and not exists (select from public.credentials x where x.id = t.item_id)
                 or t.item_kind = 'certificate' and not exists (select from public.certificates x where x.id = t.item_id))`,
      ];
    case 'newer_published':
      return [
        sql`exists (select from opsdeck_jobs.fx_rate n where n.provider = t.provider and n.base = t.base
                       and n.quote = t.quote and n.rate_date > t.rate_date)`,
      ];
    case 'later_change':
      return [
        sql`exists (select from opsdeck_jobs.drift_event n
                     where n.framework_id = t.framework_id and n.framework_control_id = t.framework_control_id
                       and n.class = t.class and n.detected_at > t.detected_at)`,
      ];
    case 'no_archive':
      return [
        sql`t.cleaned_at is not null
            and not exists (select from opsdeck_jobs.archive_manifest m where m.run_id = t.run_id)`,
      ];
    default:
      return policy.guard satisfies never;
  }
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

/** Rows of another table that keep those of this one. */
export interface Reference {
  readonly table: string;
  readonly exists: RawBuilder<boolean>;
}

/** Whatever points to the row, or to one that goes with it, and does not go with it itself. */
export function referencesTo(target: Target): readonly Reference[] {
  if (target.policy.action === 'archive_only' || target.policy.action === 'anonymise') return [];
  const goesAlong = ({ table, columns }: IncomingKey, parent: string) =>
    target.related.some(
      ({ chain: [own] }) =>
        own?.table === table && own.parent === parent && columns.length === 1 && columns[0] === own.column,
    );
  const on = (key: IncomingKey, alias: string) =>
    sql.join(
      key.columns.map(
        (name, index) => sql`x.${sql.id(name)} = ${columnRef(alias, key.targets[index] ?? '')}`,
      ),
      sql` and `,
    );
  const own = target.shape.incoming
    .filter((key) => !goesAlong(key, target.policy.table))
    .map((key) => ({
      table: key.table,
      exists: sql<boolean>`exists (select from ${tableRef(key.table)} x where ${on(key, 't')})`,
    }));
  const ofRelated = target.related.flatMap((related: RelatedTarget) => {
    const { alias, from, root } = relatedFrom(related);
    return related.shape.incoming
      .filter((key) => !goesAlong(key, related.shape.table))
      .map((key) => ({
        table: key.table,
        exists: sql<boolean>`exists (select from ${from} join ${tableRef(key.table)} x on ${on(key, alias)}
                                      where ${root} = ${rootKey(target)})`,
      }));
  });
  return [...own, ...ofRelated, ...softReferences(target)];
}

/** Rows that belong to the row, do not go along, and have no foreign key that would say so. */
function softReferences(target: Target): readonly Reference[] {
  const { table, related } = target.policy;
  const parents = [
    { name: table, incoming: target.shape.incoming, from: undefined },
    ...target.related.map((one) => ({
      name: one.shape.table,
      incoming: one.shape.incoming,
      from: relatedFrom(one),
    })),
  ];
  const staying = (findKnownTable(table)?.related ?? []).filter((known) => !related.includes(known));
  return staying.flatMap((known) => {
    const parent = parents.find(({ name }) => name === known.parent);
    // With a foreign key it is among the others.
    if (parent === undefined || parent.incoming.some((key) => key.table === known.table)) return [];
    const belongs = sql`x.${sql.id(known.column)} = ${columnRef(parent.from?.alias ?? 't', known.parentColumn)}`;
    const exists =
      parent.from === undefined
        ? sql<boolean>`exists (select from ${tableRef(known.table)} x where ${belongs})`
        : sql<boolean>`exists (select from ${parent.from.from} join ${tableRef(known.table)} x on ${belongs}
                                where ${parent.from.root} = ${rootKey(target)})`;
    return [{ table: known.table, exists }];
  });
}

/** Due, not held, and not referenced: the rows that a policy takes. */
export function isTaken(target: Target, moment: Moment, holds: readonly HoldColumns[]): RawBuilder<boolean> {
  const references = referencesTo(target).map(({ exists }) => sql`not ${exists}`);
  return all([isDue(target, moment), sql`not ${isHeld(target, holds, moment)}`, ...references]);
}
