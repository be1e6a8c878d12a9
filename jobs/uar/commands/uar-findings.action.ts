import type { OptionsOf } from '../../../src/cli/commands/command-context.ts';
import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { writeJson } from '../../../src/cli/render/json.ts';
import { printReport } from '../../../src/cli/runs/print-report.ts';
import { readCount } from '../../../src/cli/runs/read-count.ts';
import { readNumber } from '../../../src/cli/runs/read-number.ts';
import { withSession } from '../../../src/cli/session.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import type { Report } from '../../../src/job/report.ts';
import { severityCell } from '../../../src/job/severity.ts';
import { cutAt } from '../../../src/text/cut-at.ts';
import { wallClock } from '../../../src/time/human-time.ts';
import { type ListedFinding, listFindings } from '../desk/findings.sql.ts';
import { ageWords, dueCell } from '../due/due-words.ts';
import { type FindingStatus, findingStatuses } from '../finding-words.ts';
import { findComparison } from './find-comparison.ts';
import type { uarFindings as uarFindingsDeclaration } from './uar-findings.ts';

/** As typed; the choices are commander's. */
type UarFindingsOptions = OptionsOf<typeof uarFindingsDeclaration>;

/** What nobody has closed. */
const unclosed: readonly FindingStatus[] = ['open', 'acknowledged'];

/** `uar findings`: as they are now; `report uar` shows them as an execution saw them. */
export async function uarFindings(
  io: Io,
  globals: GlobalOptions,
  options: UarFindingsOptions,
): Promise<ExitCode> {
  const limit = readCount(options.limit, '--limit', 10_000);
  const json = options.json === true;
  return withSession(io, globals, { quiet: json }, async ({ database, zones }) => {
    const comparison =
      options.comparison === undefined ? undefined : await findComparison(database.db, options.comparison);
    const found = await listFindings(
      database.db,
      { zones, now: database.clock.now() },
      {
        ...(comparison === undefined ? {} : { comparison: comparison.id }),
        ...(options.severity === undefined ? {} : { severity: options.severity }),
        ...(options.type === undefined ? {} : { type: options.type }),
        status: statuses(options.status),
        ...(options.after === undefined
          ? {}
          : { after: readNumber(options.after, 'a finding', '`uar findings` has the numbers.') }),
        limit: limit + 1,
      },
    );
    const { shown: findings, last } = cutAt(limit, found);
    const after = last === undefined ? undefined : String(last.id);
    if (json) {
      writeJson(io, {
        database: database.label,
        findings: findings.map((one) => ({
          ...one,
          first_seen_at: one.first_seen_at?.toISOString() ?? null,
          last_seen_at: one.last_seen_at?.toISOString() ?? null,
        })),
        after: after ?? null,
      });
    } else printReport(io, report(findings, zones.business), after);
    return ExitCode.ok;
  });
}

function statuses(status: UarFindingsOptions['status']): readonly FindingStatus[] {
  if (status === undefined) return unclosed;
  return status === 'all' ? findingStatuses : [status];
}

function report(findings: readonly ListedFinding[], zone: string): Report {
  if (findings.length === 0) return [{ kind: 'line', text: 'There are no such findings.' }];
  return [
    { kind: 'line', text: `Times in ${zone}` },
    {
      kind: 'table',
      columns: [
        'Number',
        'Severity',
        'Type',
        'Key',
        'Comparison',
        'Status',
        'First seen',
        'Last seen',
        'Age',
        'Due',
        'What',
      ],
      rows: findings.map((one) => [
        String(one.id),
        severityCell(one.severity ?? '-'),
        one.finding_type,
        one.key,
        one.comparison,
        one.recurrences === 0 ? (one.status ?? '-') : `${one.status ?? '-'} (came back)`,
        one.first_seen_at === null ? '-' : wallClock(one.first_seen_at, zone),
        one.last_seen_at === null ? '-' : wallClock(one.last_seen_at, zone),
        ageWords(one),
        dueCell(one),
        one.description ?? '',
      ]),
    },
  ];
}
