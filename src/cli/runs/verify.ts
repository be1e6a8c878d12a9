import { ExitCode } from '../../errors/exit-code.ts';
import type { Report } from '../../job/report.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { writeJson } from '../render/json.ts';
import { type Session, withSession } from '../session.ts';
import { statementLimitOf } from '../statement-timeout.ts';
import { printReport } from './print-report.ts';

/** What was found: nothing, or what is not as it was written. */
export interface Verified {
  readonly ok: boolean;
  readonly document: Readonly<Record<string, unknown>>;
  readonly report: Report;
}

/** What every `verify …` of a database does with what it found: it prints that, and exits with 4 when something is wrong. */
export function verify(
  io: Io,
  globals: GlobalOptions,
  options: { readonly json?: true; readonly timeout?: string },
  work: (session: Session) => Promise<Verified>,
): Promise<ExitCode> {
  const json = options.json === true;
  const session = { quiet: json, statementLimitMs: statementLimitOf(options) };
  return withSession(io, globals, session, async (open) => {
    const { ok, document, report } = await work(open);
    if (json) writeJson(io, { database: open.database.label, ...document });
    else printReport(io, report);
    return ok ? ExitCode.ok : ExitCode.found;
  });
}
