import type { Figure, Picture, ReportPage } from '../../../src/job/report-page.ts';
import { count } from '../../../src/text/count.ts';
import { wallClock } from '../../../src/time/human-time.ts';
import { columnsOf, stepFor, stepOf, stepsBetween } from '../../../src/time/time-steps.ts';
import { changesTables, titleOf } from './present.ts';
import type { MonitoringChanges } from './read.ts';

/** The report as a page. `before`: of the period of the same length before. */
export function changesPage(changes: MonitoringChanges, zone: string, before: MonitoringChanges): ReportPage {
  const { period, settings, decisions, rules, due, hosts, recordedSince } = changes;
  const total = settings.length + decisions.length + rules.length + due.length;
  const unknown = recordedSince === null || recordedSince > period.to;
  return {
    title: titleOf(changes),
    about: 'What changed in the monitoring itself: settings and versions, switched jobs, rules, due dates.',
    facts: [
      ['Period', `${wallClock(period.from, zone)} to ${wallClock(period.to, zone)}`],
      ['Times', `in ${zone}`],
      ['Settings recorded since', recordedSince === null ? 'not yet' : wallClock(recordedSince, zone)],
    ],
    answer: {
      text: `${count(total, 'change')} of the monitoring: ${settings.length} of settings or versions, ${decisions.length} of jobs or notifications, ${rules.length} of rules, ${due.length} of due dates${unknown ? '. Settings were not recorded in the period' : ''}.`,
      tone: unknown || total > 0 ? 'notice' : 'good',
    },
    figures: figures(changes, before),
    blocks: [
      ...(total === 0 ? [] : [{ kind: 'heading' as const, text: 'Trend' }, byTime(changes, zone)]),
      ...changesTables(changes, zone),
    ],
    words: hosts.length === 0 ? words : [...words, differing],
  };
}

function figures(now: MonitoringChanges, before: MonitoringChanges): readonly Figure[] {
  const one = (name: string, key: 'settings' | 'decisions' | 'rules' | 'due'): Figure => ({
    value: String(now[key].length),
    name,
    ...(key === 'settings' && (before.recordedSince === null || before.recordedSince > before.period.to)
      ? { change: 'not recorded in the period before' }
      : { change: `${before[key].length} in the period before` }),
  });
  return [
    one('settings and versions', 'settings'),
    one('jobs and notifications', 'decisions'),
    one('rules', 'rules'),
    one('due dates of access reviews', 'due'),
  ];
}

function byTime({ period, settings, decisions, rules, due }: MonitoringChanges, zone: string): Picture {
  const step = stepFor(period.days);
  const startOf = (at: Date) => stepOf(at, step, zone);
  const columns = stepsBetween(startOf(period.from), startOf(period.to), step);
  const counted = (instants: readonly Date[]) => {
    const starts = instants.map(startOf);
    return columns.map((column) => starts.filter((start) => start === column).length);
  };
  return {
    kind: 'columns',
    title: `Changes by ${step}`,
    description: `Each column is a ${step}; its parts are the changes that were found in it.`,
    ...columnsOf(columns, step),
    series: [
      {
        name: 'settings and versions',
        paint: 'medium',
        values: counted(settings.map(({ firstSeen }) => firstSeen)),
      },
      { name: 'jobs and notifications', paint: 'critical', values: counted(decisions.map(({ at }) => at)) },
      { name: 'rules', paint: 'neutral', values: counted(rules.map(({ at }) => at)) },
      { name: 'due dates', paint: 'low', values: counted(due.map(({ at }) => at)) },
    ],
  };
}

const words: ReportPage['words'] = [
  ['setting', 'What the configuration or the environment set, as the runs recorded it.'],
  ['first seen', 'When the first run with the new value began; the change itself was before.'],
  ['decision', 'What a person switched, paused or resumed by command.'],
  ['rule', 'What decides about a control; a change is listed where it changed a control.'],
];
const differing: ReportPage['words'][number] = [
  'host that differs',
  'A host whose runs had another value than those of another host at the end of the period.',
];
