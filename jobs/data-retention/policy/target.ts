import { type RawBuilder, sql } from 'kysely';
import { columnRef, lineOf, tableRef } from '../batch/line.sql.ts';
import type { RelatedTable } from './known-tables.ts';
import { type Policy, policyHash } from './policy.ts';
import { policyProblem } from './problem.ts';
import type { Column, TableShape } from './table-shape.sql.ts';

/** A table whose rows go with those of the policy's table. */
export interface RelatedTarget {
  /** Its number in the lines of an archive; the policy's table has 0. */
  readonly place: number;
  readonly shape: TableShape;
  /** From its own rows up to the policy's table. */
  readonly chain: readonly RelatedTable[];
}

/** A policy on the database as it is. */
export interface Target {
  readonly policy: Policy;
  readonly hash: string;
  readonly shape: TableShape;
  /** The one column of the primary key: an integer or a uuid. */
  readonly key: Column;
  readonly related: readonly RelatedTarget[];
}

const keyTypes = ['smallint', 'integer', 'bigint', 'uuid'];
const timeTypes = ['date', 'timestamp without time zone', 'timestamp with time zone'];

/** Every table that a policy reads by its name. */
export function tablesOfPolicies(policies: readonly Policy[]): readonly string[] {
  return [...new Set(policies.flatMap(({ table, related }) => [table, ...related.map((one) => one.table)]))];
}

/**
 * Fits a policy to the database.
 *
 * @throws OperatorError `retention_policy`, exit 2, that says what does not fit.
 */
export function toTarget(policy: Policy, shapes: ReadonlyMap<string, TableShape>): Target {
  const problem = (message: string) => policyProblem(policy.name, message);
  const missing = missingNames(policy, shapes);
  if (missing !== null) throw problem(`the database has no ${missing}`);
  const shapeOf = (table: string): TableShape => {
    const shape = shapes.get(table);
    if (shape === undefined) throw new TypeError('a table that is missing was named');
    return shape;
  };
  const shape = shapeOf(policy.table);
  const key = shape.columns.find(({ name }) => name === shape.key[0]);
  if (key === undefined || shape.key.length !== 1 || !keyTypes.includes(key.base_type))
    throw problem(`${policy.table} has no primary key of one integer or uuid column`);
  const timestamp = findColumn(shape, policy.timestampColumn);
  if (timestamp === undefined) throw new TypeError('a column that is missing was named');
  if (!timeTypes.includes(timestamp.base_type))
    throw problem(`${policy.table}.${timestamp.name} is ${timestamp.type}, and neither a date nor a time`);
  const related = policy.related.map((one, index): RelatedTarget => {
    const own = shapeOf(one.table);
    if (own.key.length === 0) throw problem(`${one.table} has no primary key`);
    return { place: index + 1, shape: own, chain: chainOf(one, policy) };
  });
  checkReplacements(policy, shape, problem);
  return { policy, hash: policyHash(policy), shape, key, related };
}

/** Every table and column that the policy needs and the database lacks, as the part of a sentence; null: none. */
function missingNames(policy: Policy, shapes: ReadonlyMap<string, TableShape>): string | null {
  const tables = [policy.table, ...policy.related.map(({ table }) => table)].filter(
    (name) => !shapes.has(name),
  );
  const shape = shapes.get(policy.table);
  const named = [
    policy.timestampColumn,
    ...policy.conditions.map(({ column }) => column),
    ...Object.keys(policy.replace),
  ];
  const columns = shape === undefined ? [] : named.filter((name) => findColumn(shape, name) === undefined);
  const parts = [
    ...(tables.length === 0 ? [] : [`table ${tables.join(', ')}`]),
    ...(columns.length === 0
      ? []
      : [`column ${[...new Set(columns)].map((name) => `${policy.table}.${name}`).join(', ')}`]),
  ];
  return parts.length === 0 ? null : parts.join(' and no ');
}

