import type { Figure, Picture, ReportPage } from '../../../src/job/report-page.ts';
import { count } from '../../../src/text/count.ts';
import { dayInWords } from '../../../src/time/calendar-day.ts';
import { amountsInWords, totalInWords } from '../costs.ts';
import { itemKinds, kindWords } from '../item.ts';
import { distances } from './kind-totals.ts';
import { expiryMonth } from './month.ts';
import { aboutIn, cutSentence, expiryTables } from './present.ts';
import type { ExpiryReport, ReportScope } from './read.ts';

/** The report as a page. Nothing earlier is recorded that its figures could be compared with. */
export async function expiryPage(report: ExpiryReport, scope: ReportScope): Promise<ReportPage> {
  const month = await expiryMonth(report, scope);
  const { count: dates, problems, watched } = report;
  const total = Object.values(watched).reduce((sum, some) => sum + some, 0);
  return {
    title: aboutIn(scope),
    about: 'Subscriptions, licences, credentials, certificates and whatever else has an end date.',
    facts: [
      ['Period', periodOf(scope)],
      ['Today', `${dayInWords(scope.today)} (${scope.zone})`],
      ['Watched', count(total, 'item')],
      ['Read', 'from the records as they are now; no snapshot is stored'],
    ],
    answer: answerOf(report, total),
    figures: figures(report),
    blocks: [
      ...(month === undefined ? [] : [{ kind: 'heading' as const, text: 'Calendar' }, month]),
      ...(dates === 0 ? [] : [{ kind: 'heading' as const, text: 'Kinds' }, byKind(report)]),
      { kind: 'heading', text: 'Dates' },
      ...(dates === 0 ? [{ kind: 'line' as const, text: 'No date is in the period.' }] : []),
      ...expiryTables(report, scope),
    ],
    words: problems.length === 0 ? words : [...words, wrong],
  };
}

function periodOf({ period, expired, days, today }: ReportScope): string {
  if (period !== null) return `${period.first} to ${period.last}`;
  return expired ? `before ${today}` : `${count(days, 'day')} from ${today}`;
}

function answerOf(
  { count: dates, total: cost, completeTo, problems }: ExpiryReport,
  watched: number,
): NonNullable<ReportPage['answer']> {
  if (completeTo !== null) return { text: cutSentence(completeTo), tone: 'bad' };
  const money = totalInWords(cost);
  const wrongly =
    problems.length === 0 ? '' : ` ${count(problems.length, 'item is', 'items are')} recorded wrongly.`;
  return {
    text: `${count(dates, 'date')} of ${count(watched, 'watched item')}${money === '' ? '' : `, cost: ${money}`}.${wrongly}`,
    tone: dates === 0 && problems.length === 0 ? 'good' : 'notice',
  };
}

function figures({ kinds, total, problems }: ExpiryReport): readonly Figure[] {
  const money = totalInWords(total);
  const near = distances.map(({ name, paint }, place) => ({
    ...{ name, urgent: paint === 'critical' || paint === 'high' },
    value: [...kinds.values()].reduce((sum, { byDistance }) => sum + (byDistance[place] ?? 0), 0),
  }));
  return [
    ...near
      .filter(({ value, urgent }) => value > 0 || urgent)
      .map(({ name, value, urgent }) => ({
        ...{ value: String(value), name },
        ...(value > 0 && urgent ? { tone: 'warning' as const } : {}),
      })),
    ...(total.kind === 'sum' ? [{ value: money, name: 'cost' }] : []),
    { value: String(problems.length), name: 'recorded wrongly' },
  ];
}

function byKind({ kinds }: ExpiryReport): Picture {
  const found = itemKinds.flatMap((kind) => {
    const total = kinds.get(kind);
    return total === undefined ? [] : [{ ...total, name: kindWords[kind].many }];
  });
  const shown = distances
    .map(({ name, paint }, place) => ({
      name,
      paint,
      values: found.map(({ byDistance }) => byDistance[place] ?? 0),
    }))
    .filter(({ values }) => values.some((value) => value > 0));
  return {
    kind: 'bars',
    title: 'What ends or renews, by kind, with its cost',
    description:
      'Each bar is a kind; its parts are its dates by how far away they are. The cost is that of all of them.',
    each: 'kind',
    rows: found.map(({ name }) => name),
    series: shown,
    note: { name: 'cost', values: found.map(({ cost }) => amountsInWords(cost)) },
  };
}

const words: ReportPage['words'] = [
  ['date', 'A day on which an item renews, ends, expires or is due; an item that renews can have several.'],
  [
    'cost',
    'As recorded with the item; an amount that begins with "about" was converted by the newest rates.',
  ],
  ['cancel by', 'The last day on which a renewal can be cancelled, or on which notice can be given.'],
  ['break glass', 'A credential for emergencies.'],
];
const wrong: ReportPage['words'][number] = [
  'recorded wrongly',
  'The item has no date that can be used; it is not watched until that is corrected.',
];
