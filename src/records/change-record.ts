import { sql, type Transaction } from 'kysely';
import { afterDeadlock } from '../db/after-deadlock.ts';
import type { OpenDatabase } from '../db/database.ts';
import { statementFault } from '../db/errors.ts';
import type { Database } from '../db/tables.ts';
import { type Author, findDecider } from '../decisions/author.ts';
import { reportDecision } from '../decisions/report-decision.ts';
import { usage } from '../errors/usage.ts';
import { characters, quoted } from '../import/cells.ts';
import { lockImports } from '../import/import-transaction.ts';
import { isUnstorable } from '../import/unstorable.ts';
import { lockRecord, removedMeanwhile } from './find-record.ts';
import { logRecordChange } from './log-record-change.ts';
import { readRecord } from './read-records.ts';
import {
  type RecordKind,
  type RecordRow,
  type RenameRule,
  recordWords,
  type StateRule,
  tableOf,
} from './record-kind.ts';

/** Who changes a record, and why; null: no reason was given. */
export interface ChangeStamp {
  readonly author: Author;
  readonly note: string | null;
}

export interface ChangedRecord {
  /** As it was. */
  readonly record: RecordRow;
  /** False: it was so already. */
  readonly changed: boolean;
  readonly notes: readonly string[];
  /** What whoever typed it reads about the mail to the person who is named; null: there is none. */
  readonly mail: string | null;
}

type Place = Pick<OpenDatabase, 'db' | 'clock'>;

/**
 * Gives a record another name, with its row in the action log.
 *
 * @throws OperatorError exit 2: `not_renamed` (this kind has no name), `invalid_name`, `name_taken`, `removed_meanwhile`,
 * `unknown_actor`, `archived_actor`.
 */
export async function renameRecord(
  { db, clock }: Place,
  kind: RecordKind,
  id: number,
  typed: string,
  { author, note }: ChangeStamp,
): Promise<ChangedRecord> {
  const rule = requireRename(kind);
  const name = readName(typed, rule);
  return changing(db, kind, id, name, async (trx) => {
    const decider = await findDecider(trx, author.actor);
    const { record, stored } = await lockAndRead(trx, kind, id, rule.column);
    const from = stored ?? '';
    if (from === name) return { record, changed: false, notes: [], mail: null };
    await refuseTaken(trx, kind, rule, id, name);
    await sql`
      update ${tableOf(kind.table)} set ${sql.id(rule.column)} = ${name} where id = ${id}::integer`.execute(
      trx,
    );
    const now = clock.now();
    const renamed = { id, from, to: name, actor: author.actor, now };
    const notes = (await rule.follow?.(trx, renamed)) ?? [];
    await logRecordChange(trx, {
      ...{ action: 'rename', kind, id, author, note, now },
      before: { name: from },
      after: { name },
    });
    const what = `${recordWords(kind, record)} was renamed to '${name}'`;
    return {
      record,
      changed: true,
      notes,
      mail: await reportDecision(trx, decider, author, { what, reason: note }),
    };
  });
}

/**
 * Enables or disables a record, with its row in the action log.
 *
 * @throws OperatorError exit 2: `no_state` (this kind has none), `reason_missing`, `removed_meanwhile`, `unknown_actor`, `archived_actor`.
 */
export async function switchRecord(
  { db, clock }: Place,
  kind: RecordKind,
  id: number,
  enabled: boolean,
  { author, note }: ChangeStamp,
): Promise<ChangedRecord> {
  const rule = requireState(kind);
  if (!enabled && rule.reason !== undefined && note === null) {
    throw usage(
      `A ${kind.one ?? kind.name} is disabled with a reason, which reports show.`,
      'Give --reason "why".',
      'reason_missing',
    );
  }
  return changing(db, kind, id, null, async (trx) => {
    const decider = await findDecider(trx, author.actor);
    const { record } = await lockAndRead(trx, kind, id, null);
    if (record.enabled === enabled) return { record, changed: false, notes: [], mail: null };
    const reason = rule.reason === undefined ? sql`` : sql`, ${sql.id(rule.reason)} = ${note}`;
    await sql`
      update ${tableOf(kind.table)} set ${sql.id(rule.column)} = ${enabled === rule.on}::boolean ${reason}
       where id = ${id}::integer`.execute(trx);
    await logRecordChange(trx, {
      ...{ action: enabled ? 'enable' : 'disable', kind, id, author, note, now: clock.now() },
      before: { name: record.name, enabled: record.enabled, ...record.details },
      after: { enabled },
    });
    const what = `${recordWords(kind, record)} was ${enabled ? 'enabled' : 'disabled'}`;
    const notes = enabled ? [] : ((await kind.afterwards?.(trx, 'disable')) ?? []);
    return {
      record,
      changed: true,
      notes,
      mail: await reportDecision(trx, decider, author, { what, reason: note }),
    };
  });
}

