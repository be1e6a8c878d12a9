import type { StreamedTable } from '../../../src/job/report.ts';
import type { JsonObject } from '../../../src/text/json.ts';
import { attestationDocument } from '../controls/attestation.ts';
import { entryFields } from '../controls/evidence-fields.ts';
import { acceptanceDocument, actionDocument } from '../controls/follow-ups.ts';
import { attestationChange, ruleChanges } from '../controls/rule-changes.ts';
import { countsOf } from './counts.ts';
import type { Occurrence } from './occurrences.ts';
import type { ControlPeriod, PeriodScope, RulePeriod, TestedEvidence } from './read.ts';

/** The JSON document, without `schema`. Days are days of the business zone; times are ISO 8601 in UTC. */
export function periodDocument(tested: ControlPeriod, scope: PeriodScope, database: string): JsonObject {
  const { control, rules, recorded, changes } = tested;
  return {
    report: 'control',
    database,
    timezone: scope.zones.business,
    from: scope.first,
    to: scope.last,
    framework: { id: control.framework_id, name: control.framework, active: control.is_active },
    control_id: control.control_id,
    name: control.name,
    applicable: control.is_applicable,
    justification: control.justification,
    counts: countsDocument(rules),
    days: {
      with_evaluation: Object.fromEntries(recorded.days),
      without_evaluation: recorded.withoutDays,
      without: recorded.without.map(({ from, to, days }) => ({ from, to, days })),
    },
    rules: rules.map(ruleDocument),
    removed_rules: tested.removedRules.map(({ name, lastSeen, gone }) => ({
      name,
      last_seen: lastSeen,
      removed_by: gone,
    })),
    altered_snapshot: tested.altered,
    snapshots: tested.snapshots.length,
    status_at_start: tested.initial,
    changes: changes.map((one) => ({
      snapshot_id: one.snapshotId,
      detected_at: one.at.toISOString(),
      from: one.from,
      to: one.to,
      class: one.class,
      severity: one.severity,
      cause: one.cause,
      rules: [...ruleChanges(one.before, one.after), ...attestationChange(one.attestation)],
    })),
    attestations: tested.attestations.map(attestationDocument),
    actions: tested.followUps.actions.map(actionDocument),
    acceptances: tested.followUps.acceptances.map(acceptanceDocument),
  };
}

function countsDocument(rules: readonly RulePeriod[]): JsonObject {
  const counts = countsOf(rules);
  return {
    expected: counts.expected,
    on_time: counts.onTime,
    late: counts.late,
    missing: counts.missing,
    performed: counts.performed,
    recorded_later: counts.recordedLater,
    recording_unknown: counts.recordingUnknown,
    not_counted: counts.notCounted,
  };
}

function ruleDocument(tested: RulePeriod): JsonObject {
  const { rule, after } = tested;
  return {
    id: rule.id,
    name: rule.name,
    model: rule.model,
    about: rule.about,
    frequency_days: rule.frequencyDays,
    grace_period_days: rule.graceDays,
    enabled: rule.enabled,
    created: rule.createdOn,
    problem: rule.problem,
    tested_from: tested.testedFrom,
    limit_assumed: tested.limitAssumed,
    limit_changes: tested.limitChanges.map(({ on, before, after: now, after_day: afterDay }) => ({
      on: afterDay === null ? on : null,
      between: afterDay === null ? null : [afterDay, on],
      from: { frequency_days: before.frequencyDays, enabled: before.enabled },
      to: { frequency_days: now.frequencyDays, enabled: now.enabled },
    })),
    counts: countsDocument([tested]),
    occurrences: tested.occurrences.map((one) => ({
      due: one.due,
      outcome: one.outcome,
      days_late: one.daysLate,
      evidence: one.evidence === null ? null : evidenceDocument(one.evidence),
    })),
    not_counted: tested.notCounted.map((one) => ({ ...evidenceDocument(one), why: one.standing })),
    next_after_period: after === null ? null : { id: after.id, date: after.day },
  };
}

function evidenceDocument(evidence: TestedEvidence): JsonObject {
  const { detail } = evidence;
  return {
    id: evidence.id,
    date: evidence.day,
    what: detail?.what ?? null,
    performed: detail?.performed ?? null,
    ...entryFields(detail),
    recorded_later: evidence.recordedLater,
    reference: detail?.link ?? null,
    status: evidence.word,
  };
}

/** Every occurrence, a row each. */
export function periodRows(tested: readonly ControlPeriod[]): StreamedTable {
  return {
    kind: 'rows',
    columns: [
      ...[
        'framework',
        'control_id',
        'rule_id',
        'rule',
        'model',
        'due',
        'outcome',
        'days_late',
        'evidence_id',
      ],
      ...['what', 'date', 'performed', 'recorded_at', 'recorded_later', 'by', 'recorded_by', 'reference'],
    ],
    rows: function* () {
      for (const { control, rules } of tested) {
        for (const { rule, occurrences } of rules) {
          for (const one of occurrences) {
            yield [
              ...[control.framework, control.control_id, String(rule.id), rule.name, rule.model],
              ...cells(one),
            ];
          }
        }
      }
    },
  };
}

function cells({ due, outcome, daysLate, evidence }: Occurrence<TestedEvidence>): readonly string[] {
  const start = [due ?? '', outcome, String(daysLate)];
  if (evidence === null) return [...start, '', '', '', '', '', '', '', '', ''];
  const { detail, recordedLater } = evidence;
  const entry = entryFields(detail);
  return [
    ...start,
    String(evidence.id),
    detail?.what ?? '',
    evidence.day,
    detail?.performed ?? '',
    entry.recorded_at ?? '',
    recordedLater === null ? '' : String(recordedLater),
    entry.by ?? '',
    entry.recorded_by ?? '',
    detail?.link ?? '',
  ];
}
