import type { Picture, ReportPage } from '../../../src/job/report-page.ts';
import { addDays, type Day } from '../../../src/time/calendar-day.ts';
import { columnsOf, stepFor, stepOfDay, stepsBetween } from '../../../src/time/time-steps.ts';
import { answerOf, type ForecastTurn, forecastTable } from './forecast.ts';
import type { ControlsScope } from './present-controls.ts';
import { type Standing, standingFacts } from './standing.sql.ts';

/** A picture with more days than this has weeks. */
const mostDays = 14;

/** The forecast as a page. */
export function forecastPage(
  turns: readonly ForecastTurn[],
  scope: ControlsScope,
  { days, standing }: { readonly days: number; readonly standing: Standing },
): ReportPage {
  const last = addDays(scope.today, days);
  const turning = (to: 'warning' | 'non_compliant') => turns.filter(({ turn }) => turn.to === to).length;
  const bad = turning('non_compliant');
  return {
    title: `Forecast of the controls, ${scope.today} to ${last}`,
    about: 'Which controls get worse, and when, if no new evidence comes.',
    facts: [
      ['Period', `${scope.today} to ${last}`],
      ['Days', `of ${scope.zone}`],
      ['Evaluated', 'now, by the rules of compliance-drift'],
      ...standingFacts({ ...standing, earlier: null }, scope.zone),
    ],
    answer: {
      text: answerOf(turns, scope, days),
      tone: bad > 0 ? 'bad' : turns.length > 0 ? 'warning' : 'good',
    },
    figures: [
      { value: String(turning('warning')), name: 'turn to warning' },
      { value: String(bad), name: 'turn to non-compliant', ...(bad === 0 ? {} : { tone: 'bad' as const }) },
      { value: turns[0]?.turn.on ?? 'no day', name: 'first day' },
    ],
    blocks:
      turns.length === 0
        ? []
        : [
            { kind: 'heading', text: 'Trend' },
            byTime(turns, { first: scope.today, last, days }),
            { kind: 'heading', text: 'Controls' },
            forecastTable(turns),
          ],
    words,
  };
}

function byTime(
  turns: readonly ForecastTurn[],
  { first, last, days }: { readonly first: Day; readonly last: Day; readonly days: number },
): Picture {
  const step = days <= mostDays ? 'day' : stepFor(days);
  const startOf = (day: Day) => (step === 'day' ? day : stepOfDay(day, step));
  const columns =
    step === 'day'
      ? Array.from({ length: days + 1 }, (_, place) => addDays(first, place))
      : stepsBetween(startOf(first), startOf(last), step);
  const values = (to: string) => {
    const found = turns.filter(({ turn }) => turn.to === to).map(({ turn }) => startOf(turn.on));
    return columns.map((column) => found.filter((day) => day === column).length);
  };
  return {
    kind: 'columns',
    title: `Controls that get worse by ${step}`,
    description: `Each column is a ${step}; its parts are the controls that turn in it, by what they turn to. A control can turn twice.`,
    ...(step === 'day' ? { each: step, columns } : columnsOf(columns, step)),
    series: [
      { name: 'turn to non-compliant', paint: 'critical', values: values('non_compliant') },
      { name: 'turn to warning', paint: 'medium', values: values('warning') },
    ],
  };
}

const words: ReportPage['words'] = [
  ['turn', 'The status becomes another one on that day, since the newest evidence is too old by then.'],
  ['warning', 'The evidence is older than its rule allows, but still within the days of grace.'],
  ['non-compliant', 'The evidence is older than its rule and the days of grace allow.'],
  ['remedy', 'What keeps the control as it is.'],
];
