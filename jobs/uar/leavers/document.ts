import type { StreamedTable } from '../../../src/job/report.ts';
import type { JsonObject } from '../../../src/text/json.ts';
import type { LeaverRow, LeaversReport, LeaversScope } from './read.ts';
import type { System } from './systems.sql.ts';

/** The JSON document, without `schema`. Days are days of the business zone; times are ISO 8601 in UTC. */
export function leaversDocument(report: LeaversReport, scope: LeaversScope): JsonObject {
  const { gaps } = report;
  return {
    report: 'leavers',
    database: scope.database,
    timezone: scope.zone,
    from: scope.first,
    to: scope.last,
    departures_from:
      report.lists.length === 0 && gaps.lists.length === 0
        ? 'offboardings'
        : report.lists.map(({ comparison_id, list, settings }) => ({
            comparison_id,
            list,
            column: settings.departure ?? null,
          })),
    people: report.people,
    systems: report.systems.map((one) => ({
      ...systemDocument(one),
      archived: one.archived,
      limit_days: one.limit,
      first_read_at: one.first_read_at.toISOString(),
      last_read_at: one.last_read_at.toISOString(),
      looked_at: !gaps.systems.includes(one),
    })),
    leavers: report.rows.map((row) => ({
      person: row.person,
      name: row.name,
      left: row.left,
      left_now: row.left_now,
      state: row.state,
      system: row.system === null ? null : systemDocument(row.system),
      last_seen_at: row.removal?.last_seen_at?.toISOString() ?? null,
      last_seen_execution: row.removal?.last_seen_execution ?? null,
      first_absent_at: row.removal?.first_absent_at?.toISOString() ?? null,
      first_absent_execution: row.removal?.first_absent_execution ?? null,
      days: row.days,
      over_limit: row.over_limit,
    })),
    unreadable_dates: gaps.dates.map((one) => ({ ...one })),
    lists_without_execution: gaps.lists.map((one) => ({ ...one })),
    unreadable_journal: [...gaps.journal],
  };
}

function systemDocument({ comparison_id, comparison, name }: System): JsonObject {
  return { name, comparison_id, comparison };
}

/** A row for each account, and for each person without one; then a row for each departure that is no date. */
export function leaversRows({ rows, gaps }: LeaversReport): StreamedTable {
  return {
    kind: 'rows',
    columns: [
      ...['person', 'name', 'left', 'left_now', 'state', 'system', 'comparison_id', 'last_seen_at'],
      ...['first_absent_at', 'days', 'limit_days', 'over_limit'],
    ],
    rows: function* () {
      for (const row of rows) yield cells(row);
      for (const { person, text } of gaps.dates)
        yield [person, '', text, '', 'unreadable_date', '', '', '', '', '', '', ''];
    },
  };
}

function cells({ system, removal, ...row }: LeaverRow): readonly string[] {
  return [
    ...[row.person, row.name ?? '', row.left, row.left_now ?? '', row.state, system?.name ?? ''],
    ...[String(system?.comparison_id ?? ''), removal?.last_seen_at?.toISOString() ?? ''],
    ...[removal?.first_absent_at?.toISOString() ?? '', String(row.days ?? ''), String(system?.limit ?? '')],
    String(row.over_limit ?? ''),
  ];
}
