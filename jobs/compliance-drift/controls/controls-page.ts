import type { ReportBlock } from '../../../src/job/report.ts';
import type { Figure, Picture, ReportPage } from '../../../src/job/report-page.ts';
import { count } from '../../../src/text/count.ts';
import { dayOf } from '../../../src/time/calendar-day.ts';
import { statusSeries } from '../report/status-series.ts';
import type { ControlStatus } from '../status.ts';
import { type Standing, standingFacts } from './standing.sql.ts';

interface ListedControl {
  readonly framework: string;
  readonly status: ControlStatus;
}

interface ListedScope {
  readonly title: string;
  /** Of the head: of which day the controls are. */
  readonly asOf: string;
  readonly zone: string;
  /** Controls that were evaluated, also those that are not listed. */
  readonly evaluated: number;
  readonly standing: Standing;
  /** Frameworks of which nothing could be read. */
  readonly unread: number;
}

/** `report controls` as a page. */
export function controlsPage(
  controls: readonly ListedControl[],
  scope: ListedScope,
  tables: readonly ReportBlock[],
): ReportPage {
  const frameworks = [...new Set(controls.map(({ framework }) => framework))].sort();
  return {
    title: scope.title,
    about: 'Every control with its status, and the evidence and the rule that decide it.',
    facts: [
      ['As of', scope.asOf],
      ['Frameworks', frameworks.join(', ') || 'none has a listed control'],
      ...standingFacts(scope.standing, scope.zone),
    ],
    answer: answerOf(controls, scope),
    figures: figures(controls, scope),
    blocks: [
      ...(controls.length === 0
        ? []
        : [{ kind: 'heading' as const, text: 'Status by framework' }, byFramework(controls, frameworks)]),
      { kind: 'heading', text: 'Controls' },
      ...tables,
    ],
    words,
  };
}

function having(controls: readonly ListedControl[], statuses: readonly ControlStatus[]): number {
  return controls.filter(({ status }) => statuses.includes(status)).length;
}

const met = ['compliant', 'manual'] as const;
const failing = ['warning', 'non_compliant'] as const;

function answerOf(
  controls: readonly ListedControl[],
  { evaluated, unread }: ListedScope,
): NonNullable<ReportPage['answer']> {
  if (unread > 0) {
    return {
      text: `Incomplete: of ${count(unread, 'framework')} the snapshot is not what was stored. ${count(controls.length, 'control')} listed.`,
      tone: 'bad',
    };
  }
  if (evaluated === 0) return { text: 'No control was evaluated, so nothing is known.', tone: 'notice' };
  const applicable = controls.length - having(controls, ['not_applicable']);
  const listed =
    controls.length === evaluated ? '' : ` ${controls.length} of ${evaluated} controls are listed.`;
  const bad = having(controls, failing);
  const unclear = having(controls, ['uncovered', 'unknown']);
  return {
    text: `${having(controls, met)} of ${count(applicable, 'applicable control')} met, ${bad} failing, ${unclear} uncovered or unknown.${listed}`,
    tone: having(controls, ['non_compliant']) > 0 ? 'bad' : bad + unclear > 0 ? 'warning' : 'good',
  };
}

const shown = [
  ['controls met', met, undefined],
  ['in warning', ['warning'], 'warning'],
  ['non-compliant', ['non_compliant'], 'bad'],
  ['uncovered', ['uncovered'], 'notice'],
  ['unknown', ['unknown'], 'warning'],
] as const;

function figures(
  controls: readonly ListedControl[],
  { standing: { earlier }, zone, evaluated }: ListedScope,
): readonly Figure[] {
  const applicable = controls.length - having(controls, ['not_applicable']);
  return shown.map(([name, statuses, tone]) => {
    const value = having(controls, statuses);
    const before = statuses.reduce((sum, status) => sum + (earlier?.status[status] ?? 0), 0);
    return {
      value: String(value),
      name,
      ...(name === 'controls met' ? { of: `of ${applicable}` } : {}),
      // What is left out of the list is counted in the snapshot.
      ...(earlier === null || controls.length !== evaluated
        ? {}
        : { change: `${before} on ${dayOf(earlier.takenAt, zone)}` }),
      ...(tone === undefined || value === 0 ? {} : { tone }),
    };
  });
}

function byFramework(controls: readonly ListedControl[], frameworks: readonly string[]): Picture {
  return {
    kind: 'bars',
    shares: true,
    title: 'Applicable controls by status',
    description: 'Each bar is a framework; its parts are the shares of its applicable controls.',
    each: 'framework',
    rows: frameworks,
    series: statusSeries.map(([name, paint, statuses]) => ({
      name,
      paint,
      values: frameworks.map((framework) =>
        having(
          controls.filter((one) => one.framework === framework),
          statuses,
        ),
      ),
    })),
  };
}

const words: ReportPage['words'] = [
  ['met', 'Compliant, or attested by a person (manual). Unknown and uncovered controls do not count as met.'],
  ['failing', 'Non-compliant or in warning.'],
  ['applicable', 'Not excluded as not applicable.'],
  ['uncovered', 'No rule and no assessment judges the control.'],
  ['unknown', 'The evaluation of a rule failed, so the status is not known.'],
  ['limit', 'So many days evidence counts, and so many days of grace after them.'],
  ['snapshot', 'The stored status of all controls at one time.'],
  ['chain hash', 'Covers this snapshot and all before it; `verify drift` computes it again.'],
];
