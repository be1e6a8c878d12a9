import { z } from 'zod';
import { isMachineUser } from '../../../src/decisions/author.ts';
import { withEnteredBy } from '../../../src/decisions/entered-by.ts';
import type { Cell, Report, ReportBlock } from '../../../src/job/report.ts';
import { severityCell } from '../../../src/job/severity.ts';
import type { Json, JsonObject } from '../../../src/text/json.ts';
import { wallClock } from '../../../src/time/human-time.ts';
import { ageWords, dueCell } from '../due/due-words.ts';
import type { ReviewScope, ReviewSummary } from './read.ts';
import type { FindingInReport } from './due.ts';
import { historyTable } from './history.ts';
import { removalTable } from './removals.ts';
import {
  needsFourEyes,
  type Review,
  type ReviewCount,
  type ReviewException,
  type ReviewFinding,
} from './review.ts';
import { rulesTable, sourcesTable } from './rules.ts';
import { totalsTable } from './totals-table.ts';

/** The report for people, with the first findings; `total` says how many there are. */
export function reviewReport(
  summary: ReviewSummary,
  findings: readonly FindingInReport[],
  scope: ReviewScope,
): Report {
  const { review } = summary;
  return [
    { kind: 'heading', text: titleOf(review) },
    { kind: 'line', text: `Database: ${scope.database}` },
    { kind: 'line', text: `Finished ${wallClock(review.finished_at, scope.zone)} (${scope.zone})` },
    { kind: 'line', text: `Program version ${review.program_version}` },
    ...reviewBlocks(summary, findings, scope),
  ];
}

export function titleOf({ comparison, comparison_id: id, execution_id: execution }: Review): string {
  return `Access review: ${comparison ?? `comparison ${id}`}, execution ${execution}`;
}

/** All but the head. */
export function reviewBlocks(
  summary: ReviewSummary,
  findings: readonly FindingInReport[],
  scope: ReviewScope,
): readonly ReportBlock[] {
  const { review, counts, exceptions } = summary;
  const total = counts.reduce((sum, one) => sum + one.total, 0);
  return [
    outcomeLine(review),
    signOffLine(summary, scope),
    ...fourEyesLines(summary),
    ...sourcesTable(review, scope.zone),
    ...totalsTable(summary.totals),
    ...rulesTable(review),
    ...keyQuality(review.key_quality),
    ...excludedRows(review.key_quality),
    ...countTable(counts),
    ...findingTable(findings, total, scope),
    ...historyTable(findings, scope.zone),
    ...removalTable(findings, scope.zone),
    ...exceptionTable(exceptions),
    ...revocationLines(summary, scope),
  ];
}

function outcomeLine({ outcome, reason, change_accepted_by: by }: Review): ReportBlock {
  if (outcome === 'completed') {
    const accepted = by === null ? '' : `; an unusual change was accepted by ${by}`;
    return { kind: 'line', text: `Outcome: completed${accepted}` };
  }
  return { kind: 'line', text: `Outcome: ${outcome}: ${reason ?? 'no reason is recorded'}`, tone: 'bad' };
}

function signOffLine({ review, signOff }: ReviewSummary, { zone }: ReviewScope): ReportBlock {
  if (signOff === null) {
    const text =
      review.outcome === 'completed' ? 'Not signed off' : 'Not signed off: there is no result to sign';
    return { kind: 'line', text, tone: 'notice' };
  }
  const signed = `Signed off by ${withEnteredBy(signOff.email, signOff.entered_by)} on ${wallClock(signOff.at, zone)}: ${signOff.note}`;
  const since = signOff.covers_signer
    ? 'unchanged since'
    : 'unchanged since, but for signer and note: they were not signed then';
  return signOff.unchanged
    ? { kind: 'line', text: `${signed} (${since})`, tone: 'good' }
    : { kind: 'line', text: `${signed}. What was signed HAS BEEN CHANGED since.`, tone: 'bad' };
}

/** Whether who decided and who signed are different, required or not. */
function fourEyesLines({ review, signOff }: ReviewSummary): readonly ReportBlock[] {
  const required = needsFourEyes(review);
  const rule = `Segregation of duties (${required ? 'required' : 'not required'})`;
  if (signOff === null) return required ? [{ kind: 'line', text: `${rule}: not signed off yet` }] : [];
  const { met, reasons } = signOff.fourEyes;
  return met
    ? [{ kind: 'line', text: `${rule}: met`, tone: 'good' }]
    : [{ kind: 'line', text: `${rule}: not met. ${reasons.join(' ')}`, tone: required ? 'bad' : 'notice' }];
}

/** Whatever is counted, in words: the numbers of the record, not its samples. */
function keyQuality(quality: JsonObject | null): readonly ReportBlock[] {
  const rows = numbersIn(quality ?? {}, []).filter(([, count]) => count > 0);
  if (rows.length === 0) return [];
  return [
    { kind: 'heading', text: 'Key quality' },
    {
      kind: 'table',
      columns: ['What', 'Count'],
      rows: rows.map(([path, count]) => [path, { text: String(count), tone: 'warning' }]),
    },
  ];
}

