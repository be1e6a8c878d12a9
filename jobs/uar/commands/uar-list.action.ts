import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { writeJson } from '../../../src/cli/render/json.ts';
import { printReport } from '../../../src/cli/runs/print-report.ts';
import { withSession } from '../../../src/cli/session.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import type { Cell, Report } from '../../../src/job/report.ts';
import { wallClock } from '../../../src/time/human-time.ts';
import { type ListedComparison, listComparisons } from '../desk/comparisons.sql.ts';

/** `uar list`: every comparison, when it runs next, and what its last execution found. */
export async function uarList(
  io: Io,
  globals: GlobalOptions,
  options: { readonly json?: boolean },
): Promise<ExitCode> {
  const json = options.json === true;
  return withSession(io, globals, { quiet: json }, async ({ database, zones }) => {
    const comparisons = await listComparisons(database.db, zones);
    if (json) {
      writeJson(io, {
        database: database.label,
        comparisons: comparisons.map((one) => ({
          ...one,
          next_run_at: one.next_run_at?.toISOString() ?? null,
          last_finished_at: one.last_finished_at?.toISOString() ?? null,
        })),
      });
    } else printReport(io, report(comparisons, zones.business));
    return ExitCode.ok;
  });
}

function report(comparisons: readonly ListedComparison[], zone: string): Report {
  if (comparisons.length === 0) {
    return [
      { kind: 'line', text: 'There is no comparison: make one in OpsDeck, or with `uar import FILE.json`.' },
    ];
  }
  return [
    { kind: 'line', text: `Times in ${zone}` },
    {
      kind: 'table',
      columns: ['Number', 'Name', 'A', 'B', 'Next', 'Last', 'Outcome', 'Open', 'Signed off'],
      rows: comparisons.map((one) => [
        String(one.id),
        one.name,
        one.source_a,
        one.source_b,
        nextRun(one, zone),
        one.last_finished_at === null ? 'never' : wallClock(one.last_finished_at, zone),
        outcome(one),
        open(one),
        one.signed_off_execution_id === null ? '-' : `execution ${one.signed_off_execution_id}`,
      ]),
    },
    ...comparisons.flatMap(({ id, last_reason: reason }) =>
      reason === null ? [] : [{ kind: 'line', text: `${id}: ${reason}`, tone: 'warning' } as const],
    ),
  ];
}

function nextRun({ enabled, schedule_type, next_run_at }: ListedComparison, zone: string): string {
  if (!enabled) return 'disabled';
  if (next_run_at !== null) return wallClock(next_run_at, zone);
  return schedule_type === null || schedule_type === 'manual' ? 'by hand' : 'not set';
}

function outcome({ last_outcome: text, last_execution_id: id }: ListedComparison): string | Cell {
  if (text === null) return '-';
  return { text: `${text} (${id})`, tone: text === 'completed' ? 'good' : 'bad' };
}

function open({ open_findings: count, urgent_findings: urgent }: ListedComparison): string | Cell {
  if (count === 0) return '0';
  return {
    text: urgent === 0 ? String(count) : `${count}, ${urgent} urgent`,
    tone: urgent === 0 ? 'notice' : 'bad',
  };
}
