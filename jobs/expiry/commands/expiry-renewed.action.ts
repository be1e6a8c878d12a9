import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { writeLine } from '../../../src/cli/render/line.ts';
import { authorOf, readActor } from '../../../src/cli/runs/actor.ts';
import { type ConsentOptions, consent } from '../../../src/cli/runs/confirm.ts';
import { readReason } from '../../../src/cli/runs/read-reason.ts';
import { type Session, withSession } from '../../../src/cli/session.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { usage } from '../../../src/errors/usage.ts';
import { requiredDate } from '../../../src/import/cells.ts';
import { pageOf } from '../../../src/notify/notice.ts';
import { addDays, type Day, dayInWords, dayOf } from '../../../src/time/calendar-day.ts';
import { decideAlerts, type NamedItem } from '../decide-holds.sql.ts';
import { readItemEnds } from '../explain-item.ts';
import { readHolds } from '../holds.sql.ts';
import { type ExpiringItem, pathOf } from '../item.ts';
import { isMovable, moveEnd, nextEnd } from '../move-end.sql.ts';
import { reachedItems } from '../plan.ts';
import { daysToChange } from '../renewed.ts';
import { readItem, requireItem } from './read-item.ts';

/** As typed. */
export interface ExpiryRenewedOptions extends ConsentOptions {
  readonly on: string;
  readonly until?: string;
  readonly reason: string;
  readonly as?: string;
}

/**
 * `expiry renewed ITEM`: records what a person did elsewhere. On a database of our own the date is moved; where OpsDeck or a
 * certificate has it, alerts about the old one stop, and the page where it must be changed is named.
 */
export async function recordRenewal(
  io: Io,
  globals: GlobalOptions,
  text: string,
  options: ExpiryRenewedOptions,
): Promise<ExitCode> {
  const typed = readItem(text);
  const actor = readActor(io, options.as);
  const reason = readReason(options.reason);
  return withSession(io, globals, {}, async (session) => {
    const { database, config, zones, logger } = session;
    const { db, clock } = database;
    const today = dayOf(clock.now(), zones.business);
    const on = readDate('--on', options.on);
    if (on > today) {
      throw usage(`--on '${on}' is after today, ${today}.`, 'Record a renewal when it has been done.');
    }
    const named = options.until === undefined ? null : readDate('--until', options.until);
    const item = await requireItem(db, typed);
    const label = `${item.kind}:${item.id} (${item.name})`;
    const known = (await readHolds(db, today)).some(
      ({ kind, id, renewed_on, renewed_until }) =>
        kind === item.kind &&
        id === item.id &&
        renewed_on === on &&
        (named === null || renewed_until === named),
    );
    if (known) {
      writeLine(
        io.stdout,
        `${label} is already recorded as renewed on ${dayInWords(on)}; nothing was changed.`,
      );
      return ExitCode.ok;
    }
    const ends = await endsNow(session, item, today);
    const [end] = ends;
    const until = await newEnd(session, end, named);
    const move = moveOf(session, end, until);
    if (move !== null) {
      const ended = await consent(io, options, async () => ({
        words: `change the date of ${label} from ${end.expiresOn} to ${move.until}`,
        count: 1,
      }));
      if (ended !== null) return ended;
    } else if (options.dryRun === true) {
      writeLine(
        io.stdout,
        `This would stop alerts about ${label} and its date ${end.expiresOn}. Nothing was changed.`,
      );
      return ExitCode.ok;
    }
    const { mail } = await decideAlerts(
      database,
      item,
      {
        action: 'renewed',
        keys: (move === null ? ends : [end]).map(({ key }) => key),
        on,
        until,
        reason,
        move: move === null ? null : (trx) => moveEnd(trx, move.item, move.until, clock.now()),
      },
      authorOf(session, actor),
    );
    logger.info(
      { 'event.action': 'alert.renewed', 'labels.item': `${item.kind}:${item.id}`, 'user.name': actor },
      `${label}: renewed by ${actor}`,
    );
    const rest =
      move === null
        ? whatToChange(end, { today, page: pageOf(config.appBaseUrl, pathOf(end)), mode: database.mode })
        : `Its date is now ${dayInWords(move.until)}.`;
    writeLine(io.stdout, `${label} is recorded as renewed on ${dayInWords(on)}. ${rest}`);
    if (mail !== null) writeLine(io.stdout, mail);
    return ExitCode.ok;
  });
}

function readDate(option: string, text: string): Day {
  const day = requiredDate.safeParse(text);
  if (day.success) return day.data;
  throw usage(`${option} '${text}' is not a date.`, 'Give it as YYYY-MM-DD.');
}

/** The ends that are alerted now; before that, the next one. */
async function endsNow(
  { database, config, zones }: Session,
  item: NamedItem,
  today: Day,
): Promise<readonly [ExpiringItem, ...ExpiringItem[]]> {
  const { items } = await readItemEnds(database.db, item, {
    jobs: config.jobs,
    zone: zones.business,
    today,
  });
  const reached = reachedItems(items, today);
  const [first, ...rest] = (reached.length > 0 ? reached : items.slice(0, 1)).toSorted((a, b) =>
    a.expiresOn.localeCompare(b.expiresOn),
  );
  if (first !== undefined) return [first, ...rest];
  throw usage(
    `${item.kind}:${item.id} has no date that could be renewed.`,
    `\`expiry show ${item.kind}:${item.id}\` shows why.`,
  );
}

/** Where the date is ours to move, and moves; null: what renews by itself moves on without it, and the rest is not ours. */
function moveOf({ database }: Session, end: ExpiringItem, until: Day | null) {
  return database.mode === 'standalone' && until !== null && isMovable(end) ? { item: end, until } : null;
}

async function newEnd({ database }: Session, end: ExpiringItem, named: Day | null): Promise<Day | null> {
  if (named !== null) {
    if (named > end.expiresOn) return named;
    throw usage(
      `--until '${named}' is not after its date now, ${end.expiresOn}.`,
      `Give the new date of ${end.kind}:${end.id}.`,
    );
  }
  if (database.mode === 'attached' || !isMovable(end) || end.happens === 'renews') return null;
  const next = await database.db.transaction().execute((trx) => nextEnd(trx, end));
  if (next !== null) return next;
  throw usage(
    `${end.kind}:${end.id} has no period by which its date moves.`,
    'Give its new date: --until DATE.',
  );
}

/** A sentence or two: who must change the date, and where. */
function whatToChange(
  end: ExpiringItem,
  {
    today,
    page,
    mode,
  }: { readonly today: Day; readonly page: string | null; readonly mode: Session['database']['mode'] },
): string {
  const quiet = `No more alerts are sent about ${dayInWords(end.expiresOn)}.`;
  if (end.happens === 'renews') return `${quiet} It renews by itself: its next date follows.`;
  const path = pathOf(end);
  const where =
    end.kind === 'certificate' && mode === 'standalone'
      ? 'Import the new certificate: `import certificates FILE`'
      : `Change the date${mode === 'attached' && path !== '' ? ` in OpsDeck: ${page ?? path}` : ' where it is recorded'}`;
  return `${quiet} ${where}. If its date is still the same on ${dayInWords(addDays(today, daysToChange))}, an alert asks for it.`;
}
