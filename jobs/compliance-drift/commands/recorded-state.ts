import { readOrigin } from '../../../src/cli/output/report-origin.ts';
import type { ReportOptions } from '../../../src/cli/output/write-report.ts';
import { writeReport } from '../../../src/cli/output/write-report.ts';
import { pickNamed } from '../../../src/cli/runs/find-named.ts';
import type { Session } from '../../../src/cli/session.ts';
import { usage } from '../../../src/errors/usage.ts';
import { requiredDate } from '../../../src/import/cells.ts';
import { addDays, type Day, dayOf } from '../../../src/time/calendar-day.ts';
import { startOfDate } from '../../../src/time/local-time.ts';
import { controlsPage } from '../controls/controls-page.ts';
import { evidenceDetails } from '../controls/evidence-details.sql.ts';
import { byControl, readFollowUps } from '../controls/follow-ups.ts';
import { recordedDocument, recordedReport, recordedRows } from '../controls/present-recorded.ts';
import { byWeight } from '../controls/read-controls.ts';
import { readSnapshotControls } from '../controls/read-snapshot.ts';
import { readStanding } from '../controls/standing.sql.ts';
import { recordedFrameworks } from '../report/read.ts';
import type { ControlStatus } from '../status.ts';

/** `--as-of DATE`. OperatorError `usage`, exit 2. */
export function readAsOf(text: string): Day {
  const day = requiredDate.safeParse(text);
  if (day.success) return day.data;
  throw usage(`--as-of '${text}' is not a date.`, 'Give it as YYYY-MM-DD, such as 2026-10-31.');
}

/** Writes the controls as they were at the end of a day, by the snapshots that were valid then. Nothing is evaluated. */
export async function writeRecordedControls(
  { io, database, zones }: Session,
  day: Day,
  options: Pick<ReportOptions, 'format' | 'output'> & {
    readonly framework: string | undefined;
    /** null: every one. */
    readonly wanted: readonly ControlStatus[] | null;
  },
): Promise<void> {
  const today = dayOf(database.clock.now(), zones.business);
  if (day > today) {
    throw usage(
      `--as-of ${day} is in the future; today is ${today}.`,
      "'opsdeck-jobs controls forecast' shows which controls get worse.",
    );
  }
  const framework = await recordedFramework(database.db, options.framework);
  const until = new Date(startOfDate(addDays(day, 1), zones.business).getTime() - 1);
  const { controls: all, unread } = await readSnapshotControls(database.db, until, framework);
  const controls = all
    .filter(({ status }) => options.wanted === null || options.wanted.includes(status))
    .toSorted(byWeight);
  const recorded = {
    database: database.label,
    zone: zones.business,
    day,
    evaluated: all.length,
    controls,
    unread,
    followUps: byControl(await readFollowUps(database.db, { today: day, controls: null, until })),
    details: await evidenceDetails(
      database.db,
      zones,
      controls.flatMap(({ rule }) => rule?.evidence ?? []),
    ),
  };
  await writeReport(io, options, {
    title: 'Controls',
    present: () => recordedReport(recorded),
    document: () => ({ before: recordedDocument(recorded) }),
    rows: () => recordedRows(recorded),
    origin: () => readOrigin({ database, zones }),
    page: async () =>
      controlsPage(
        controls,
        {
          title: `Controls as of ${day}`,
          asOf: `the end of ${day} (${zones.business})`,
          zone: zones.business,
          evaluated: all.length,
          standing: await readStanding(database.db, { until, frameworkId: framework }),
          unread: unread.length,
        },
        recordedReport(recorded).slice(2),
      ),
  });
}

/** One that was deleted since was recorded, too. */
async function recordedFramework(
  db: Session['database']['db'],
  text: string | undefined,
): Promise<number | null> {
  if (text === undefined) return null;
  const { id } = pickNamed(await recordedFrameworks(db), text, {
    what: 'framework',
    next: "'opsdeck-jobs report drift' names the frameworks that snapshots have recorded.",
  });
  return id;
}
