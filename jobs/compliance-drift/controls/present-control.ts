import type { Cell, Report, ReportBlock, StreamedTable } from '../../../src/job/report.ts';
import { count } from '../../../src/text/count.ts';
import type { JsonObject } from '../../../src/text/json.ts';
import { dayOf } from '../../../src/time/calendar-day.ts';
import { wallClock } from '../../../src/time/human-time.ts';
import { causes } from '../cause.ts';
import { type Attestation, attestationDocument } from './attestation.ts';
import type { EvidenceDetail } from './evidence-details.sql.ts';
import { evidenceKey } from './evidence-details.sql.ts';
import { evidenceFields, personOf } from './evidence-fields.ts';
import type { ControlChange, ControlState, ExplainedRule } from './explain-control.ts';
import type { CatalogControl } from './find-control.ts';
import { acceptanceDocument, actionDocument, type FollowUps } from './follow-ups.ts';
import { opsdeckDifferences } from './opsdeck-differences.ts';
import { peopleTables } from './people-tables.ts';
import type { ControlsScope } from './present-controls.ts';
import { statusCell } from './present-controls.ts';
import type { Turn } from './read-controls.ts';
import { attestationChange, ruleChanges } from './rule-changes.ts';

/** All that `controls show` shows. */
export interface ExplainedControl {
  readonly control: CatalogControl;
  /** null: not evaluated, because its framework is switched off. */
  readonly state: ControlState | null;
  readonly turns: readonly Turn[];
  readonly remedy: string;
  readonly details: ReadonlyMap<string, EvidenceDetail>;
  readonly changes: readonly ControlChange[];
  /** All of them, newest first. */
  readonly attestations: readonly Attestation[];
  readonly followUps: FollowUps;
  /** OpsDeck has pages that show the control. */
  readonly attached: boolean;
}

export function explainedDocument({
  control,
  state,
  turns,
  remedy,
  details,
  changes,
  attestations,
  followUps,
  attached,
}: ExplainedControl): JsonObject {
  return {
    framework: control.framework,
    control_id: control.control_id,
    name: control.name,
    applicable: control.is_applicable,
    justification: control.justification,
    status: state?.status ?? null,
    turns: turns.map(({ on, to }) => ({ on, to })),
    remedy,
    rules: (state?.rules ?? []).map((rule) => ({
      name: rule.name,
      target_model: rule.model,
      about: rule.about,
      frequency_days: rule.frequencyDays,
      grace_period_days: rule.graceDays,
      enabled: rule.enabled,
      status: rule.status,
      reason: rule.reason,
      evidence: evidenceDocument(rule, details),
    })),
    links: (state?.links ?? []).map((link) => ({ ...link })),
    attestation: attestationDocument(state?.attestation ?? null),
    attestations: attestations.map(attestationDocument),
    actions: followUps.actions.map(actionDocument),
    acceptances: followUps.acceptances.map(acceptanceDocument),
    changes: changes.map((change) => ({
      snapshot_id: change.audit_id,
      detected_at: change.detected_at.toISOString(),
      from: change.from_status,
      to: change.to_status,
      class: change.class,
      severity: change.severity,
      cause: change.cause,
      rules: ruleChanges(change.before, change.after),
      attestation: change.attestation,
      alerts: change.alerts.map((alert) => ({ ...alert })),
    })),
    opsdeck_differences: attached && state !== null ? opsdeckDifferences(state) : [],
  };
}

function valuesOf({ before, after, attestation }: ControlChange): readonly string[] {
  return [...ruleChanges(before, after), ...attestationChange(attestation)];
}

function evidenceDocument(
  { evidence }: ExplainedRule,
  details: ExplainedControl['details'],
): JsonObject | null {
  return evidence === null ? null : evidenceFields(evidence, details.get(evidenceKey(evidence)));
}

/** The changes, a row each: what a spreadsheet can sort. */
export function explainedRows({ control, changes }: ExplainedControl): StreamedTable {
  return {
    kind: 'rows',
    columns: [
      'framework',
      'control_id',
      'snapshot_id',
      'detected_at',
      'from',
      'to',
      'class',
      'severity',
      'cause',
      'rules',
      'alerts',
    ],
    rows: () =>
      changes.map((change) => [
        control.framework,
        control.control_id,
        String(change.audit_id),
        change.detected_at.toISOString(),
        change.from_status ?? '',
        change.to_status ?? '',
        change.class,
        change.severity ?? '',
        change.cause,
        valuesOf(change).join('; '),
        change.alerts.map(({ to, state }) => `${to} (${state})`).join('; '),
      ]),
  };
}

