import { sql } from 'kysely';
import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { writeJson } from '../../../src/cli/render/json.ts';
import { writeLine } from '../../../src/cli/render/line.ts';
import { authorOf, readActor } from '../../../src/cli/runs/actor.ts';
import { consent } from '../../../src/cli/runs/confirm.ts';
import { findNamed, type Named } from '../../../src/cli/runs/find-named.ts';
import { printReport } from '../../../src/cli/runs/print-report.ts';
import { readReason } from '../../../src/cli/runs/read-reason.ts';
import { readUntil } from '../../../src/cli/runs/read-until.ts';
import { type Session, withSession } from '../../../src/cli/session.ts';
import { changeTransaction } from '../../../src/db/change-transaction.ts';
import { statementFault, toOperatorError } from '../../../src/db/errors.ts';
import { findDecider } from '../../../src/decisions/author.ts';
import { withEnteredBy } from '../../../src/decisions/entered-by.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { usage } from '../../../src/errors/usage.ts';
import { count } from '../../../src/text/count.ts';
import { nearest } from '../../../src/text/suggest.ts';
import { dayOf } from '../../../src/time/calendar-day.ts';
import { holdableTables } from '../policy/known-tables.ts';
import { addHold, countHeld, type Hold, listHolds, readHold, releaseHold } from '../policy/legal-holds.ts';
import { readShapes } from '../policy/table-shape.sql.ts';
import type { holdAdd, holdList, holdRelease } from './legal-hold.ts';
import { readWhere } from './read-where.ts';

/** As typed. */
type HoldAddOptions = OptionsOf<typeof holdAdd>;

type HoldListOptions = OptionsOf<typeof holdList>;

type HoldReleaseOptions = OptionsOf<typeof holdRelease>;

/** `retention legal-hold add`: keeps rows, records who and when, and says how many there are. */
export async function addLegalHold(
  io: Io,
  globals: GlobalOptions,
  options: HoldAddOptions,
): Promise<ExitCode> {
  const actor = readActor(io, options.as);
  const conditions = readWhere(options.where);
  if ((conditions.length === 0) !== (options.all === true))
    throw usage(
      conditions.length === 0 ? 'No rows are selected.' : '--where and --all contradict each other.',
      'Give --where column=value, or --all for every row of the table.',
    );
  if (options.case.trim() === '') throw usage('--case is empty.', 'Give --case "Case 2026-117".');
  const why = options.reason === undefined ? null : readReason(options.reason);
  if (!holdableTables.includes(options.table)) {
    const near = nearest(options.table, holdableTables);
    throw usage(
      `No policy can touch the table '${options.table}'${near === undefined ? '.' : `; did you mean '${near}'?`}`,
      `The tables are: ${holdableTables.join(', ')}.`,
    );
  }
  return withSession(io, globals, {}, async (session) => {
    const { db, clock } = session.database;
    const now = clock.now();
    const author = authorOf(session, actor);
    const today = dayOf(now, session.zones.business);
    const until = options.until === undefined ? null : readUntil(options.until, today);
    const shape = (await readShapes(db, [options.table])).get(options.table);
    if (shape === undefined)
      throw usage(`The database has no table ${options.table}.`, 'Look with `migrate --status`.');
    const added = await refusingBadValues(() =>
      db.transaction().execute((trx) =>
        addHold(trx, shape, {
          conditions,
          caseReference: options.case.trim(),
          reason: why,
          until,
          author,
          now,
        }),
      ),
    );
    session.logger.info(
      { 'event.action': 'retention.hold_added', 'labels.table': options.table, 'user.name': actor },
      `hold ${added.id} on ${options.table} by ${actor}`,
    );
    writeLine(
      io.stdout,
      `Hold ${added.id} keeps ${count(added.rows, 'row')} of ${options.table} ${until === null ? 'until it is released' : `until the end of ${until}`}, and those to come.`,
    );
    if (added.mail !== null) writeLine(io.stdout, added.mail);
    return ExitCode.ok;
  });
}

/** A value that is none of its column's type. */
async function refusingBadValues<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (statementFault(error)?.startsWith('22') !== true) throw error;
    throw usage(`--where: ${toOperatorError(error).message}.`, "Give a value of the column's type.");
  }
}

