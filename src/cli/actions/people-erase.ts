import { findDecider } from '../../decisions/author.ts';
import { ExitCode } from '../../errors/exit-code.ts';
import { usage } from '../../errors/usage.ts';
import type { Report } from '../../job/report.ts';
import { erasePerson, type Findings, findPerson } from '../../record/erase-person.ts';
import { partsOf } from '../../record/parts.ts';
import type { TableCount } from '../../record/person-columns.sql.ts';
import { count } from '../../text/count.ts';
import type { OptionsOf } from '../commands/command-context.ts';
import type { peopleErase as declaration } from '../commands/people.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { writeJson } from '../render/json.ts';
import { writeLine } from '../render/line.ts';
import { authorOf, readActor } from '../runs/actor.ts';
import { confirm } from '../runs/confirm.ts';
import { printReport } from '../runs/print-report.ts';
import { readReason } from '../runs/read-reason.ts';
import { withSession } from '../session.ts';

type Options = OptionsOf<typeof declaration>;

const treatments = {
  erased: 'erased with its salt',
  replaced: 'address replaced',
  kept: 'stays: its text is hashed',
  opsdeck: "stays: OpsDeck's own",
} as const satisfies Record<keyof Findings, string>;

/** `people erase`: shows where the address is, asks, and removes it. */
export async function peopleErase(
  io: Io,
  globals: GlobalOptions,
  email: string,
  options: Options,
): Promise<ExitCode> {
  const address = email.trim();
  const actor = readActor(io, options.as);
  const reason = readReason(options.reason);
  checkAddress(address, actor, reason);
  const json = options.json === true;
  return withSession(io, globals, { quiet: json }, async (session) => {
    const { database, jobs, logger } = session;
    await findDecider(database.db, actor);
    const parts = partsOf(jobs);
    const found = await findPerson(database, parts, address);
    const rows = sum(found.erased) + sum(found.replaced);
    const dryRun = options.dryRun === true;
    if (!json) printReport(io, placesReport(address, found));
    if (
      !dryRun &&
      rows > 0 &&
      !(await confirm(io, `Erase ${address} from ${count(rows, 'row')}?`, options.yes))
    )
      return ExitCode.notRun;
    const author = authorOf(session, actor);
    const done =
      dryRun || rows === 0 ? null : await erasePerson(database, parts, { address, reason, author });
    if (done !== null) {
      logger.info(
        { 'event.action': 'person.erase', 'labels.erasure': done.id, 'user.name': actor },
        `a person was erased by ${actor}`,
      );
    }
    if (json) {
      const { erased, replaced } = done ?? found;
      writeJson(io, {
        database: database.label,
        dry_run: dryRun,
        erasure: done?.id ?? null,
        erased: erased.map((one) => ({ ...one })),
        replaced: replaced.map((one) => ({ ...one })),
        kept: found.kept.map((one) => ({ ...one })),
        opsdeck: found.opsdeck.map((one) => ({ ...one })),
      });
    } else {
      printReport(io, [{ kind: 'line', text: outcome(rows, done?.id ?? null) }]);
      if (done?.mail != null) writeLine(io.stdout, done.mail);
    }
    return ExitCode.ok;
  });
}

/** @throws OperatorError `invalid_address`, or `person_in_use` where the erasure itself would keep the address. */
function checkAddress(address: string, actor: string, reason: string): void {
  if (!/^[^\s@"\\]+@[^\s@"\\]+\.[^\s@"\\]+$/.test(address))
    throw usage(`'${address}' is not an e-mail address.`, 'Give the whole address.', 'invalid_address');
  const named = [actor, reason].some((text) => text.toLowerCase().includes(address.toLowerCase()));
  if (named)
    throw usage(
      `The record of the erasure would keep ${address}: --as or --reason has it.`,
      'Let another person decide, and give a reason without the address.',
      'person_in_use',
    );
}

function sum(counts: readonly TableCount[]): number {
  return counts.reduce((total, { rows }) => total + rows, 0);
}

function placesReport(address: string, found: Findings): Report {
  const kinds: readonly (keyof Findings)[] = ['erased', 'replaced', 'kept', 'opsdeck'];
  const rows = kinds.flatMap((kind) =>
    found[kind].map(({ table, rows: number }) => [table, String(number), treatments[kind]]),
  );
  if (rows.length === 0) return [{ kind: 'line', text: `No row that this role may read has ${address}.` }];
  return [{ kind: 'table', columns: ['table', 'rows', 'what becomes of them'], rows }];
}

function outcome(rows: number, id: string | null): string {
  if (id !== null)
    return `${count(rows, 'row')} changed. Archives and backups were not searched. The erasure is person:${id.slice(0, 8)} in \`decisions list\`.`;
  return rows === 0
    ? 'Nothing was changed.'
    : `This would change ${count(rows, 'row')}. Nothing was changed.`;
}
