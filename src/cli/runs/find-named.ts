import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database } from '../../db/tables.ts';
import { ExitCode } from '../../errors/exit-code.ts';
import { OperatorError } from '../../errors/operator-error.ts';
import { count } from '../../text/count.ts';
import { nearest } from '../../text/suggest.ts';

export interface Named {
  readonly id: number;
  readonly name: string;
}

/** How errors name the kind of thing. */
export interface NamedWords {
  /** `comparison`, `legal hold`; the code of the error is `unknown_comparison`, `unknown_legal_hold`. */
  readonly what: string;
  /** Where its name is looked up. */
  readonly next: string;
}

/** Of how many names a near one is suggested. */
const mostNames = 2000;

/**
 * The row of OpsDeck's table, or of a query with `id` and `name`, that is meant by its number or its name; the number goes first. Letter case counts only where two
 * names differ by nothing else. OperatorError `unknown_…`, exit 2, when it is not exactly one.
 */
export async function findNamed(
  db: Kysely<Database>,
  table: string | RawBuilder<unknown>,
  text: string,
  words: NamedWords,
): Promise<Named> {
  const wanted = text.trim();
  const id = /^\d{1,9}$/.test(wanted) ? Number(wanted) : null;
  const from = typeof table === 'string' ? sql.id('public', table) : sql`(${table}) as named`;
  const { rows } = await sql<Named>`
    select id, name from ${from} where id = ${id}::integer or lower(name) = lower(${wanted}::text) order by id`.execute(
    db,
  );
  if (rows.length > 0) return pickNamed(rows, wanted, words);
  const names = await sql<Named>`
    select id, name from ${from} order by name, id limit ${mostNames}::integer`.execute(db);
  return pickNamed(names.rows, wanted, words);
}

/** {@link findNamed} among those that are known. */
export function pickNamed<T extends Named>(
  candidates: readonly T[],
  text: string,
  { what, next }: NamedWords,
): T {
  const wanted = text.trim();
  const byId = candidates.find(({ id }) => String(id) === wanted);
  if (byId !== undefined) return byId;
  const same = candidates.filter(({ name }) => name.toLowerCase() === wanted.toLowerCase());
  const exact = same.filter(({ name }) => name === wanted);
  const [only, ...others] = exact.length > 0 ? exact : same;
  if (only !== undefined && others.length === 0) return only;
  if (only !== undefined) {
    const ids = [only, ...others].map(({ id }) => id);
    throw unknown(
      what,
      `${count(ids.length, what)} have the name '${wanted}'.`,
      `Give the number of one: ${ids.slice(0, 20).join(', ')}.`,
    );
  }
  const near = nearest(
    wanted,
    candidates.map(({ name }) => name),
  );
  throw unknown(
    what,
    `There is no ${what} ${/^\d+$/.test(wanted) ? wanted : `'${wanted}'`}${near === undefined ? '.' : `; did you mean '${near}'?`}`,
    next,
  );
}

function unknown(what: string, message: string, next: string): OperatorError {
  return new OperatorError({
    code: `unknown_${what.replaceAll(' ', '_')}`,
    message,
    next,
    exitCode: ExitCode.usage,
  });
}
