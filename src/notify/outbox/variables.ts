import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import { statementFault } from '../../db/errors.ts';
import type { Database } from '../../db/tables.ts';
import { reasonOf } from '../../errors/reason-of.ts';
import type { JobDefinition } from '../../job/define-job.ts';
import type { JsonObject } from '../../text/json.ts';
import { dayOf } from '../../time/calendar-day.ts';
import type { ContentRow, ContentScope } from './content-row.ts';
import type { MessageKind, MessageKinds, VariableScope } from './message-kind.ts';
import { opsdeckKinds } from './variables.sql.ts';

/*
 * The variables that OpsDeck's templates expect, by what a row is about (`target_type`): those of OpsDeck's own dispatcher.
 * Dates are ISO text. One statement for each kind among the rows; what is not there any more is {@link Gone}.
 */

const variablesSchema = z.object({ key: z.int(), variables: z.record(z.string(), z.json()) });

/** Those that no job knows, and those of the jobs. */
export function kindsWith(jobs: readonly Pick<JobDefinition, 'messageVariables'>[]): MessageKinds {
  const ofJobs = jobs.flatMap(({ messageVariables }) => Object.entries(messageVariables ?? {}));
  return { ...opsdeckKinds, ...Object.fromEntries(ofJobs) };
}

/** Variables that cannot be read. */
export class Unreadable {
  /** A sentence without a full stop. */
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** What the message is about was deleted: there is nothing to write of it. */
export class Gone {
  /** `license 5`. */
  readonly what: string;

  constructor(what: string) {
    this.what = what;
  }
}

/**
 * For the rows that OpsDeck queued, by their id. A kind that cannot be read (a missing privilege, a column that is not there)
 * costs only its own rows, and what is wrong with one thing (an end that is infinite) only the rows about that; without an answer of
 * the database nothing can be said of any, and the error is thrown.
 */
export async function variablesOf(
  db: Kysely<Database>,
  rows: readonly ContentRow[],
  { zones, now, appBaseUrl, kinds }: ContentScope,
): Promise<ReadonlyMap<number, JsonObject | Gone | Unreadable>> {
  const today = dayOf(now, zones.business);
  const scope: VariableScope = { zones, today, appBaseUrl };
  const found = new Map<number, JsonObject | Gone | Unreadable>();
  const byKind = new Map<string, ContentRow[]>();
  for (const row of rows) byKind.set(kindOf(row), [...(byKind.get(kindOf(row)) ?? []), row]);
  const there = await tablesThere(
    db,
    [...byKind.keys()].flatMap((kind) => kinds[kind]?.table ?? []),
  );
  for (const [kind, some] of byKind) {
    const known = kinds[kind];
    const keys = [...new Set(some.map((row) => keyOf(kind, row)))];
    const variables =
      known === undefined || !there.has(known.table)
        ? new Map<number, JsonObject | Unreadable>()
        : await readVariables(db, { name: kind, ...known }, keys, scope);
    for (const row of some) {
      const own =
        variables.get(keyOf(kind, row)) ??
        withoutRow(kind, row, known !== undefined && there.has(known.table));
      if (own instanceof Gone || own instanceof Unreadable) {
        found.set(row.id, own);
        continue;
      }
      found.set(row.id, {
        ...own,
        today,
        recipient_name: row.recipient_name ?? '',
      });
    }
  }
  return found;
}

/** An event row is about what the journal says, whatever it is about. */
function kindOf(row: ContentRow): string {
  return row.event_rule_id === null ? row.target_type : 'event';
}

/** What a kind's variables are looked up by: a campaign's are its reader's. */
function keyOf(kind: string, row: ContentRow): number {
  if (kind === 'event') return row.audit_log_id ?? 0;
  if (kind === 'campaign') return row.recipient_user_id ?? 0;
  return row.target_id;
}

/** The reader of a campaign may be no user of OpsDeck; of a kind that is not known, and of an event rule, nothing can be said. */
function withoutRow(kind: string, row: ContentRow, known: boolean): JsonObject | Gone {
  if (kind === 'campaign') {
    const { recipient_name: name, recipient_email: email } = row;
    return { user: { name: name ?? '', email: email ?? '', job_title: '', department: '' }, manager: null };
  }
  if (kind === 'event' || !known) return {};
  return new Gone(`${kind.replaceAll('_', ' ')} ${row.target_id}`);
}

type NamedKind = MessageKind & { readonly name: string };

/** One statement, unless one of the things is at fault: then the halves, so that the others are read. */
async function readVariables(
  db: Kysely<Database>,
  kind: NamedKind,
  keys: readonly number[],
  scope: VariableScope,
): Promise<ReadonlyMap<number, JsonObject | Unreadable>> {
  try {
    const { rows } = await sql<{ key: number }>`${kind.query(keys, scope)}`.execute(db);
    return new Map(rows.map((row) => [row.key, finished(kind, row, scope)]));
  } catch (error) {
    const state = statementFault(error);
    if (state === undefined) throw error;
    const [first] = keys;
    if (!/^2/.test(state) || first === undefined || keys.length === 1) {
      const what = state === '42501' ? 'permission denied' : `SQLSTATE ${state}`;
      const of = /^2/.test(state) ? `${kind.name} ${first}` : kind.name;
      const reason = new Unreadable(`The variables of ${of} cannot be read: ${what}`);
      return new Map(keys.map((key) => [key, reason]));
    }
    const middle = Math.ceil(keys.length / 2);
    return new Map([
      ...(await readVariables(db, kind, keys.slice(0, middle), scope)),
      ...(await readVariables(db, kind, keys.slice(middle), scope)),
    ]);
  }
}

function finished(
  { name, finish = (variables) => variables }: NamedKind,
  row: { readonly key: number },
  scope: VariableScope,
): JsonObject | Unreadable {
  const read = variablesSchema.safeParse(row);
  if (!read.success) return new Unreadable(`The variables of ${name} ${row.key} have an unexpected shape`);
  try {
    return finish(read.data.variables, scope);
  } catch (error) {
    const why = error instanceof z.ZodError ? 'a value is missing' : reasonOf(error);
    return new Unreadable(`The variables of ${name} ${row.key} cannot be made: ${why}`);
  }
}

/** Of the tables that the kinds are read from, those that this database has. */
async function tablesThere(db: Kysely<Database>, tables: readonly string[]): Promise<ReadonlySet<string>> {
  if (tables.length === 0) return new Set();
  const { rows } = await sql<{ name: string }>`
    select name from unnest(${tables}::text[]) as t(name) where to_regclass(quote_ident(name)) is not null`.execute(
    db,
  );
  return new Set(rows.map(({ name }) => name));
}
