import { type Kysely, sql } from 'kysely';
import type { Database } from '../../db/tables.ts';
import { TimestampRefused, timestampOf } from './protocol.ts';

export interface StoredTimestamp {
  /** Of the head, in the business zone. */
  readonly day: string;
  /** Of the head, hexadecimal. */
  readonly hash: string;
  /** What the service says. */
  readonly stampedAt: Date;
  readonly url: string;
  /** TimeStampResp, DER, as it came. */
  readonly response: Buffer;
}

export interface TimestampCheck {
  readonly count: number;
  /** Of the newest head that has one. */
  readonly newest: StoredTimestamp | null;
  /** Days of heads whose stored time stamp is one of something else. */
  readonly altered: readonly string[];
}

/** Rows are read so many at a time: an answer may have some kilobytes. */
const page = 200;

/** The newest time stamp of a head up to a number that is one of that head; null: there is none. */
export async function newestTimestamp(db: Kysely<Database>, last: number): Promise<StoredTimestamp | null> {
  for (let before = last + 1; ; ) {
    const { rows } = await sql<TimestampRow>`
      ${stored} where h.number < ${before}::int order by h.number desc limit 1`.execute(db);
    const [row] = rows;
    if (row === undefined || isOfHead(row)) return row ?? null;
    before = row.number;
  }
}

type TimestampRow = StoredTimestamp & { readonly number: number };

const stored = sql`
      select h.number, h.day::text as day, encode(h.head_hash, 'hex') as hash, t.stamped_at as "stampedAt", t.url, t.response
        from opsdeck_jobs.record_timestamp t join opsdeck_jobs.record_head h on h.number = t.head`;

/** The time stamps of the heads up to a number. That they are signed is for `openssl ts -verify` to say. */
export async function checkTimestamps(db: Kysely<Database>, last: number): Promise<TimestampCheck> {
  let total = 0;
  let newest: StoredTimestamp | null = null;
  const altered: string[] = [];
  for (let after = 0; ; ) {
    const { rows } = await sql<TimestampRow>`
      ${stored} where h.number > ${after}::int and h.number <= ${last}::int order by h.number limit ${page}`.execute(
      db,
    );
    for (const row of rows) {
      after = row.number;
      if (isOfHead(row)) newest = row;
      else altered.push(row.day);
    }
    total += rows.length;
    if (rows.length < page) return { count: total, newest, altered };
  }
}

function isOfHead({ hash, response, stampedAt }: StoredTimestamp): boolean {
  try {
    const time = timestampOf(Buffer.from(response), { hash: Buffer.from(hash, 'hex') });
    return time.getTime() === stampedAt.getTime();
  } catch (error) {
    if (error instanceof TimestampRefused) return false;
    throw error;
  }
}
