/*
 * The record head: one hash a day over everything that is recorded, by the first run of the day. It leaves the host in every mail, in
 * the log, to `head_to` and to the service of `timestamp_url`; whoever keeps it can later check, with `verify --head`, that nothing up to it was changed.
 *
 * Model: a head is a row of `record_head`: its number, day, time, the hash of the head before, and for each chain how many links it has
 * and its hash. A chain that hashes itself (drift snapshots, archives) has its newest link in it. Of an append-only table the head adds
 * each row that no head has seen to `record_row`, and hashes what it added after the hash of the head before.
 * Clock: the day is one of the business zone.
 * Guarantee: `number`, `day` and `previous_hash` are unique. Two runs at once wait for each other.
 * Not promised: that there is a head. A run never fails for it; the next one tries again.
 */
import { type Kysely, sql, type Transaction } from 'kysely';
import type { OpenDatabase } from '../db/database.ts';
import type { Database } from '../db/tables.ts';
import type { JobDefinition } from '../job/define-job.ts';
import type { RunEnvironment } from '../job/run-environment.ts';
import { dayOf } from '../time/calendar-day.ts';
import {
  type ChainStates,
  chainStates,
  hashOfHead,
  hashOfRows,
  noHash,
  type RecordHead,
  readNewestHead,
} from './head.ts';
import { queueHead } from './head-message.ts';
import { stampHead } from './timestamp/take-timestamp.ts';
import { partsOf, personHash, type RecordTable, rowHash, segmentHash } from './parts.ts';

/** By database: the head of the day, so that a daemon looks once a day. */
const ofToday = new WeakMap<OpenDatabase, RecordHead>();

/** The head of the day, taken if there is none. null: it could not be; the log says why. Never throws. */
export async function headOfToday(
  environment: RunEnvironment,
  { runId, definition }: { readonly runId: string; readonly definition: Pick<JobDefinition, 'name'> },
): Promise<RecordHead | null> {
  const { database, zones, logger, secrets } = environment;
  const day = dayOf(database.clock.now(), zones.business);
  const known = ofToday.get(database);
  if (known?.day === day) return known;
  try {
    const newest = await readNewestHead(database.control);
    // A clock that went back makes no second head of a day.
    const { head, taken } =
      newest !== null && newest.day >= day
        ? { head: newest, taken: false }
        : await database.control
            .transaction()
            .execute((trx) => takeHead(trx, environment, { day, runId, job: definition.name }));
    ofToday.set(database, head);
    if (taken) await stampHead(environment, head);
    return head;
  } catch (error) {
    const clean = secrets.scrubError(error);
    logger.warn(
      { 'event.action': 'record.head', 'event.outcome': 'failure', err: clean },
      `the record head of ${day} could not be taken: ${clean.message}`,
    );
    return null;
  }
}

async function takeHead(
  trx: Transaction<Database>,
  environment: RunEnvironment,
  { day, runId, job }: { readonly day: string; readonly runId: string; readonly job: string },
): Promise<{ readonly head: RecordHead; readonly taken: boolean }> {
  await sql`select pg_advisory_xact_lock(hashtextextended('opsdeck-jobs takes a record head', 0))`.execute(
    trx,
  );
  const before = await readNewestHead(trx);
  if (before !== null && before.day >= day) return { head: before, taken: false };
  const { chains, tables } = partsOf(environment.jobs);
  const number = (before?.number ?? 0) + 1;
  const states: ChainStates = before === null ? {} : chainStates.parse(JSON.parse(before.chains));
  for (const { name, links } of chains) states[name] = await newestLink(trx, links);
  for (const table of tables) {
    const added = await addRows(trx, table, number);
    const { count, hash } = states[table.table] ?? { count: 0, hash: noHash };
    states[table.table] = { count: count + added.count, hash: hashOfRows(hash, added.hash) };
  }
  const content = {
    number,
    day,
    takenAt: environment.database.clock.now(),
    previous: before?.hash ?? noHash,
    chains: JSON.stringify(states),
  };
  const hash = hashOfHead(content);
  await sql`
    insert into opsdeck_jobs.record_head (number, day, taken_at, chains, previous_hash, head_hash)
    values (${number}, ${day}::date, ${content.takenAt.toISOString()}::timestamptz, ${content.chains}::json,
            decode(${content.previous}, 'hex'), decode(${hash}, 'hex'))`.execute(trx);
  const head = { number, day, hash };
  await queueHead(trx, environment, { head, runId, job });
  return { head, taken: true };
}

async function newestLink(
  trx: Kysely<Database>,
  links: RecordLinks,
): Promise<{ readonly count: number; readonly hash: string }> {
  const { rows } = await sql<{ number: number; hash: string }>`
    select l.number::int as number, l.hash from (${links}) l order by l.number desc limit 1`.execute(trx);
  const [newest] = rows;
  return newest === undefined ? { count: 0, hash: noHash } : { count: newest.number, hash: newest.hash };
}

type RecordLinks = Required<ReturnType<typeof partsOf>>['chains'][number]['links'];

/** One statement: every row that no head has seen. */
async function addRows(
  trx: Kysely<Database>,
  table: RecordTable,
  head: number,
): Promise<{ readonly count: number; readonly hash: string }> {
  const parent = table.parent === undefined ? sql`null` : sql`${sql.ref(`t.${table.parent.column}`)}::text`;
  const { rows } = await sql<{ count: number; hash: string }>`
    with fresh as materialized (
      select t.*, ${sql.ref(`t.${table.key}`)}::text as own_key,
             uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) as salt
        from ${sql.table(table.table)} t
       where not exists (select from opsdeck_jobs.record_row r
                          where r.table_name = ${table.table}::text and r.row_key = ${sql.ref(`t.${table.key}`)}::text)
    ), added as (
      insert into opsdeck_jobs.record_row (table_name, row_key, parent_key, head, salt, person_hash, row_hash)
      select ${table.table}::text, t.own_key, ${parent}, ${head}::int, t.salt, ${personHash(table, sql`t.salt`)}, ${rowHash(table)}
        from fresh t
      returning row_key, row_hash, person_hash
    )
    select count(*)::int as count, ${segmentHash} as hash from added`.execute(trx);
  const [row] = rows;
  if (row === undefined) throw new TypeError('an aggregate has a row');
  return row;
}