/** One transaction, after imports and removals that are under way; two at once for the same name end in a sentence. */
async function changing(
  db: Place['db'],
  kind: RecordKind,
  id: number,
  name: string | null,
  work: (trx: Transaction<Database>) => Promise<ChangedRecord>,
): Promise<ChangedRecord> {
  try {
    return await afterDeadlock(() =>
      db.transaction().execute(async (trx) => {
        await lockImports(trx);
        await lockRecord(trx, kind, id);
        return work(trx);
      }),
    );
  } catch (error) {
    if (name === null || statementFault(error) !== '23505') throw error;
    throw nameTaken(kind, name, null);
  }
}

/** `column`: the one whose value is read, too. */
async function lockAndRead(
  trx: Transaction<Database>,
  kind: RecordKind,
  id: number,
  column: string | null,
): Promise<{ readonly record: RecordRow; readonly stored: string | null }> {
  const record = await readRecord(trx, kind, id);
  if (record === null) throw removedMeanwhile(kind, id);
  if (column === null) return { record, stored: null };
  const { rows } = await sql<{ stored: string | null }>`
    select ${sql.id(column)} as stored from ${tableOf(kind.table)} where id = ${id}::integer`.execute(trx);
  return { record, stored: rows[0]?.stored ?? null };
}

/** OperatorError `not_renamed`, exit 2. */
export function requireRename({ name, plural, rename }: RecordKind): RenameRule {
  if (rename !== undefined) return rename;
  throw usage(
    `A ${name} has no name that can be changed.`,
    `Remove it and import it again, or look with \`records list ${plural}\`.`,
    'not_renamed',
  );
}

/** OperatorError `no_state`, exit 2. */
export function requireState({ name, plural, one = name, state }: RecordKind): StateRule {
  if (state !== undefined) return state;
  throw usage(
    `A ${one} cannot be enabled or disabled.`,
    `\`records remove ${name}\` removes one; \`records list ${plural}\` shows them.`,
    'no_state',
  );
}

function readName(typed: string, { longest }: RenameRule): string {
  const name = typed.trim();
  if (name !== '' && characters(name) <= longest && !/[\r\n]/.test(name) && !isUnstorable(name)) return name;
  throw usage(
    `${quoted(typed)} is not a name: it must have 1 to ${longest} characters, on one line.`,
    'Give another name.',
    'invalid_name',
  );
}

async function refuseTaken(
  trx: Transaction<Database>,
  kind: RecordKind,
  { among, column }: RenameRule,
  id: number,
  name: string,
): Promise<void> {
  if (among === null) return;
  const { rows } = await sql<{ id: number }>`
    select t.id from ${tableOf(kind.table)} t
     where t.id <> ${id}::integer and lower(t.${sql.id(column)}) = lower(${name}::text) and ${among(id)}
     order by t.id limit 1`.execute(trx);
  if (rows[0] !== undefined) throw nameTaken(kind, name, rows[0].id);
}

function nameTaken({ name: kind, one = kind, plural }: RecordKind, name: string, id: number | null) {
  return usage(
    `There is a ${one} '${name}' already${id === null ? '' : `: number ${id}`}; nothing was changed.`,
    `Give another name; \`records list ${plural}\` shows those that exist.`,
    'name_taken',
  );
}
