import { valueWords } from '../../../src/cli/runs/value-words.ts';
import { withEnteredBy } from '../../../src/decisions/entered-by.ts';
import type { Report, ReportBlock } from '../../../src/job/report.ts';
import { wallClock } from '../../../src/time/human-time.ts';
import type { MonitoringChanges } from './read.ts';

type TableBlock = Extract<ReportBlock, { readonly columns: readonly string[] }>;

/** For people: settings, hosts that differ, decisions, rules, due dates. */
export function changesReport(changes: MonitoringChanges, zone: string): Report {
  return [
    { kind: 'heading', text: titleOf(changes) },
    { kind: 'line', text: `Times in ${zone}` },
    ...changesTables(changes, zone),
  ];
}

export function titleOf({ period }: MonitoringChanges): string {
  return `Changes of the monitoring, ${period.words}`;
}

export function changesTables(changes: MonitoringChanges, zone: string): readonly ReportBlock[] {
  const { settings, hosts, decisions, rules, due } = changes;
  const at = (instant: Date) => wallClock(instant, zone);
  return [
    ...limits(changes, at),
    ...table('Settings and versions', 'No setting or version was changed.', {
      kind: 'table',
      columns: ['setting', 'before', 'after', 'first seen', 'host', 'version', 'jobs'],
      rows: settings.map((one) => [
        ...[one.setting, valueWords(one.before), valueWords(one.after), at(one.firstSeen)],
        ...[one.host, one.version, one.jobs.join(', ')],
      ]),
    }),
    ...(hosts.length === 0
      ? []
      : table('Hosts that differ', '', {
          kind: 'table',
          columns: ['setting', 'values', 'jobs'],
          rows: hosts.map(({ setting, values, jobs }) => [
            setting,
            values.map(({ host, value }) => `${host}: ${valueWords(value)}`).join('; '),
            jobs.join(', '),
          ]),
        })),
    ...table('Jobs and notifications', 'No job or notification was switched or paused.', {
      kind: 'table',
      columns: ['when', 'by', 'decision', 'about', 'reason'],
      rows: decisions.map((one) => [
        ...[at(one.at), withEnteredBy(one.actor, one.entered_by)],
        ...[one.action, one.subject, one.reason ?? ''],
      ]),
    }),
    ...table('Rules', 'No snapshot found a changed rule that changed a control.', {
      kind: 'table',
      columns: ['when', 'framework', 'control', 'change'],
      rows: rules.map((one) => [at(one.at), one.framework, one.control, one.changes.join('; ')]),
    }),
    ...table('Due dates of access reviews', 'No due date of a comparison was changed.', {
      kind: 'table',
      columns: ['when', 'by', 'comparison', 'before', 'after'],
      rows: due.map((one) => [at(one.at), one.by, one.comparison, one.before, one.after]),
    }),
  ];
}

/** What the report cannot know. */
function limits(
  { period, recordedSince }: MonitoringChanges,
  at: (instant: Date) => string,
): readonly ReportBlock[] {
  if (recordedSince === null || recordedSince > period.to) {
    return [{ kind: 'line', tone: 'warning', text: 'No run of this period has recorded its settings.' }];
  }
  if (recordedSince <= period.from) return [];
  const text = `Settings are known from ${at(recordedSince)} on, the oldest run that recorded them and is kept; changes before it are not shown.`;
  return [{ kind: 'line', tone: 'notice', text }];
}

function table(heading: string, none: string, content: TableBlock): readonly ReportBlock[] {
  return [
    { kind: 'heading', text: heading },
    content.rows.length === 0 ? { kind: 'line', text: none } : content,
  ];
}