const recordedExcluded = z.object({
  excluded: z.record(
    z.enum(['a', 'b']),
    z.object({
      count: z.int(),
      sample: z.array(z.object({ row: z.int(), key: z.string().nullable(), why: z.string() })),
    }),
  ),
});

/** Rows that the filters took out, as far as they were recorded. */
function excludedRows(quality: JsonObject | null): readonly ReportBlock[] {
  const recorded = recordedExcluded.safeParse(quality).data?.excluded;
  const sides =
    recorded === undefined ? [] : (['a', 'b'] as const).map((side) => ({ side, ...recorded[side] }));
  const total = sides.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return [];
  const rows = sides.flatMap(({ side, sample }) =>
    sample.map(({ row, key, why }) => [side.toUpperCase(), String(row), key ?? '', why]),
  );
  return [
    { kind: 'heading', text: 'Excluded rows' },
    { kind: 'table', columns: ['Side', 'Row', 'Key', 'What the filter read'], rows },
    ...(rows.length < total
      ? [{ kind: 'line', text: `The first ${rows.length} of ${total}.` } as const]
      : []),
  ];
}

function numbersIn(value: JsonObject, path: readonly string[]): readonly (readonly [string, number])[] {
  return Object.entries(value).flatMap(([name, part]): readonly (readonly [string, number])[] => {
    const here = [...path, name.replaceAll('_', ' ')];
    if (typeof part === 'number') return [[here.join(', '), part]];
    return isObject(part) ? numbersIn(part, here) : [];
  });
}

function isObject(value: Json): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function countTable(counts: readonly ReviewCount[]): readonly ReportBlock[] {
  if (counts.length === 0) return [{ kind: 'line', text: 'No findings: both sides agree.', tone: 'good' }];
  return [
    { kind: 'heading', text: 'Findings by type' },
    {
      kind: 'table',
      columns: ['Severity', 'Type', 'Findings', 'New', 'Came back'],
      rows: counts.map((one) => [
        severityCell(one.severity),
        one.type,
        String(one.total),
        String(one.new),
        String(one.recurred),
      ]),
    },
  ];
}

function findingTable(
  findings: readonly FindingInReport[],
  total: number,
  { zone }: ReviewScope,
): readonly ReportBlock[] {
  if (findings.length === 0) return [];
  return [
    { kind: 'heading', text: 'Findings as they were then' },
    {
      kind: 'table',
      columns: ['Number', 'Severity', 'Type', 'Key', 'Status', 'Age', 'Due', 'Decision', 'By', 'Note'],
      rows: findings.map((one) => [
        String(one.id),
        severityCell(one.severity),
        one.type,
        one.key,
        one.novelty === 'seen' ? one.status : `${one.status} (${noveltyWords[one.novelty]})`,
        ageWords(one),
        dueCell(one),
        decisionCell(one),
        byWhom(one, zone),
        one.decision?.note ?? '',
      ]),
    },
    ...(total > findings.length
      ? [
          {
            kind: 'line',
            text: `${findings.length} of ${total}; --format csv or json has all of them.`,
          } as const,
        ]
      : []),
  ];
}

const noveltyWords = { new: 'new', recurred: 'came back', reopened: 'opened again' } as const;

function byWhom({ decision }: ReviewFinding, zone: string): string {
  if (decision === null) return '';
  const who = withEnteredBy(decision.actor, decision.entered_by);
  return decision.at === null ? who : `${who}, ${wallClock(decision.at, zone)}`;
}

function decisionCell({ decision, exception_id: exception }: ReviewFinding): string | Cell {
  if (decision?.own_account === true) return { text: 'on their own account: does not count', tone: 'bad' };
  if (decision?.source === 'unknown')
    return { text: `${decision.decision.replaceAll('_', ' ')}: does not count`, tone: 'bad' };
  if (decision !== null && isMachineUser(decision.actor))
    return { text: `${decision.decision.replaceAll('_', ' ')}: by no named person`, tone: 'warning' };
  if (decision !== null) return decision.decision.replaceAll('_', ' ');
  return exception === null ? { text: 'none', tone: 'warning' } : `exception ${exception}`;
}

function exceptionTable(exceptions: readonly ReviewException[]): readonly ReportBlock[] {
  if (exceptions.length === 0) return [];
  return [
    { kind: 'heading', text: 'Exceptions that applied' },
    {
      kind: 'table',
      columns: ['Number', 'Key', 'Until', 'Reason', 'Compensating control', 'Requested by', 'Approved by'],
      rows: exceptions.map((one) => [
        String(one.id),
        one.key,
        one.until,
        one.reason,
        one.compensating_control ?? 'not recorded',
        one.requested_by ?? 'not recorded',
        withEnteredBy(one.added_by, one.entered_by),
      ]),
    },
  ];
}

function revocationLines(
  { revocations, signOff }: ReviewSummary,
  { zone }: ReviewScope,
): readonly ReportBlock[] {
  return revocations.map(({ id, key, revoked_by: by, revoked_at: at }) => {
    const later = signOff !== null && at > signOff.at ? ', after the sign-off' : '';
    return {
      kind: 'line',
      text: `Exception ${id} of ${key} was revoked by ${by} on ${wallClock(at, zone)}${later}.`,
      tone: 'notice',
    };
  });
}
