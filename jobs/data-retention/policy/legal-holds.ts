import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import { type Author, findDecider } from '../../../src/decisions/author.ts';
import { reportDecision } from '../../../src/decisions/report-decision.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { OperatorError } from '../../../src/errors/operator-error.ts';
import { usage } from '../../../src/errors/usage.ts';
import type { Day } from '../../../src/time/calendar-day.ts';
import { columnRef, settleSession, tableRef } from '../batch/line.sql.ts';
import type { HoldColumns } from './rules.sql.ts';
import { readShapes, type TableShape } from './table-shape.sql.ts';
import { findColumn, type Target } from './target.ts';

/** Rows that no policy touches. Any number of holds may be on one row; it is free when the last of them has ended. */
export interface Hold {
  readonly id: number;
  readonly table: string;
  /** All of them must match; none: the whole table. Values as PostgreSQL writes them. */
  readonly conditions: readonly { readonly column: string; readonly value: string }[];
  /** The matter. */
  readonly caseReference: string;
  /** Why these rows; null: none was given. */
  readonly reason: string | null;
  /** The last day; null: until it is released. */
  readonly until: Day | null;
  readonly addedBy: string;
  /** `os:user@host`: who typed it; null: not recorded then. */
  readonly enteredBy: string | null;
  readonly addedAt: Date;
  readonly releasedBy: string | null;
  readonly releaseEnteredBy: string | null;
  readonly releasedAt: Date | null;
}

/** One statement: the combinations of columns that holds in force name, of these tables. */
export async function readHoldColumns(
  db: Kysely<Database>,
  tables: readonly string[],
  today: Day,
): Promise<readonly HoldColumns[]> {
  const { rows } = await sql<HoldColumns>`
    select distinct table_name as "table", columns from opsdeck_jobs.retention_hold
     where released_at is null and (until is null or until >= ${today}::date)
       and table_name = any (${[...tables]}::text[]) order by 1, 2`.execute(db);
  return rows;
}

/** A hold that can no longer be looked up holds everything: nothing is deleted until it is released or the column is back. */
export function refuseUnreadableHolds(target: Target, holds: readonly HoldColumns[]): void {
  const shapes = [target.shape, ...target.related.map(({ shape }) => shape)];
  for (const hold of holds) {
    const shape = shapes.find(({ table }) => table === hold.table);
    const lost = hold.columns.find((name) => shape !== undefined && findColumn(shape, name) === undefined);
    if (lost !== undefined)
      throw new OperatorError({
        code: 'hold_unreadable',
        message: `A hold names ${hold.table}.${lost}, which is not there any more: the policy ${target.policy.name} touches nothing.`,
        next: 'Bring the column back, or find the legal hold with `retention legal-hold list` and release it.',
        exitCode: ExitCode.failed,
      });
  }
}

const stored = z.object({
  id: z.coerce.number().int(),
  table_name: z.string(),
  columns: z.array(z.string()),
  values: z.array(z.string()),
  case_reference: z.string(),
  reason: z.string().nullable(),
  until: z.string().nullable(),
  added_by: z.string(),
  entered_by: z.string().nullable(),
  added_at: z.date(),
  released_by: z.string().nullable(),
  release_entered_by: z.string().nullable(),
  released_at: z.date().nullable(),
});

function toHold(row: unknown): Hold {
  const read = stored.parse(row);
  return {
    id: read.id,
    table: read.table_name,
    conditions: read.columns.map((column, index) => ({ column, value: read.values[index] ?? '' })),
    caseReference: read.case_reference,
    reason: read.reason,
    until: read.until,
    addedBy: read.added_by,
    enteredBy: read.entered_by,
    addedAt: read.added_at,
    releasedBy: read.released_by,
    releaseEnteredBy: read.release_entered_by,
    releasedAt: read.released_at,
  };
}

