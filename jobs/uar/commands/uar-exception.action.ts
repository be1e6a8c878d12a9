import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { writeJson } from '../../../src/cli/render/json.ts';
import { writeLine } from '../../../src/cli/render/line.ts';
import { authorOf, readActor, readAddress } from '../../../src/cli/runs/actor.ts';
import { consent } from '../../../src/cli/runs/confirm.ts';
import { printReport } from '../../../src/cli/runs/print-report.ts';
import { readNumber } from '../../../src/cli/runs/read-number.ts';
import { readReason, readWords } from '../../../src/cli/runs/read-reason.ts';
import { readUntil } from '../../../src/cli/runs/read-until.ts';
import { withSession } from '../../../src/cli/session.ts';
import { isMachineUser } from '../../../src/decisions/author.ts';
import { withEnteredBy } from '../../../src/decisions/entered-by.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { usage } from '../../../src/errors/usage.ts';
import type { Report } from '../../../src/job/report.ts';
import { count } from '../../../src/text/count.ts';
import { dayOf } from '../../../src/time/calendar-day.ts';
import {
  addException,
  countExcepted,
  listExceptions,
  type NewException,
  revokeException,
  type StoredException,
  wasKeySeen,
} from '../desk/exceptions.ts';
import { findComparison } from './find-comparison.ts';
import type { exceptionAdd, exceptionRevoke } from './uar-exception.ts';

/** As typed. */
type ExceptionAddOptions = OptionsOf<typeof exceptionAdd>;

/** As typed. */
type ExceptionRevokeOptions = OptionsOf<typeof exceptionRevoke>;

/** `uar exception add`: an account may differ until a date. It takes effect at the next execution. */
export async function addUarException(
  io: Io,
  globals: GlobalOptions,
  options: ExceptionAddOptions,
): Promise<ExitCode> {
  const key = readWords(options.key, '--key', 'Give the key as `uar findings` shows it.');
  const reason = readReason(options.reason);
  const compensatingControl = readWords(
    options.compensatingControl,
    '--compensating-control',
    'Give --compensating-control with what limits the risk.',
  );
  const actor = readActor(io, options.as);
  const requester = readAddress(options.requester, '--requester');
  return withSession(io, globals, {}, async (session) => {
    const { database, zones, logger } = session;
    const today = dayOf(database.clock.now(), zones.business);
    const until = readUntil(options.until, today);
    const comparison =
      options.comparison === undefined ? null : await findComparison(database.db, options.comparison);
    const exception: NewException = {
      ...{ comparison: comparison?.id ?? null, key, type: options.type ?? null, until, reason },
      ...{ requester, compensatingControl },
    };
    const author = authorOf(session, actor);
    const where = comparison === null ? 'in every comparison' : `in the comparison ${comparison.name}`;
    const isSeen = await wasKeySeen(database.db, exception);
    const unseen = `No execution ${where === 'in every comparison' ? '' : `of the comparison ${comparison?.name} `}contained the key ${key}`;
    if (!isSeen && options.yes !== true && options.dryRun !== true) {
      throw usage(
        `${unseen}; nothing was added.`,
        'Compare it with `uar findings`. If it is right, repeat the command with --yes.',
        'unknown_key',
      );
    }
    const ended = await consent(io, options, async () => {
      const { added } = await addException(database, exception, author, true);
      const findings = count(await countExcepted(database.db, exception), 'open finding');
      const words = `accept differences of ${key} ${where} until ${until} (${findings} now)${isSeen ? '' : `, although no execution contained this key`}`;
      return { words: added ? words : `add no exception: ${key} has this one`, count: added ? 1 : 0 };
    });
    if (ended !== null) return ended;
    const { id, added, mail } = await addException(database, exception, author);
    if (added) {
      logger.info(
        {
          'event.action': 'uar.exception_add',
          'event.outcome': 'success',
          'labels.exception': id,
          'user.name': actor,
        },
        `exception ${id} until ${until}, by ${actor}`,
      );
    }
    writeLine(
      io.stdout,
      `Exception ${id}${added ? '' : ' was there already'}: ${key} may differ ${where} until ${until}, from the next execution on.`,
    );
    if (!isSeen) writeLine(io.stdout, `${unseen}: check its spelling.`);
    if (isMachineUser(actor)) {
      writeLine(io.stdout, 'No person approved it: it satisfies no sign-off. Name the approver with --as.');
    }
    if (mail !== null) writeLine(io.stdout, mail);
    return ExitCode.ok;
  });
}

