import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { readOrigin } from '../../../src/cli/output/report-origin.ts';
import { readFormat, writeReport } from '../../../src/cli/output/write-report.ts';
import { type Period, readPeriod } from '../../../src/cli/runs/read-period.ts';
import { type Session, withSession } from '../../../src/cli/session.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import { usage } from '../../../src/errors/usage.ts';
import { dayOf, daysBetween } from '../../../src/time/calendar-day.ts';
import { findControl } from '../controls/find-control.ts';
import { periodDocument, periodRows } from '../period/document.ts';
import { readEarlier } from '../period/earlier.ts';
import { periodPage, periodReport } from '../period/present.ts';
import { type PeriodScope, readControlPeriods } from '../period/read.ts';
import { evaluationScope, findFramework } from './present-state.ts';
import type { reportControl as declaration } from './report-control.ts';

/** `report control CONTROL`: the auditor's test of a period. */
export async function reportControl(
  io: Io,
  globals: GlobalOptions,
  text: string,
  options: OptionsOf<typeof declaration>,
): Promise<ExitCode> {
  const periodOf = readPeriod(options);
  const format = readFormat(options);
  return withSession(io, globals, { quiet: format === 'json' }, async (session) => {
    const { database, zones } = session;
    const now = database.clock.now();
    const scope = periodScope(session, periodOf(now, zones.business), now);
    const control = await findControl(database.db, text, await findFramework(session, options.framework));
    const [tested] = await readControlPeriods(database.db, [control], scope);
    if (tested === undefined) throw new TypeError('A control that was found has no period.');
    // Only the page compares.
    const earlier = format === 'html' ? await readEarlier(database.db, control, scope) : null;
    await writeReport(
      io,
      { format, output: options.output },
      {
        title: 'Control in a period',
        present: () => periodReport(tested, scope, database.label),
        document: () => ({ before: periodDocument(tested, scope, database.label) }),
        rows: () => periodRows([tested]),
        origin: () => readOrigin(session),
        page: () => periodPage(tested, scope, earlier),
      },
    );
    return ExitCode.ok;
  });
}

/** A period of more days is a typing error. */
const mostDays = 3660;

/** What is still to come is left out of the period. OperatorError `usage`, exit 2: all of it is, or it is too long. */
export function periodScope(session: Session, { from, to }: Period, now: Date): PeriodScope {
  const { zones } = session;
  const today = dayOf(now, zones.business);
  const [first, end] = [dayOf(from, zones.business), dayOf(to, zones.business)];
  if (first > today) {
    throw usage(
      `The period begins on ${first}, which is in the future; today is ${today}.`,
      "'opsdeck-jobs controls forecast' shows which controls get worse.",
    );
  }
  const last = daysBetween(today, end) > 0 ? today : end;
  if (daysBetween(first, last) >= mostDays) {
    throw usage(
      `The period from ${first} to ${last} has more than ${mostDays} days.`,
      'Give --from a later date.',
    );
  }
  const { policy } = evaluationScope(session, now, null);
  return { first, last, today, from, to, zones, policy };
}
