import { valueWords } from '../../../src/cli/runs/value-words.ts';
import type { StreamedTable } from '../../../src/job/report.ts';
import type { JsonObject } from '../../../src/text/json.ts';
import type { MonitoringChanges } from './read.ts';

/** The JSON document, without `schema`. */
export function changesDocument(changes: MonitoringChanges, database: string): JsonObject {
  const { period, settings, hosts, decisions, rules, due } = changes;
  return {
    database,
    from: period.from.toISOString(),
    to: period.to.toISOString(),
    recorded_since: changes.recordedSince?.toISOString() ?? null,
    settings: settings.map(({ firstSeen, jobs, ...one }) => ({
      ...one,
      first_seen: firstSeen.toISOString(),
      jobs: [...jobs],
    })),
    host_differences: hosts.map(({ setting, jobs, values }) => ({
      setting,
      jobs: [...jobs],
      values: values.map((one) => ({ ...one })),
    })),
    decisions: decisions.map(({ at, actor, action, subject, reason, entered_by: enteredBy }) => ({
      at: at.toISOString(),
      by: actor,
      entered_by: enteredBy,
      action,
      about: subject,
      reason,
    })),
    rules: rules.map(({ at, changes: words, ...one }) => ({
      at: at.toISOString(),
      ...one,
      changes: [...words],
    })),
    due_dates: due.map(({ at, ...one }) => ({ at: at.toISOString(), ...one })),
  };
}

/** One table, a row a change: what the CSV is made from. */
export function changesRows({ settings, hosts, decisions, rules, due }: MonitoringChanges): StreamedTable {
  return {
    kind: 'rows',
    columns: ['kind', 'at', 'what', 'before', 'after', 'by', 'host', 'version', 'jobs', 'reason'],
    rows: () => [
      ...settings.map((one) => [
        ...['setting', one.firstSeen.toISOString(), one.setting],
        ...[valueWords(one.before), valueWords(one.after), ''],
        ...[one.host, one.version, one.jobs.join(' '), ''],
      ]),
      ...hosts.flatMap(({ setting, jobs, values }) =>
        values.map(({ host, value }) => [
          ...['host difference', '', setting, '', valueWords(value), ''],
          ...[host, '', jobs.join(' '), ''],
        ]),
      ),
      ...decisions.map((one) => [
        ...['decision', one.at.toISOString(), `${one.action} ${one.subject}`, '', '', one.actor],
        ...['', '', '', one.reason ?? ''],
      ]),
      ...rules.map((one) => [
        ...['rule', one.at.toISOString(), `${one.framework} ${one.control}: ${one.changes.join('; ')}`],
        ...['', '', '', '', '', 'compliance-drift', ''],
      ]),
      ...due.map((one) => [
        ...['due dates', one.at.toISOString(), `comparison ${one.comparison}`, one.before, one.after, one.by],
        ...['', '', 'uar', ''],
      ]),
    ],
  };
}
