import { type Kysely, sql } from 'kysely';
import type { Database } from '../../db/tables.ts';
import type { OperatorError } from '../../errors/operator-error.ts';
import { usage } from '../../errors/usage.ts';

interface Wanted {
  readonly text: string;
  /** A number of `scheduled_communication`. */
  readonly number: number | null;
  /** The first and the last UUID that begin so. */
  readonly low: string | null;
  readonly high: string | null;
}

/**
 * The messages that are meant, as numbers of `scheduled_communication` in the order given, each once: by that number or by the
 * first four or more characters of our UUID. One statement, whatever the number of them.
 *
 * @throws OperatorError `unknown_message` or `ambiguous_message`, exit 2, for the first that is not exactly one.
 */
export async function findMessageIds(
  db: Kysely<Database>,
  ids: readonly string[],
): Promise<readonly number[]> {
  const wanted = ids.map(readId);
  const { rows } = await sql<{ text: string; by_number: boolean; id: number }>`
    with wanted as (
      select * from jsonb_to_recordset(${JSON.stringify(wanted)}::text::jsonb) as w(text text, number integer, low uuid, high uuid)
    )
    select w.text, true as by_number, c.id from wanted w join scheduled_communication c on c.id = w.number
    union
    select w.text, false, m.communication_id from wanted w
      join opsdeck_jobs.message m on m.id between w.low and w.high
      join scheduled_communication c on c.id = m.communication_id`.execute(db);
  const found = wanted.map(({ text }) => {
    const all = rows.filter((row) => row.text === text);
    const numbered = all.filter(({ by_number }) => by_number);
    const [first, second] = numbered.length > 0 ? numbered : all;
    if (first === undefined) throw notOne('unknown_message', `There is no message ${text}.`);
    if (second !== undefined) throw notOne('ambiguous_message', `Several messages begin with ${text}.`);
    return first.id;
  });
  return [...new Set(found)];
}

function readId(given: string): Wanted {
  const text = given.trim().toLowerCase();
  const number = /^\d{1,9}$/.test(text) ? Number(text) : null;
  const hex = text.replaceAll('-', '');
  const beginning = /^[0-9a-f-]{4,36}$/.test(text) && hex.length >= 4 && hex.length <= 32;
  if (number === null && !beginning) {
    throw notOne(
      'unknown_message',
      `'${given}' is neither the number of a message nor the first four or more characters of its id.`,
    );
  }
  return {
    text,
    number,
    low: beginning ? hex.padEnd(32, '0') : null,
    high: beginning ? hex.padEnd(32, 'f') : null,
  };
}

function notOne(code: 'unknown_message' | 'ambiguous_message', message: string): OperatorError {
  return usage(message, '`messages list` shows them; `messages list --json` has their full ids.', code);
}