/** `retention legal-hold list`. */
export async function listLegalHolds(
  io: Io,
  globals: GlobalOptions,
  { all, json }: HoldListOptions,
): Promise<ExitCode> {
  return withSession(io, globals, { quiet: json === true }, async ({ database, zones }: Session) => {
    const holds = await listHolds(database.db, dayOf(database.clock.now(), zones.business), all === true);
    if (json === true) {
      writeJson(io, { database: database.label, holds: holds.map(toDocument) });
      return ExitCode.ok;
    }
    const report = [
      holds.length === 0
        ? { kind: 'line' as const, text: 'There is no legal hold.' }
        : {
            kind: 'table' as const,
            columns: ['hold', 'table', 'rows with', 'case', 'reason', 'until', 'added', 'released'],
            rows: holds.map((hold) => [
              String(hold.id),
              hold.table,
              hold.conditions.map(({ column, value }) => `${column}=${value}`).join(' and ') || 'all',
              hold.caseReference,
              hold.reason ?? '',
              hold.until ?? '',
              `${hold.addedAt.toISOString().slice(0, 10)} by ${withEnteredBy(hold.addedBy, hold.enteredBy)}`,
              hold.releasedAt === null
                ? ''
                : `${hold.releasedAt.toISOString().slice(0, 10)} by ${withEnteredBy(hold.releasedBy ?? '', hold.releaseEnteredBy)}`,
            ]),
          },
    ];
    printReport(io, report);
    return ExitCode.ok;
  });
}

function toDocument(hold: Hold) {
  return {
    id: hold.id,
    table: hold.table,
    where: hold.conditions.map((one) => ({ ...one })),
    case: hold.caseReference,
    reason: hold.reason,
    until: hold.until,
    added_by: hold.addedBy,
    entered_by: hold.enteredBy,
    added_at: hold.addedAt.toISOString(),
    released_by: hold.releasedBy,
    release_entered_by: hold.releaseEnteredBy,
    released_at: hold.releasedAt?.toISOString() ?? null,
  };
}

/** The legal hold that is meant by its number, or by its case where one hold in force is for it. */
function findHold(db: Session['database']['db'], typed: string): Promise<Named> {
  const inForce = sql`
    select id, case_reference as name from opsdeck_jobs.retention_hold
     where released_at is null or id::text = ${typed.trim()}`;
  return findNamed(db, inForce, typed, {
    what: 'legal hold',
    next: 'Look with `retention legal-hold list`.',
  });
}

/** `retention legal-hold release ID`. */
export async function releaseLegalHold(
  io: Io,
  globals: GlobalOptions,
  text: string,
  options: HoldReleaseOptions,
): Promise<ExitCode> {
  const { reason } = options;
  const actor = readActor(io, options.as);
  const note = reason === undefined ? null : readReason(reason);
  return withSession(io, globals, {}, async (session) => {
    const { database, logger } = session;
    const id = Number((await findHold(database.db, text)).id);
    const now = database.clock.now();
    const ended = await consent(io, options, () =>
      changeTransaction(database.db, true, async (trx) => {
        await findDecider(trx, actor);
        const hold = await readHold(trx, id);
        if (hold.releasedAt !== null)
          return { words: `release nothing: legal hold ${id} was released before`, count: 0 };
        const rows = await countHeld(trx, hold);
        const protects = rows === null ? 'it cannot be read any more' : `it protects ${count(rows, 'row')}`;
        const what = `legal hold ${id} of ${hold.table}, ${hold.caseReference} (${protects})`;
        return { words: `release ${what}`, count: 1 };
      }),
    );
    if (ended !== null) return ended;
    const { released, mail } = await database.db
      .transaction()
      .execute((trx) => releaseHold(trx, id, { author: authorOf(session, actor), now, note }));
    if (released)
      logger.info(
        { 'event.action': 'retention.hold_released', 'labels.hold': id, 'user.name': actor },
        `legal hold ${id} was released by ${actor}`,
      );
    writeLine(io.stdout, `Legal hold ${id} ${released ? 'is released' : 'was released before'}.`);
    if (mail !== null) writeLine(io.stdout, mail);
    return ExitCode.ok;
  });
}