export function findColumn(shape: TableShape, name: string): Column | undefined {
  return shape.columns.find((column) => column.name === name);
}

function chainOf(one: RelatedTable, policy: Policy): readonly RelatedTable[] {
  if (one.parent === policy.table) return [one];
  const parent = policy.related.find(({ table }) => table === one.parent);
  if (parent === undefined)
    throw policyProblem(policy.name, `${one.table} belongs to ${one.parent}, which is not in related`);
  return [one, ...chainOf(parent, policy)];
}

function checkReplacements(policy: Policy, shape: TableShape, problem: (message: string) => Error): void {
  for (const [name, value] of Object.entries(policy.replace)) {
    const column = findColumn(shape, name);
    const where = `${policy.table}.${name}`;
    if (column === undefined) continue;
    if (shape.key.includes(name) || name === policy.timestampColumn || column.generated)
      throw problem(`${where} cannot be replaced`);
    if (policy.conditions.some((condition) => condition.column === name))
      throw problem(`${where} is replaced and is in a condition, too`);
    if (value === null && column.not_null) throw problem(`${where} cannot be null`);
    if (value !== null && shape.outgoing.includes(name))
      throw problem(`${where} points to another table: only null can stand in its place`);
    if (value !== null && column.max_length !== null && value.length > column.max_length)
      throw problem(`${where} holds ${column.max_length} characters, fewer than '${value}' has`);
  }
}

/** The key of the policy's row that goes by `t`. */
export function rootKey({ key }: Target, alias = 't'): RawBuilder<unknown> {
  return columnRef(alias, key.name);
}

/** `from` of a related table: its rows as `alias`, and the key of the policy's row that each belongs to. */
export interface RelatedFrom {
  readonly alias: string;
  readonly from: RawBuilder<unknown>;
  readonly root: RawBuilder<unknown>;
}

export function relatedFrom(related: RelatedTarget): RelatedFrom {
  const alias = (step: number) => `r${related.place}_${step}`;
  const [first, ...rest] = related.chain;
  if (first === undefined) throw new TypeError('a related table belongs to another one');
  let from = sql`${tableRef(first.table)} as ${sql.id(alias(0))}`;
  let below = first;
  rest.forEach((step, index) => {
    const on = sql`${columnRef(alias(index + 1), below.parentColumn)} = ${columnRef(alias(index), below.column)}`;
    from = sql`${from} join ${tableRef(step.table)} as ${sql.id(alias(index + 1))} on ${on}`;
    below = step;
  });
  return { alias: alias(0), from, root: columnRef(alias(rest.length), below.column) };
}

/** The primary key of a related row, for a stable order. */
export function relatedOrder({ shape }: RelatedTarget, alias: string): RawBuilder<unknown> {
  return sql.join(shape.key.map((name) => columnRef(alias, name)));
}

const digestOf = (line: RawBuilder<string>) => sql`sha256(convert_to(${line}, 'UTF8'))`;

/**
 * SHA-256, hexadecimal, of the row `t` and all that goes with it, as they are now. Without related tables it is the hash of the
 * line; with them, the hash over the hash of the line and those of the related lines, in the order of an archive.
 */
export function bundleHash(target: Target): RawBuilder<string> {
  const own = digestOf(lineOf(0, target.shape, 't', rootKey(target)));
  if (target.related.length === 0) return sql<string>`encode(${own}, 'hex')`;
  const parts = target.related.map((related) => {
    const { alias, from, root } = relatedFrom(related);
    return sql`coalesce((select string_agg(${digestOf(lineOf(related.place, related.shape, alias, root))}, ''::bytea
                          order by ${relatedOrder(related, alias)}) from ${from} where ${root} = ${rootKey(target)}), ''::bytea)`;
  });
  return sql<string>`encode(sha256(${own} || ${sql.join(parts, sql` || `)}), 'hex')`;
}
