import { type Kysely, sql, type Transaction } from 'kysely';
import { afterDeadlock } from '../db/after-deadlock.ts';
import { changeTransaction } from '../db/change-transaction.ts';
import type { OpenDatabase } from '../db/database.ts';
import { statementFault } from '../db/errors.ts';
import type { Database } from '../db/tables.ts';
import { type Author, findDecider } from '../decisions/author.ts';
import { reportDecision } from '../decisions/report-decision.ts';
import { usage } from '../errors/usage.ts';
import { lockImports } from '../import/import-transaction.ts';
import { count } from '../text/count.ts';
import type { Day } from '../time/calendar-day.ts';
import { lockRecord, removedMeanwhile } from './find-record.ts';
import { type HeldRows, heldRows } from './held-rows.sql.ts';
import { logRecordChange } from './log-record-change.ts';
import { countDependents, type DependentCount, readRecord } from './read-records.ts';
import { type Dependent, type RecordKind, type RecordRow, recordWords, tableOf } from './record-kind.ts';

/*
 * A record goes whole, or not at all: its parts, the references to it and its own row are one transaction, with an entry in the action log.
 * What was recorded as evidence, and rows under a legal hold, prevent it. Imports and other removals wait for the lock of imports; a row
 * that something else adds at that moment is found by the foreign key, and the removal is refused.
 */

/** What a removal would do, and what prevents it. */
export interface Removal {
  readonly record: RecordRow;
  readonly dependents: readonly DependentCount[];
  readonly held: readonly HeldRows[];
}

/** Writes nothing. */
export function lookAtRemoval(
  db: Kysely<Database>,
  kind: RecordKind,
  id: number,
  today: Day,
): Promise<Removal> {
  return changeTransaction(db, true, (trx) => readRemoval(trx, kind, id, today));
}

async function readRemoval(
  trx: Transaction<Database>,
  kind: RecordKind,
  id: number,
  today: Day,
): Promise<Removal> {
  const record = await readRecord(trx, kind, id);
  if (record === null) throw removedMeanwhile(kind, id);
  const dependents = await countDependents(trx, kind, id);
  const own: Dependent = {
    ...{ one: kind.name, many: kind.plural, table: kind.table },
    where: (own) => sql<boolean>`t.id = ${own}::integer`,
  };
  return { record, dependents, held: await heldRows(trx, [...kind.parts, own], id, today) };
}

/** @throws OperatorError exit 2: `record_is_evidence`, `record_under_hold`. */
export function refuseProtected(kind: RecordKind, { record, dependents, held }: Removal): void {
  const what = recordWords(kind, record);
  const evidence = dependents.filter(({ fate }) => fate === 'evidence');
  if (evidence.length > 0) {
    throw usage(
      `The ${what} cannot be removed: it is named by ${dependentWords(evidence)}.`,
      kind.state === undefined
        ? `What was recorded as evidence stays: \`records show ${kind.name} ${record.id}\` lists what depends on it.`
        : `Disable it instead: \`records disable ${kind.name} ${record.id}\`.`,
      'record_is_evidence',
    );
  }
  if (held.length > 0) {
    const holds = held.map(
      ({ table, holds }) => `legal hold ${holds.join(', ')} protects rows of ${table} that would go along`,
    );
    throw usage(
      `The ${what} cannot be removed: ${holds.join('; ')}.`,
      'Look with `retention legal-hold list`.',
      'record_under_hold',
    );
  }
}

/** `3 controls, 2 rules and 1 link`. */
export function dependentWords(dependents: readonly DependentCount[]): string {
  const parts = dependents.map(({ rows, one, many }) => count(rows, one, many));
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

export interface Removed extends Removal {
  /** What is missing now, as sentences. */
  readonly notes: readonly string[];
  /** What whoever typed it reads about the mail to the person who is named; null: there is none. */
  readonly mail: string | null;
}

/**
 * Removes the record.
 *
 * @param shown what was shown to who agreed; null: nobody looked. What has changed since is not removed.
 * @throws OperatorError exit 2: those of {@link refuseProtected}, `removed_meanwhile`, `changed_meanwhile`, `record_in_use`,
 * `unknown_actor`, `archived_actor`.
 */
export async function removeRecord(
  { db, clock }: Pick<OpenDatabase, 'db' | 'clock'>,
  kind: RecordKind,
  id: number,
  {
    author,
    note,
    today,
    shown,
  }: {
    readonly author: Author;
    readonly note: string | null;
    readonly today: Day;
    readonly shown: Removal | null;
  },
): Promise<Removed> {
  const work = async (trx: Transaction<Database>): Promise<Removed> => {
    const decider = await findDecider(trx, author.actor);
    await lockImports(trx);
    await lockRecord(trx, kind, id);
    const removal = await readRemoval(trx, kind, id, today);
    refuseProtected(kind, removal);
    if (shown !== null && !isSame(shown, removal)) throw changedMeanwhile(kind, removal);
    for (const { table, where } of kind.parts)
      await sql`delete from ${tableOf(table)} t where ${where(id)}`.execute(trx);
    for (const { table, where, column } of kind.loosened ?? [])
      await sql`update ${tableOf(table)} t set ${sql.id(column)} = null where ${where(id)}`.execute(trx);
    await sql`delete from ${tableOf(kind.table)} where id = ${id}::integer`.execute(trx);
    const { record, dependents } = removal;
    const counts = (fate: DependentCount['fate']) =>
      Object.fromEntries(dependents.filter((one) => one.fate === fate).map(({ many, rows }) => [many, rows]));
    await logRecordChange(trx, {
      ...{ action: 'remove', kind, id, author, note, now: clock.now() },
      before: { name: record.name, ...record.details },
      after: { removed: counts('removed'), loosened: counts('loosened') },
    });
    const gone = dependents.filter(({ fate }) => fate === 'removed');
    const what = `${recordWords(kind, record)} was removed${gone.length === 0 ? '' : `, with ${dependentWords(gone)}`}`;
    const mail = await reportDecision(trx, decider, author, { what, reason: note });
    return { ...removal, notes: (await kind.afterwards?.(trx, 'remove')) ?? [], mail };
  };
  try {
    return await afterDeadlock(() => db.transaction().execute(work));
  } catch (error) {
    if (statementFault(error) !== '23503') throw error;
    throw usage(
      `The ${kind.one ?? kind.name} ${id} cannot be removed: a row of another table names it; nothing was changed.`,
      'If something was being recorded at this moment, repeat the command.',
      'record_in_use',
    );
  }
}

function isSame(shown: Removal, now: Removal): boolean {
  const facts = ({ record, dependents }: Removal) =>
    JSON.stringify([record.name, dependents.map(({ fate, many, rows }) => [fate, many, rows])]);
  return facts(shown) === facts(now);
}

function changedMeanwhile(kind: RecordKind, { record }: Removal) {
  return usage(
    `The ${recordWords(kind, record)} has changed since it was shown; nothing was removed.`,
    'Repeat the command, and look at the counts again.',
    'changed_meanwhile',
  );
}
