import type { ReportDocument, StreamedTable } from '../../../src/job/report.ts';
import { mapped } from '../../../src/text/batches.ts';
import type { Json, JsonObject } from '../../../src/text/json.ts';
import type { ReviewReport, ReviewScope, ReviewSummary } from './read.ts';
import type { FindingInReport } from './due.ts';
import { needsFourEyes } from './review.ts';

/** The JSON document, without `schema`. Times are ISO 8601 in UTC. */
export function reviewDocument({ summary, findings }: ReviewReport, scope: ReviewScope): ReportDocument {
  return {
    before: summaryDocument(summary, scope),
    list: { name: 'findings', items: mapped(findings(), findingDocument) },
  };
}

function summaryDocument(
  { review, counts, exceptions, revocations, signOff, totals }: ReviewSummary,
  scope: ReviewScope,
): JsonObject {
  return {
    report: 'uar',
    database: scope.database,
    timezone: scope.zone,
    execution: {
      id: review.execution_id,
      comparison_id: review.comparison_id,
      comparison: review.comparison,
      outcome: review.outcome,
      reason: review.reason,
      started_at: review.started_at?.toISOString() ?? null,
      finished_at: review.finished_at.toISOString(),
      program_version: review.program_version,
      config: review.config,
      change_accepted_by: review.change_accepted_by,
    },
    population: { a: review.source_a, b: review.source_b },
    control_totals: totals === null ? null : { a: { ...totals.a }, b: { ...totals.b } },
    run_by: totals?.run_by ?? null,
    population_changed: totals === null ? null : { added: totals.added, gone: totals.gone },
    key_quality: review.key_quality,
    counts: counts.map((one) => ({ ...one })),
    revocations: revocations.map((one) => ({ ...one, revoked_at: one.revoked_at.toISOString() })),
    exceptions: exceptions.map((one) => ({ ...one })),
    sign_off:
      signOff === null
        ? null
        : {
            email: signOff.email,
            note: signOff.note,
            entered_by: signOff.entered_by,
            at: signOff.at.toISOString(),
            evidence_sha256: signOff.evidence_hash.toString('hex'),
            unchanged: signOff.unchanged,
            covers_signer: signOff.covers_signer,
            four_eyes: {
              required: needsFourEyes(review),
              met: signOff.fourEyes.met,
              reasons: signOff.fourEyes.reasons,
            },
          },
  };
}

/** One finding in the JSON document. */
function findingDocument({ decision, removal, history, ...finding }: FindingInReport): JsonObject {
  return {
    ...finding,
    history: history.map((one) => ({ ...one, at: one.at.toISOString() })),
    removal:
      removal === null
        ? null
        : {
            ...removal,
            last_seen_at: removal.last_seen_at?.toISOString() ?? null,
            first_absent_at: removal.first_absent_at?.toISOString() ?? null,
          },
    decision: decision === null ? null : { ...decision, at: decision.at?.toISOString() ?? null },
  };
}

const findingColumns = [
  'finding_id',
  'type',
  'severity',
  'key',
  'novelty',
  'status',
  'affected_user',
  'exception_id',
  'decision',
  'decided_by',
  'entered_by',
  'decided_at',
  'note',
  'data_a',
  'data_b',
  'differences',
  'identity',
  'access',
  'last_seen_at',
  'first_absent_at',
  'age_days',
  'due',
  'overdue',
] as const;

/** One table, a row a finding: what the CSV is made from. */
export function reviewRows({ findings }: ReviewReport): StreamedTable {
  return { kind: 'rows', columns: findingColumns, rows: () => mapped(findings(), findingRow) };
}

function findingRow(one: FindingInReport): string[] {
  const json = (value: Json) => (value === null ? '' : JSON.stringify(value));
  return [
    String(one.id),
    one.type,
    one.severity,
    one.key,
    one.novelty,
    one.status,
    one.affected_user ?? '',
    String(one.exception_id ?? ''),
    one.decision?.decision ?? '',
    one.decision?.actor ?? '',
    one.decision?.entered_by ?? '',
    one.decision?.at?.toISOString() ?? '',
    one.decision?.note ?? '',
    json(one.data_a),
    json(one.data_b),
    json(one.differences),
    one.identity,
    one.removal?.state ?? '',
    one.removal?.last_seen_at?.toISOString() ?? '',
    one.removal?.first_absent_at?.toISOString() ?? '',
    String(one.age_days ?? ''),
    one.due ?? '',
    one.overdue ? 'yes' : 'no',
  ];
}
