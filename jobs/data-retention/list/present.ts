import type { Cell, Report, ReportBlock } from '../../../src/job/report.ts';
import { count } from '../../../src/text/count.ts';
import { wallClock } from '../../../src/time/human-time.ts';
import { type PolicyStanding, rowsLookedAt } from './read.ts';
import { blockedWords, keepWords } from './words.ts';

export interface RetentionList {
  readonly standings: readonly PolicyStanding[];
  /** Policies that the configuration switches off. */
  readonly disabled: readonly string[];
  /** Whose rights they were looked at with: the job's own role, or that of the program. */
  readonly role: 'own' | 'runner';
  /** The setting that names the job's own role. */
  readonly variable: string;
  /** Why the job's own role could not be used; null: it could, or there is none. */
  readonly problem: string | null;
  /** Why `archive_dir` cannot be used on this host; null: it can, or there is none. */
  readonly folder: string | null;
  /** There are roles whose rights may differ. */
  readonly attached: boolean;
  /** null: nothing will run it, as {@link state} explains. */
  readonly next: Date | null;
  /** Of the job, in words. */
  readonly state: string;
  readonly zone: string;
}

export function listReport(list: RetentionList): Report {
  const { standings, disabled, zone } = list;
  const off: Report =
    disabled.length === 0 ? [] : [{ kind: 'line', text: `Switched off: ${disabled.join(', ')}.` }];
  if (standings.length === 0)
    return [
      {
        kind: 'line',
        text: 'No retention policy is switched on: see jobs.data-retention.settings of the configuration file.',
      },
      ...off,
    ];
  const next = nextWords(list);
  return [
    { kind: 'line', text: `Times in ${zone}` },
    {
      kind: 'table',
      columns: [
        'policy',
        'table',
        'keep for',
        'rows',
        'due',
        'legal hold',
        'blocked by',
        'oldest',
        'next run',
      ],
      rows: standings.map((one): readonly (string | Cell)[] => [
        one.policy,
        one.table,
        keepWords(one.keep),
        figure(one, ({ rows }) => rows),
        figure(one, ({ due }) => due),
        figure(one, ({ held }) => held),
        blockedCell(one),
        one.figures?.oldest ?? '',
        next,
      ]),
    },
    ...standings.flatMap(nextSteps),
    ...notes(list),
    ...off,
  ];
}

/** A figure of a part of the table is its least. */
function figure(
  { figures }: PolicyStanding,
  of: (figures: NonNullable<PolicyStanding['figures']>) => number,
): string {
  if (figures === null) return 'not known';
  return `${of(figures)}${figures.complete ? '' : '+'}`;
}

function blockedCell(one: PolicyStanding): string | Cell {
  const text = blockedWords(one);
  if (text === '') return '';
  return { text, tone: one.blocked !== null ? 'bad' : one.waitsFor !== null ? 'warning' : 'notice' };
}

function nextWords({ next, state, zone }: RetentionList): string {
  return next === null ? state : wallClock(next, zone);
}

function nextSteps({ policy, blocked, waitsFor, figures }: PolicyStanding): readonly ReportBlock[] {
  if (blocked !== null) return [{ kind: 'line', text: `${policy}: ${blocked.next}` }];
  if (waitsFor === null || figures === null) return [];
  const text = figures.complete
    ? `${policy} waits for an acceptance of ${count(figures.due, 'row')}: \`retention accept ${policy} --until DATE --max ${figures.due}\`.`
    : `${policy} waits for an acceptance: \`run-job data-retention --dry-run\` counts all rows.`;
  return [{ kind: 'line', text }];
}

function notes({
  standings,
  role,
  variable,
  problem,
  folder,
  attached,
}: RetentionList): readonly ReportBlock[] {
  const some = standings.some(({ figures }) => figures !== null && !figures.complete);
  const lacking = standings.some(({ blocked }) => blocked?.code === 'permission_denied');
  return [
    ...(problem === null
      ? []
      : [
          {
            kind: 'line' as const,
            tone: 'bad' as const,
            text: `The role of ${variable} cannot be used, and a run would fail: ${problem} What it may do is not known; the figures are as the role of DATABASE_URL reads them.`,
          },
        ]),
    ...(folder === null
      ? []
      : [
          {
            kind: 'line' as const,
            tone: 'bad' as const,
            text: `On this host a run would fail: ${folder}`,
          },
        ]),
    ...(problem === null && role === 'runner' && attached && lacking
      ? [
          {
            kind: 'line' as const,
            text: `${variable} is not set here: the rights are those of the role of DATABASE_URL. Whether another role may more is not known.`,
          },
        ]
      : []),
    ...(some
      ? [
          {
            kind: 'line' as const,
            text: `+: the table has more than ${rowsLookedAt} rows; the figures are of the ${rowsLookedAt} with the lowest keys. \`run-job data-retention --dry-run\` counts all.`,
          },
        ]
      : []),
  ];
}