/** `uar exception revoke NUMBER`. */
export async function revokeUarException(
  io: Io,
  globals: GlobalOptions,
  typed: string,
  options: ExceptionRevokeOptions,
): Promise<ExitCode> {
  const id = readNumber(typed, 'an exception', 'Look with `uar exception list`.');
  const reason = options.reason === undefined ? null : readReason(options.reason);
  const actor = readActor(io, options.as);
  return withSession(io, globals, {}, async (session) => {
    const { database, logger } = session;
    const author = { ...authorOf(session, actor), reason };
    const ended = await consent(io, options, async () => {
      const { revoked, key, findings } = await revokeException(database, id, author, true);
      const open = `${count(findings, 'accepted finding')} would be open again`;
      return revoked
        ? { words: `revoke exception ${id} of ${key} (${open})`, count: 1 }
        : { words: `revoke nothing: exception ${id} was revoked already`, count: 0 };
    });
    if (ended !== null) return ended;
    const { revoked, mail } = await revokeException(database, id, author);
    if (revoked) {
      logger.info(
        {
          'event.action': 'uar.exception_revoke',
          'event.outcome': 'success',
          'labels.exception': id,
          'user.name': actor,
        },
        `exception ${id} revoked by ${actor}`,
      );
    }
    writeLine(
      io.stdout,
      revoked
        ? `Exception ${id} is revoked, from the next execution on.`
        : `Exception ${id} was revoked already.`,
    );
    if (mail !== null) writeLine(io.stdout, mail);
    return ExitCode.ok;
  });
}

/** `uar exception list`. */
export async function listUarExceptions(
  io: Io,
  globals: GlobalOptions,
  options: { readonly all?: boolean; readonly json?: boolean },
): Promise<ExitCode> {
  const json = options.json === true;
  return withSession(io, globals, { quiet: json }, async ({ database, zones }) => {
    const today = dayOf(database.clock.now(), zones.business);
    const exceptions = await listExceptions(database.db, { today, all: options.all === true });
    if (json) {
      writeJson(io, {
        database: database.label,
        exceptions: exceptions.map((one) => ({
          ...one,
          id: Number(one.id),
          added_at: one.added_at.toISOString(),
          revoked_at: one.revoked_at?.toISOString() ?? null,
        })),
      });
    } else printReport(io, report(exceptions, today));
    return ExitCode.ok;
  });
}

function report(exceptions: readonly StoredException[], today: string): Report {
  if (exceptions.length === 0) return [{ kind: 'line', text: 'There is no exception.' }];
  return [
    {
      kind: 'table',
      columns: [
        'Number',
        'Key',
        'Comparison',
        'Type',
        'Until',
        'Reason',
        'Compensating control',
        'Requested by',
        'Approved by',
        'State',
      ],
      rows: exceptions.map((one) => [
        one.id,
        one.key,
        one.comparison_id === null ? 'all' : (one.comparison ?? `${one.comparison_id} (deleted)`),
        one.type ?? 'all',
        one.until,
        one.reason,
        one.compensating_control ?? 'not recorded',
        one.requested_by ?? 'not recorded',
        withEnteredBy(one.added_by, one.entered_by),
        state(one, today),
      ]),
    },
  ];
}

function state({ revoked_by, until }: StoredException, today: string): string {
  if (revoked_by !== null) return `revoked by ${revoked_by}`;
  return until < today ? 'ended' : 'counts';
}
