import { type Kysely, sql } from 'kysely';
import type { Database } from '../db/tables.ts';
import type { OperatorError } from '../errors/operator-error.ts';
import { usage } from '../errors/usage.ts';
import { nearest } from '../text/suggest.ts';
import { type RecordKind, tableOf } from './record-kind.ts';

/** The kind that is meant by its name, its plural or another word for it. OperatorError `unknown_kind`, exit 2. */
export function findKind(kinds: readonly RecordKind[], typed: string): RecordKind {
  const wanted = typed.trim().toLowerCase();
  const words = kinds.flatMap((kind) =>
    [kind.name, kind.plural, ...(kind.also ?? [])].map((word) => ({ word, kind })),
  );
  const found = words.find(({ word }) => word === wanted);
  if (found !== undefined) return found.kind;
  const near = nearest(
    wanted,
    words.map(({ word }) => word),
  );
  throw usage(
    `There is no kind of record '${typed}'${near === undefined ? '.' : `; did you mean '${near}'?`}`,
    `The kinds are: ${kinds.map(({ plural }) => plural).join(', ')}.`,
    'unknown_kind',
  );
}

/** The names of a kind's rows, for who looks one up by its name: `id` and `name`. */
export function namesOf(kind: RecordKind, frameworkId: number | null) {
  const ofFramework =
    kind.framework === true && frameworkId !== null
      ? sql`where framework_id = ${frameworkId}::integer`
      : sql``;
  const more = kind.alsoNamed === undefined ? sql`` : sql`union all ${kind.alsoNamed}`;
  return sql`select id, name from (${kind.rows}) r ${ofFramework} ${more}`;
}

/** The row is there, and stays for this transaction. */
export async function lockRecord(trx: Kysely<Database>, kind: RecordKind, id: number): Promise<void> {
  const { rows } = await sql`
    select 1 as there from ${tableOf(kind.table)} where id = ${id}::integer for update`.execute(trx);
  if (rows.length === 0) throw removedMeanwhile(kind, id);
}

export function removedMeanwhile({ name, one = name, plural }: RecordKind, id: number): OperatorError {
  return usage(
    `The ${one} ${id} was removed meanwhile; nothing was changed.`,
    `\`records list ${plural}\` shows what is there.`,
    'removed_meanwhile',
  );
}
