import type { GlobalOptions, Io } from '../../../src/cli/io.ts';
import { writeJson } from '../../../src/cli/render/json.ts';
import { printReport } from '../../../src/cli/runs/print-report.ts';
import { readNumber } from '../../../src/cli/runs/read-number.ts';
import { withSession } from '../../../src/cli/session.ts';
import { withEnteredBy } from '../../../src/decisions/entered-by.ts';
import { ExitCode } from '../../../src/errors/exit-code.ts';
import type { Report, ReportBlock } from '../../../src/job/report.ts';
import { wallClock } from '../../../src/time/human-time.ts';
import { ageWords } from '../due/due-words.ts';
import { sideBySideBlocks } from '../desk/side-by-side.ts';
import { type ExplainedFinding, explainFinding, type FindingExplanation } from '../desk/explain-finding.ts';

/** `uar show ID`: which executions found it, who decided what, and what comes next. */
export async function showFinding(
  io: Io,
  globals: GlobalOptions,
  typed: string,
  options: { readonly json?: boolean },
): Promise<ExitCode> {
  const id = readNumber(typed, 'a finding', 'Look for its number with `uar findings`.');
  const json = options.json === true;
  return withSession(io, globals, { quiet: json }, async ({ database, zones }) => {
    const explanation = await explainFinding(database.db, { zones, now: database.clock.now() }, id);
    if (json) writeJson(io, { database: database.label, ...toDocument(explanation, zones.business) });
    else printReport(io, toReport(explanation, zones.business));
    return ExitCode.ok;
  });
}

function toDocument({ finding, fields, seen, decisions }: FindingExplanation, zone: string) {
  return {
    ...finding,
    fields: fields?.map((field) => ({ ...field })) ?? null,
    first_seen_at: finding.first_seen_at?.toISOString() ?? null,
    last_seen_at: finding.last_seen_at?.toISOString() ?? null,
    next_run_at: finding.next_run_at?.toISOString() ?? null,
    seen: seen.map((one) => ({ ...one, at: one.at.toISOString() })),
    decisions: decisions.map((one) => ({ ...one, at: one.at.toISOString() })),
    next: whatNext(finding, zone),
  };
}

function toReport({ finding, fields, seen, decisions }: FindingExplanation, zone: string): Report {
  const line = (text: string): ReportBlock => ({ kind: 'line', text });
  const at = (instant: Date | null) => (instant === null ? 'unknown' : wallClock(instant, zone));
  return [
    { kind: 'heading', text: `Finding ${finding.id}: ${finding.type}, ${finding.key}` },
    line(`Comparison ${finding.comparison_id}: ${finding.comparison}`),
    line(`Severity ${finding.severity ?? 'unknown'}, status ${finding.status ?? 'unknown'}`),
    ...(finding.description === null ? [] : [line(finding.description)]),
    line(`First seen ${at(finding.first_seen_at)}, last seen ${at(finding.last_seen_at)} (${zone})`),
    dueLine(finding),
    ...(finding.recurrences === 0
      ? []
      : [line(`Came back ${times(finding.recurrences)} after it was resolved`)]),
    ...(finding.affected_user === null ? [] : [line(`Account: ${finding.affected_user}`)]),
    ...(finding.incident_id === null
      ? []
      : [line(`Incident ${finding.incident_id}: ${finding.incident_status ?? 'unknown'}`)]),
    ...(finding.note === null ? [] : [line(`Note: ${finding.note}`)]),
    line(`Next: ${whatNext(finding, zone)}`),
    ...sideBySideBlocks(fields),
    ...(seen.length === 0
      ? [line('No execution of this program has seen it: OpsDeck found it itself.')]
      : [
          { kind: 'heading', text: 'Found by' } as const,
          {
            kind: 'table',
            columns: ['Execution', 'When', 'It was', 'Status after it', 'Alert'],
            rows: seen.map((one) => [
              String(one.execution_id),
              wallClock(one.at, zone),
              novelties.get(one.novelty) ?? one.novelty,
              one.exception_id === null ? one.status : `${one.status} (exception ${one.exception_id})`,
              one.alerted ? 'yes' : 'no',
            ]),
          } as const,
        ]),
    ...(decisions.length === 0
      ? []
      : [
          { kind: 'heading', text: 'Decisions' } as const,
          {
            kind: 'table',
            columns: ['When', 'Who', 'Decision', 'Note'],
            rows: decisions.map((one) => [
              wallClock(one.at, zone),
              withEnteredBy(one.actor, one.entered_by),
              one.decision.replaceAll('_', ' '),
              one.note ?? '',
            ]),
          } as const,
        ]),
  ];
}

function dueLine(finding: ExplainedFinding): ReportBlock {
  const { due, overdue } = finding;
  const age = `Age ${ageWords(finding)}`;
  if (due === null) return { kind: 'line', text: `${age}; no due date` };
  return overdue
    ? { kind: 'line', text: `${age}; overdue, was due ${due}`, tone: 'bad' }
    : { kind: 'line', text: `${age}; due ${due}` };
}

const novelties: ReadonlyMap<string, string> = new Map([
  ['new', 'new'],
  ['seen', 'known'],
  ['recurred', 'back after it was resolved'],
  ['reopened', 'opened again: its data changed, or its exception ended'],
]);

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

function whatNext({ status, next_run_at: next }: ExplainedFinding, zone: string): string {
  const run =
    next === null ? 'the next run of its comparison, by hand' : `the next run, ${wallClock(next, zone)}`;
  switch (status) {
    case 'resolved':
      return `closed; ${run}, opens it again if it is still there.`;
    case 'false_positive':
      return `${run}, leaves it alone unless its data have changed.`;
    case 'acknowledged':
      return `${run}, resolves it if it no longer exists and otherwise leaves it acknowledged.`;
    default:
      return `${run}, resolves it if it no longer exists; until then it waits for a decision.`;
  }
}