/** Of `opsdeck_jobs.retention_hold h`. Who typed it stands in the action log. */
const holdColumns = sql`
  h.id::text, h.table_name, h.columns, h."values", h.case_reference, h.reason, h.until::text as until, h.added_by, h.added_at, h.released_by,
  h.released_at, ${typedBy('retention_hold_added')} as entered_by, ${typedBy('retention_hold_released')} as release_entered_by`;

function typedBy(action: string): RawBuilder<string | null> {
  return sql<string | null>`
    (select l.after ->> 'entered_by' from opsdeck_jobs.action_log l
      where l.subject = 'retention_hold:' || h.id and l.action = ${action} order by l.at desc limit 1)`;
}

/** One statement: holds in force, oldest first; `all`: those that have ended, too. */
export async function listHolds(db: Kysely<Database>, today: Day, all: boolean): Promise<readonly Hold[]> {
  const { rows } = await sql`
    select ${holdColumns}
      from opsdeck_jobs.retention_hold h
     where ${all}::boolean or (released_at is null and (until is null or until >= ${today}::date))
     order by h.id`.execute(db);
  return rows.map(toHold);
}

export interface NewHold {
  readonly conditions: readonly { readonly column: string; readonly value: string }[];
  readonly caseReference: string;
  readonly reason: string | null;
  readonly until: Day | null;
  readonly author: Author;
  readonly now: Date;
}

export interface AddedHold {
  readonly id: number;
  readonly values: readonly string[];
  readonly rows: number;
  /** What whoever typed it reads about the mail to the person who is named; null: there is none. */
  readonly mail: string | null;
}

/**
 * Adds a hold, with its entry in the action log, and counts the rows that it keeps now. Values are brought into the form in which
 * PostgreSQL writes them, so that `042` holds what `42` does.
 *
 * @throws OperatorError exit 2: `usage`, for a column that is not there and a value that is none of its type; `unknown_actor`,
 * `archived_actor`.
 */
export async function addHold(
  trx: Transaction<Database>,
  shape: TableShape,
  hold: NewHold,
): Promise<AddedHold> {
  const decider = await findDecider(trx, hold.author.actor);
  const columns = hold.conditions.map(({ column, value }) => {
    const found = findColumn(shape, column);
    if (found === undefined)
      throw usage(
        `${shape.table} has no column ${column}.`,
        `Its columns are: ${shape.columns.map(({ name }) => name).join(', ')}.`,
      );
    return { ...found, value };
  });
  // As the job has the session when it compares: the text of a time depends on it.
  await settleSession(trx, { statementMs: 0, lockMs: 0 });
  const [typed] = (
    await sql<{ values: string[] }>`
      select array[${sql.join(columns.map(({ type, value }) => sql`${value}::text::${sql.raw(type)}::text`))}]::text[] as "values"`.execute(
      trx,
    )
  ).rows;
  const values = typed?.values ?? [];
  for (const [index, { name, type, base_type, value }] of columns.entries()) {
    if (base_type.startsWith('character') && values[index] !== value)
      throw usage(
        `'${value}' does not fit ${shape.table}.${name}, which is ${type}.`,
        'No row can have that value.',
      );
  }
  const names = columns.map(({ name }) => name);
  const { rows: added } = await sql<{ id: string }>`
    insert into opsdeck_jobs.retention_hold (table_name, columns, "values", case_reference, reason, until, added_by, added_at)
    values (${shape.table}, ${names}::text[], ${values}::text[], ${hold.caseReference}, ${hold.reason}, ${hold.until}::date, ${hold.author.actor},
            ${hold.now.toISOString()}::timestamptz)
    returning id::text`.execute(trx);
  const typedConditions = columns.map(({ name }, index) => ({ column: name, value: values[index] ?? '' }));
  const rows = await countMatching(trx, shape.table, typedConditions);
  const id = Number(added[0]?.id ?? 0);
  const after = {
    table: shape.table,
    conditions: hold.conditions,
    case: hold.caseReference,
    reason: hold.reason,
    until: hold.until,
  };
  await log(trx, hold, 'retention_hold_added', id, null, after);
  const mail = await reportDecision(trx, decider, hold.author, {
    what: `legal hold ${id} of ${shape.table} was added, for ${hold.caseReference}`,
    reason: hold.reason,
  });
  return { id, values, rows, mail };
}

