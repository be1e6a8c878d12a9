import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import type { Database } from '../db/tables.ts';

/*
 * What a database of its own holds and people correct by command: `records`. A kind is declared once, by the job that owns its table;
 * everything else is the same for all kinds.
 *
 * In every fragment the row of the kind is `id`, and the row of the other table is `t`.
 */

/** Rows of another table that belong to a record, or name it. */
export interface Dependent {
  /** How a sentence names one of them, and several. */
  readonly one: string;
  readonly many: string;
  /** `schema.name` for tables of our own. */
  readonly table: string;
  /** Which rows `t`. */
  readonly where: (id: number) => RawBuilder<boolean>;
  /** The program's own notes: they go along and are not counted. */
  readonly silent?: true;
}

/** Rows whose reference to the record is emptied. */
export interface Loosened extends Dependent {
  readonly column: string;
}

export interface RenameRule {
  readonly column: string;
  readonly longest: number;
  /** Rows `t` among which a name is there once: those that are compared with the row `id`. null: names may be the same. */
  readonly among: ((id: number) => RawBuilder<boolean>) | null;
  /** What names the record by its name, and follows; gives sentences about that. */
  readonly follow?: (trx: Transaction<Database>, renamed: Renamed) => Promise<readonly string[]>;
}

export interface Renamed {
  readonly id: number;
  readonly from: string;
  readonly to: string;
  readonly actor: string;
  readonly now: Date;
}

export interface StateRule {
  readonly column: string;
  /** Its value when the record is enabled. */
  readonly on: boolean;
  /** What follows from it, as the second half of a sentence. */
  readonly enabled: string;
  readonly disabled: string;
  /** The text column that keeps the reason: `disable` needs one then, and `enable` empties it. */
  readonly reason?: string;
}

export interface RecordKind {
  /** As it is typed: `framework`; its plural, and other words, mean the same. */
  readonly name: string;
  readonly plural: string;
  readonly also?: readonly string[];
  /** How sentences name several; one is `name`, where nothing else is given. */
  readonly one?: string;
  readonly many?: string;
  /** In schema `public`. */
  readonly table: string;
  /** A query: `id`, `name`, `enabled` (null: there is no state), and the columns of `details`, as text; `framework_id` with `framework`. */
  readonly rows: RawBuilder<unknown>;
  readonly details: readonly string[];
  /** Further columns, for which a list has no room. */
  readonly more?: readonly string[];
  /** Another query of `id` and `name`: further names of the same rows. */
  readonly alsoNamed?: RawBuilder<unknown>;
  /** `--framework` narrows it. */
  readonly framework?: true;
  /** Finds the one that is meant; default: by number, then by name. */
  readonly find?: (
    db: Kysely<Database>,
    text: string,
    frameworkId: number | null,
  ) => Promise<{ readonly id: number }>;
  readonly rename?: RenameRule;
  readonly state?: StateRule;
  /** What is removed with it, in this order, before its own row. */
  readonly parts: readonly Dependent[];
  readonly loosened?: readonly Loosened[];
  /** What names it, and stays as it is. */
  readonly stays?: readonly Dependent[];
  /** Evidence: as long as there is any, the record is not removed. */
  readonly evidence?: readonly Dependent[];
  /** Sentences about what is missing, or left to do, now that it is removed or disabled. */
  readonly afterwards?: (
    trx: Transaction<Database>,
    change: 'remove' | 'disable',
  ) => Promise<readonly string[]>;
  /** Where OpsDeck has it, below its address. */
  readonly page: string;
}

/** A record as people see it. */
export interface RecordRow {
  readonly id: number;
  readonly name: string;
  /** null: it has no state. */
  readonly enabled: boolean | null;
  /** By the columns of `details`. */
  readonly details: Readonly<Record<string, string>>;
}

/** `control 'AC-2' (number 12)`. */
export function recordWords({ name: kind, one = kind }: RecordKind, { id, name }: RecordRow): string {
  return `${one} '${name}' (number ${id})`;
}

/** Rows `t` that belong to the record by this column. */
export const by =
  (column: string) =>
  (id: number): RawBuilder<boolean> =>
    sql<boolean>`t.${sql.id(column)} = ${id}::integer`;

/** Rows `t` that name the record by its type and number; OpsDeck's types are names of classes. */
export const byType =
  (type: string, names: { readonly type: string; readonly id: string }) =>
  (id: number): RawBuilder<boolean> =>
    sql<boolean>`lower(t.${sql.id(names.type)}) = lower(${type}::text) and t.${sql.id(names.id)} = ${id}::integer`;

/** A table by its full name: the search path has no say. */
export function tableOf(name: string): RawBuilder<unknown> {
  const [schema, table] = name.includes('.') ? name.split('.') : ['public', name];
  return sql.id(schema ?? '', table ?? '');
}