export function explainedReport(explained: ExplainedControl, scope: ControlsScope): Report {
  const { control, state, turns, remedy, details, changes, attached } = explained;
  const line = (text: string): ReportBlock => ({ kind: 'line', text });
  const differences = attached && state !== null ? opsdeckDifferences(state) : [];
  return [
    { kind: 'heading', text: `${control.framework} ${control.control_id}: ${control.name}` },
    line(`Database: ${scope.database}. Days are days of ${scope.zone}; today is ${scope.today}.`),
    line(
      state === null
        ? 'Status: not evaluated, because the framework is switched off.'
        : `Status: ${words(state.status)}.${remedy === '' ? '' : ` To fix it: ${remedy}.`}`,
    ),
    ...(state?.status === 'manual' && state.attestation === null
      ? [line('It was never attested: `controls attest` records a statement about it.')]
      : []),
    ...turns.map(({ on, to }) =>
      line(
        `It turns ${words(to)} on ${on} if ${state?.attestation == null ? 'no new evidence comes' : 'it is not attested again'}.`,
      ),
    ),
    line(
      `${control.is_applicable ? 'Applicable' : 'Not applicable'}; justification: ${control.justification ?? 'not recorded'}.`,
    ),
    ...rulesTable(state, details, scope.zone),
    ...linksTable(state),
    ...peopleTables(explained, scope.zone),
    ...changesTable(changes, scope.zone),
    ...(differences.length === 0
      ? []
      : [
          { kind: 'heading' as const, text: "Why OpsDeck's page may show another status" },
          ...differences.map(line),
        ]),
  ];
}

function rulesTable(
  state: ControlState | null,
  details: ExplainedControl['details'],
  zone: string,
): ReportBlock[] {
  if (state === null || state.rules.length === 0) return [{ kind: 'line', text: 'It has no rules.' }];
  return [
    { kind: 'heading', text: 'Rules' },
    {
      kind: 'table',
      columns: ['rule', 'status', 'asks for', 'limit', 'evidence', 'performed', 'recorded', 'by'],
      rows: state.rules.map((rule): (string | Cell)[] => {
        const detail = rule.evidence === null ? undefined : details.get(evidenceKey(rule.evidence));
        return [
          rule.name,
          rule.status === null ? (rule.enabled ? 'not evaluated' : 'switched off') : statusCell(rule.status),
          rule.about === null ? rule.model : `${rule.model}: ${rule.about}`,
          `${rule.frequencyDays} + ${rule.graceDays} days`,
          rule.evidence === null
            ? (rule.reason ?? '-')
            : `${detail?.what ?? rule.model} (${rule.evidence.id})`,
          rule.evidence === null
            ? '-'
            : `${detail?.performed ?? rule.evidence.day}, ${count(rule.evidence.daysSince, 'day')} ago`,
          detail == null || detail.recordedAt === null ? '-' : dayOf(detail.recordedAt, zone),
          personOf(detail ?? undefined),
        ];
      }),
    },
  ];
}

function linksTable(state: ControlState | null): ReportBlock[] {
  if (state === null || state.links.length === 0) return [];
  return [
    { kind: 'heading', text: 'Links' },
    {
      kind: 'table',
      columns: ['kind', 'number', 'how it fulfils the control'],
      rows: state.links.map(({ type, id, description }) => [type, String(id), description]),
    },
  ];
}

function changesTable(changes: readonly ControlChange[], zone: string): ReportBlock[] {
  if (changes.length === 0) return [{ kind: 'line', text: 'No change was recorded yet.' }];
  return [
    { kind: 'heading', text: 'Last changes' },
    {
      kind: 'table',
      columns: ['found', 'change', 'kind', 'cause', 'old and new values', 'alerted'],
      rows: changes.map((change) => [
        wallClock(change.detected_at, zone),
        change.from_status === null && change.to_status === null
          ? '-'
          : `${words(change.from_status ?? 'none')} → ${words(change.to_status ?? 'none')}`,
        change.severity ?? change.class.replaceAll('_', ' '),
        phrases[change.cause] ?? change.cause,
        valuesOf(change).join('; ') || '-',
        change.alerts
          .map(({ to, state, at }) => `${to}: ${state} ${wallClock(new Date(at), zone)}`)
          .join('; ') || '-',
      ]),
    },
  ];
}

const phrases: Readonly<Record<string, string>> = causes;

function words(status: string): string {
  return status.replaceAll('_', '-');
}