/** @throws OperatorError `usage`, exit 2, when there is no such hold. */
export async function readHold(db: Kysely<Database>, id: number): Promise<Hold> {
  const { rows } = await sql`
    select ${holdColumns}
      from opsdeck_jobs.retention_hold h where h.id = ${id}::bigint`.execute(db);
  const [row] = rows;
  if (row === undefined) throw unknownHold(id);
  return toHold(row);
}

/** How many rows a hold keeps now; null: its table or column is not there any more. In a transaction: it settles the session. */
export async function countHeld(
  trx: Transaction<Database>,
  { table, conditions }: Pick<Hold, 'table' | 'conditions'>,
): Promise<number | null> {
  const shape = (await readShapes(trx, [table])).get(table);
  if (shape === undefined || conditions.some(({ column }) => findColumn(shape, column) === undefined))
    return null;
  // As the job has the session when it compares: the text of a time depends on it.
  await settleSession(trx, { statementMs: 0, lockMs: 0 });
  return countMatching(trx, table, conditions);
}

async function countMatching(
  trx: Transaction<Database>,
  table: string,
  conditions: Hold['conditions'],
): Promise<number> {
  const matches = conditions.map(
    ({ column, value }) => sql`${columnRef('t', column)}::text = ${value}::text`,
  );
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from ${tableRef(table)} t
     where ${matches.length === 0 ? sql`true` : sql.join(matches, sql` and `)}`.execute(trx);
  return rows[0]?.n ?? 0;
}

function unknownHold(id: number): OperatorError {
  return usage(`There is no legal hold ${id}.`, 'Look with `retention legal-hold list`.');
}

export interface ReleasedHold {
  /** False: it was released before. */
  readonly released: boolean;
  readonly mail: string | null;
}

/** @throws OperatorError exit 2: `usage`, when there is no such hold; `unknown_actor`, `archived_actor`. */
export async function releaseHold(
  trx: Transaction<Database>,
  id: number,
  { author, now, note }: { readonly author: Author; readonly now: Date; readonly note: string | null },
): Promise<ReleasedHold> {
  const { actor } = author;
  const decider = await findDecider(trx, actor);
  const { rows } = await sql<{ released: boolean; table: string }>`
    select released_at is not null as released, table_name as "table" from opsdeck_jobs.retention_hold where id = ${id}::bigint for update`.execute(
    trx,
  );
  const [found] = rows;
  if (found === undefined) throw unknownHold(id);
  if (found.released) return { released: false, mail: null };
  await sql`
    update opsdeck_jobs.retention_hold set released_by = ${actor}, released_at = ${now.toISOString()}::timestamptz
     where id = ${id}::bigint`.execute(trx);
  await log(
    trx,
    { author, now },
    'retention_hold_released',
    id,
    { released: false },
    { released: true, note },
  );
  const what = `legal hold ${id} of ${found.table} was released`;
  return { released: true, mail: await reportDecision(trx, decider, author, { what, reason: note }) };
}

async function log(
  trx: Transaction<Database>,
  { author, now }: { readonly author: Author; readonly now: Date },
  action: string,
  id: number,
  before: object | null,
  after: object,
): Promise<void> {
  await sql`
    insert into opsdeck_jobs.action_log (at, actor, action, subject, before, after)
    values (${now.toISOString()}::timestamptz, ${author.actor}, ${action}, ${`retention_hold:${id}`},
            ${before === null ? null : JSON.stringify(before)}::jsonb, ${JSON.stringify({ ...after, entered_by: author.enteredBy })}::jsonb)`.execute(
    trx,
  );
}
