import { type Notice, pageOf, worstOf } from '../../../src/notify/notice.ts';
import { count } from '../../../src/text/count.ts';
import type { JsonObject } from '../../../src/text/json.ts';
import { wallClock } from '../../../src/time/human-time.ts';
import type { ComparisonRow } from '../comparison.ts';
import { mostTold, type StepGroup, type Steps, type ToldFinding } from '../execution/read-steps.sql.ts';
import type { FindingType } from '../finding-words.ts';
import { meaningOf, type SideNames, sideNames } from './side-names.ts';

/** What an alert is made from. */
export interface AlertInput {
  readonly comparison: ComparisonRow;
  readonly executionId: number;
  readonly executedAt: Date;
  /** The business zone, in which the time is shown. */
  readonly zone: string;
  /** Without a trailing slash. */
  readonly appBaseUrl: string | undefined;
  readonly steps: Steps;
  /** OpsDeck's findings were taken over in this execution: one summary of all of them. */
  readonly adopted: boolean;
}

/** Which of the comparison's three switches a type obeys; keys that occur twice are differences, rows without one are in B alone. NULL is on, as OpsDeck fills in. */
function isAlerted(type: FindingType, row: ComparisonRow): boolean {
  switch (type) {
    case 'Left Only (A)':
      return row.alert_on_left_only !== false;
    case 'Right Only (B)':
    case 'No Key (B)':
      return row.alert_on_right_only !== false;
    case 'Mismatch':
    case 'Duplicate Key (A)':
    case 'Duplicate Key (B)':
      return row.alert_on_mismatches !== false;
  }
}

/** Why nobody is alerted; null: they are. A decision not to tell is logged. */
export function whyNoAlert({ comparison, steps, adopted }: AlertInput): string | null {
  const alerted = steps.groups.filter(({ type }) => isAlerted(type, comparison));
  const total = sum(alerted);
  if (total === 0) return 'nothing was found that this comparison alerts of';
  if (adopted) return null;
  if (sum(alerted.filter(isNews)) === 0) return 'nothing is new';
  const threshold = comparison.min_findings_threshold ?? 1;
  return total < threshold
    ? `${count(total, 'finding is', 'findings are')} below its threshold of ${threshold}`
    : null;
}

/** Open now, and not before. */
export function isNews({ novelty, status }: StepGroup): boolean {
  return novelty !== 'seen' && status === 'open';
}

const noveltyWords = { new: '', recurred: 'came back', reopened: 'reopened' } as const;

/** Variables of the template: those that OpsDeck's own knows, and ours. */
export function alertContext(input: AlertInput): JsonObject {
  const { comparison, executionId, executedAt, zone, appBaseUrl, steps, adopted } = input;
  const ofType = (type: FindingType) => sum(steps.groups.filter((one) => one.type === type));
  const news = steps.groups.filter((one) => isAlerted(one.type, comparison) && isNews(one));
  const told = toldOf(input);
  const names = sideNames(comparison);
  return {
    comparison_id: comparison.id,
    comparison_name: comparison.name,
    findings_count: sum(steps.groups),
    left_only_count: ofType('Left Only (A)'),
    right_only_count: ofType('Right Only (B)'),
    mismatch_count: ofType('Mismatch'),
    duplicate_count: ofType('Duplicate Key (A)') + ofType('Duplicate Key (B)'),
    new_count: sum(news),
    excepted_count: sum(steps.groups.filter(({ excepted }) => excepted)),
    resolved_count: steps.gone,
    adopted,
    side_a: names.a,
    side_b: names.b,
    rows: told.map((one) => toRow(one, names)),
    more: Math.max(0, sum(news) - told.length),
    execution_date: wallClock(executedAt, zone),
    zone,
    execution_url: pageOf(appBaseUrl, pathOf(executionId)) ?? '',
  };
}

function toldOf({ comparison, steps }: AlertInput): readonly ToldFinding[] {
  return steps.told.filter(({ type }) => isAlerted(type, comparison)).slice(0, mostTold);
}

function pathOf(executionId: number): string {
  return `/compliance/uar/execution/${executionId}`;
}

/** The same as data. A finding is known by its key: its row is not written yet. */
export function alertNotice(input: AlertInput): Notice {
  const { comparison, executionId, appBaseUrl, steps } = input;
  const told = toldOf(input);
  const url = pageOf(appBaseUrl, pathOf(executionId));
  const news = steps.groups.filter((one) => isAlerted(one.type, comparison) && isNews(one));
  const names = sideNames(comparison);
  return {
    severity: worstOf(news.map(({ severity }) => severity)),
    state: 'open',
    thread: `uar:comparison:${comparison.id}`,
    url,
    items:
      told.length === 0
        ? [summaryItem(input, url)]
        : told.map(({ key, type, severity, novelty }) => ({
            type: 'finding',
            id: key,
            name: key,
            text: `${novelty === 'new' ? '' : `${noveltyWords[novelty]}: `}${meaningOf(type, names)}`,
            severity,
            url,
          })),
    items_total: Math.max(1, told.length, sum(news)),
  };
}

/** Of findings that were taken over none may be new: the comparison is what the message is about. */
function summaryItem({ comparison, steps }: AlertInput, url: string | null): Notice['items'][number] {
  const findings = count(sum(steps.groups), 'finding');
  return {
    type: 'comparison',
    id: comparison.id,
    name: comparison.name,
    text: `${findings} taken over with their status`,
    severity: worstOf(steps.groups.map(({ severity }) => severity)),
    url,
  };
}

function toRow({ key, type, severity, novelty, description }: ToldFinding, names: SideNames): JsonObject {
  return {
    key,
    what: meaningOf(type, names),
    severity,
    novelty: noveltyWords[novelty],
    // Of what is on one side only, it repeats what was found.
    description: type === 'Mismatch' ? (description ?? '') : '',
  };
}

export function sum(groups: readonly StepGroup[]): number {
  return groups.reduce((total, { findings }) => total + findings, 0);
}
