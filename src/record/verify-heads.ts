import { createHash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Database } from '../db/tables.ts';
import { type ChainStates, chainStates, hashOfHead, hashOfRows, noHash } from './head.ts';
import type { RecordParts, RecordTable } from './parts.ts';
import { checkTimestamps, type StoredTimestamp } from './timestamp/stored-timestamps.ts';
import { type RowFinding, readSegments, type Segment, verifyRows } from './verify-rows.sql.ts';

/**
 * What is not as it was.
 * `unknown_head`: no head has the hash that was given: it was removed or rewritten, or it is of another database.
 * `head_altered`: a head does not have the hash of what it says, or does not follow the one before.
 * `head_missing`: a number is left out. `chain_altered`: a chain does not have the link, or a table not the rows, that the head names.
 * `row_missing`, `row_altered`: of a row that a head has seen. `timestamp_altered`: a stored time stamp is not one of its head.
 */
export const recordProblems = [
  'unknown_head',
  'head_altered',
  'head_missing',
  'chain_altered',
  'row_missing',
  'row_altered',
  'timestamp_altered',
] as const;
export type RecordProblem = (typeof recordProblems)[number];

export interface RecordFinding {
  readonly problem: RecordProblem;
  /** The day of the head; null: not known. */
  readonly day: string | null;
  /** A sentence without its full stop. */
  readonly detail: string;
}

export interface RecordVerification {
  readonly heads: number;
  /** Up to which it was checked; null: there is none. */
  readonly head: { readonly day: string; readonly hash: string } | null;
  readonly rows: number;
  readonly removed: number;
  readonly erased: number;
  readonly timestamps: number;
  /** Of the newest of these heads that has one. */
  readonly timestamp: StoredTimestamp | null;
  readonly findings: readonly RecordFinding[];
}

interface HeadRow {
  readonly number: number;
  readonly day: string;
  readonly taken_at: Date;
  readonly previous: string;
  readonly chains: string;
  readonly hash: string;
}

/** Heads are read so many at a time. */
const page = 200;

const noSegment = createHash('sha256').digest('hex');

/** Checks every head up to the one with the hash, or up to the newest, what each names, and each row that they have seen. */
export async function verifyHeads(
  db: Kysely<Database>,
  parts: Required<RecordParts>,
  wanted: string | undefined,
): Promise<RecordVerification> {
  const last = await lastHead(db, wanted);
  if (last === null) {
    const findings: RecordFinding[] =
      wanted === undefined
        ? []
        : [
            {
              problem: 'unknown_head',
              day: null,
              detail: `no head has the hash ${wanted}: it was removed or rewritten, or it is of another database`,
            },
          ];
    return { heads: 0, head: null, rows: 0, removed: 0, erased: 0, timestamps: 0, timestamp: null, findings };
  }
  const check = new HeadCheck(db, parts);
  for (let from = 1; from <= last.number; from += page)
    await check.heads(from, Math.min(from + page - 1, last.number));
  const rows: RowFinding[] = [];
  const sums = { rows: 0, removed: 0, erased: 0 };
  for (const table of parts.tables) {
    const found = await verifyRows(db, table, last.number);
    sums.rows += found.rows;
    sums.removed += found.removed;
    sums.erased += found.erased;
    rows.push(...found.findings);
  }
  const stamps = await checkTimestamps(db, last.number);
  return {
    heads: last.number,
    head: { day: last.day, hash: last.hash },
    ...sums,
    timestamps: stamps.count,
    timestamp: stamps.newest,
    findings: [
      ...check.findings,
      ...stamps.altered.map(
        (day): RecordFinding => ({
          problem: 'timestamp_altered',
          day,
          detail: `the stored time stamp of the head of ${day} is not one of this head`,
        }),
      ),
      ...rows.map(
        ({ table, key, head, problem }): RecordFinding => ({
          problem,
          day: check.days.get(head) ?? null,
          detail: `row ${key} of ${table} ${problem === 'row_missing' ? 'is missing' : 'was changed'}`,
        }),
      ),
    ],
  };
}

async function lastHead(db: Kysely<Database>, wanted: string | undefined): Promise<HeadRow | null> {
  const { rows } = await sql<HeadRow>`
    select number, day::text as day, taken_at, encode(previous_hash, 'hex') as previous, chains::text as chains, encode(head_hash, 'hex') as hash
      from opsdeck_jobs.record_head
     where ${wanted ?? null}::text is null or head_hash = decode(${wanted ?? ''}, 'hex')
     order by number desc limit 1`.execute(db);
  return rows[0] ?? null;
}

