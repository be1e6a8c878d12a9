import type { Cell, Report, ReportBlock } from '../../src/job/report.ts';
import { severityTone } from '../../src/job/severity.ts';
import { count } from '../../src/text/count.ts';
import { causes } from './cause.ts';
import type { ChangeClass } from './classify.ts';
import type { DriftResult, ReportedChange } from './result.ts';
import type { ControlStatus } from './status.ts';

/** What stands in the severity column of a change that has none. */
const classWords: Readonly<Record<ChangeClass, Cell>> = {
  regression: { text: 'regression', tone: 'bad' },
  coverage_lost: { text: 'coverage lost', tone: 'notice' },
  first_measurement: { text: 'first measurement' },
  improvement: { text: 'improvement', tone: 'good' },
  control_added: { text: 'scope' },
  control_removed: { text: 'scope' },
  became_not_applicable: { text: 'scope' },
  became_applicable: { text: 'scope' },
  evaluation_lost: { text: 'evaluation lost', tone: 'warning' },
  evaluation_restored: { text: 'evaluation restored' },
  evaluation_changed: { text: 'evaluation changed' },
  framework_removed: { text: 'scope' },
  renumbered: { text: 'scope' },
  requirement_replaced: { text: 'scope', tone: 'warning' },
};

/** A table of changes for each framework, worst first, then what was found in all. */
export function presentDrift(result: DriftResult): Report {
  const frameworks = [...new Set(result.changes.map((change) => change.framework))];
  return [
    ...frameworks.flatMap((framework): ReportBlock[] => [
      { kind: 'heading', text: framework },
      {
        kind: 'table',
        columns: ['control', 'name', 'change', 'severity', 'cause'],
        rows: result.changes.filter((change) => change.framework === framework).map(row),
      },
    ]),
    ...summary(result),
    ...failing(result),
  ];
}

/** The end of the output is what stays on the screen: what fails now. */
function failing({ failing: named, status }: DriftResult): ReportBlock[] {
  if (named.length === 0) return [];
  const all = status.non_compliant + status.warning;
  return [
    { kind: 'heading', text: 'Failing now' },
    {
      kind: 'table',
      columns: ['framework', 'control', 'name', 'status', 'remedy'],
      rows: named.map((one) => [
        one.framework,
        one.control_id,
        one.name,
        { text: words(one.status), tone: one.status === 'warning' ? 'warning' : 'bad' },
        one.remedy,
      ]),
    },
    ...(all > named.length
      ? [
          {
            kind: 'line' as const,
            text: `${named.length} of ${count(all, 'failing control')}. 'opsdeck-jobs controls list --failing' lists all.`,
          },
        ]
      : []),
  ];
}

function row(change: ReportedChange): (string | Cell)[] {
  const severity =
    change.severity === null
      ? classWords[change.class]
      : {
          text: change.class === 'coverage_lost' ? `${change.severity} (coverage lost)` : change.severity,
          tone: severityTone(change.severity),
        };
  return [
    change.control_id,
    change.name,
    change.from === null && change.to === null ? '-' : `${words(change.from)} → ${words(change.to)}`,
    severity,
    causes[change.cause] + (change.flapping === true ? ' (flapping)' : ''),
  ];
}

function summary(result: DriftResult): ReportBlock[] {
  const { status, regressions, scope, evaluation } = result;
  const total = regressions.critical + regressions.high + regressions.medium;
  const states = (
    ['compliant', 'manual', 'warning', 'non_compliant', 'uncovered', 'unknown', 'not_applicable'] as const
  )
    .filter((one) => status[one] > 0)
    .map((one) => `${status[one]} ${words(one)}`);
  const found = [
    total === 0
      ? 'no regressions'
      : `${count(total, 'regression')} (${regressions.critical} critical, ${regressions.high} high, ${regressions.medium} medium)`,
    count(result.improvements, 'improvement'),
    ...optional(result.first_measurements, 'first measurement'),
    ...optional(
      scope.added +
        scope.removed +
        scope.became_applicable +
        scope.became_not_applicable +
        scope.renumbered +
        scope.requirements_replaced +
        scope.frameworks_removed.length,
      'scope change',
    ),
    ...(evaluation.lost > 0 ? [`${evaluation.lost} no longer evaluated`] : []),
    ...(evaluation.restored > 0 ? [`${evaluation.restored} evaluated again`] : []),
    ...(evaluation.changed > 0 ? [`${evaluation.changed} changed by a new evaluation`] : []),
    ...(result.flapping > 0 ? [`${result.flapping} flapping`] : []),
  ];
  return [
    {
      kind: 'line',
      text: `${count(result.frameworks, 'framework')}, ${count(result.controls, 'control')}${states.length > 0 ? `: ${states.join(', ')}` : ''}.`,
    },
    ...scope.frameworks_removed.map(
      (one): ReportBlock => ({
        kind: 'line',
        tone: 'warning',
        text: `${one.framework}: no longer evaluated (${causes[one.cause]}); ${one.failing} of ${count(one.controls, 'control')} were failing.`,
      }),
    ),
    ...result.unread_words.map(
      ({ model, word, id }): ReportBlock => ({
        kind: 'line',
        tone: 'warning',
        text: `The status "${word}" of ${model} ${id} is not known: it does not count as evidence.`,
      }),
    ),
    ...(result.controls === 0 && result.changes.length === 0 ? nothingStored : comparison(result, found)),
  ];
}

/** Neither a baseline nor a dry run: there was nothing to take a snapshot of. */
const nothingStored: readonly ReportBlock[] = [
  { kind: 'line', tone: 'warning', text: 'There is nothing to evaluate, and no snapshot was stored.' },
];

function comparison(result: DriftResult, found: readonly string[]): ReportBlock[] {
  const { regressions } = result;
  const total = regressions.critical + regressions.high + regressions.medium;
  return [
    {
      kind: 'line',
      tone: regressions.critical > 0 ? 'bad' : total > 0 ? 'warning' : 'plain',
      text: result.baseline
        ? `There is no earlier snapshot to compare with${theirs(result)}: this one is the baseline.`
        : `Since snapshot ${result.previous_snapshot_id}: ${found.join(', ')}.`,
    },
    {
      kind: 'line',
      text:
        result.snapshot_id === null
          ? 'Dry run: no snapshot stored.'
          : `Snapshot ${result.snapshot_id} stored; ${count(result.messages_queued, 'message')} queued.`,
    },
  ];
}

function theirs({ opsdeck_snapshots: amount }: DriftResult): string {
  if (amount === 0) return '';
  return ` (${count(amount, 'snapshot')} by OpsDeck, not comparable)`;
}

function optional(amount: number, what: string): string[] {
  return amount === 0 ? [] : [count(amount, what)];
}

function words(status: ControlStatus | null): string {
  return status === null ? 'none' : status.replaceAll('_', '-');
}