/** Goes through the heads in their order. Of a chain only the first difference is a finding: all later heads have it, too. */
class HeadCheck {
  readonly findings: RecordFinding[] = [];
  readonly days = new Map<number, string>();
  readonly #db: Kysely<Database>;
  readonly #parts: Required<RecordParts>;
  readonly #states: ChainStates = {};
  readonly #broken = new Set<string>();
  #previous = noHash;
  #number = 0;

  constructor(db: Kysely<Database>, parts: Required<RecordParts>) {
    this.#db = db;
    this.#parts = parts;
  }

  async heads(first: number, last: number): Promise<void> {
    const { rows } = await sql<HeadRow>`
      select number, day::text as day, taken_at, encode(previous_hash, 'hex') as previous, chains::text as chains, encode(head_hash, 'hex') as hash
        from opsdeck_jobs.record_head where number between ${first}::int and ${last}::int order by number`.execute(
      this.#db,
    );
    const named = rows.map((row) => ({ row, chains: readChains(row.chains) }));
    const segments = await readSegments(this.#db, first, last);
    const links = new Map<string, ReadonlyMap<number, string>>();
    for (const { name, links: query } of this.#parts.chains) {
      const wanted = named.flatMap(({ chains }) => chains?.[name]?.count ?? []);
      const { rows: found } = await sql<{ number: number; hash: string }>`
        select l.number::int as number, l.hash from (${query}) l where l.number = any (${wanted}::int[])`.execute(
        this.#db,
      );
      links.set(name, new Map(found.map(({ number, hash }) => [number, hash])));
    }
    for (const { row, chains } of named) {
      this.#follow(row);
      if (chains === null) continue;
      for (const { name } of this.#parts.chains) this.#checkChain(row, chains, name, links.get(name));
      for (const table of this.#parts.tables) this.#checkTable(row, chains, table, segments);
    }
    if (this.#number < last) this.#find('head_missing', null, `the head number ${last} is missing`);
  }

  #find(problem: RecordProblem, day: string | null, detail: string): void {
    this.findings.push({ problem, day, detail });
  }

  #follow(row: HeadRow): void {
    const { number, day, taken_at: takenAt, previous, chains, hash } = row;
    this.days.set(number, day);
    if (number !== this.#number + 1)
      this.#find(
        'head_missing',
        day,
        `the heads before number ${number} are missing, from number ${this.#number + 1} on`,
      );
    else if (previous !== this.#previous)
      this.#find('head_altered', day, `head ${number} does not follow the one before`);
    if (hashOfHead({ number, day, takenAt, previous, chains }) !== hash)
      this.#find('head_altered', day, `head ${number} is not what was written`);
    this.#previous = hash;
    this.#number = number;
  }

  #checkChain(
    row: HeadRow,
    chains: ChainStates,
    name: string,
    links: ReadonlyMap<number, string> | undefined,
  ): void {
    const state = chains[name];
    if (state === undefined || state.count === 0) return;
    this.#compare(row, name, state.hash, links?.get(state.count));
  }

  #checkTable(row: HeadRow, chains: ChainStates, { table }: RecordTable, segments: readonly Segment[]): void {
    const state = chains[table];
    if (state === undefined) return;
    const added = segments.find((one) => one.head === row.number && one.table_name === table);
    const before = this.#states[table] ?? { count: 0, hash: noHash };
    const now = {
      count: before.count + (added?.count ?? 0),
      hash: hashOfRows(before.hash, added?.hash ?? noSegment),
    };
    this.#states[table] = now;
    this.#compare(row, table, `${state.count} ${state.hash}`, `${now.count} ${now.hash}`);
  }

  #compare({ number, day }: HeadRow, name: string, wanted: string, found: string | undefined): void {
    if (wanted === found || this.#broken.has(name)) return;
    this.#broken.add(name);
    this.#find(
      'chain_altered',
      day,
      `${name} is not what head ${number} names: something was changed, removed or inserted`,
    );
  }
}

/** null: it cannot be read, which only happens to one that was changed. */
function readChains(text: string): ChainStates | null {
  try {
    return chainStates.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
