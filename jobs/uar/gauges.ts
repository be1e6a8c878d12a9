import { type RawBuilder, sql } from 'kysely';
import { severities } from '../../src/job/severity.ts';
import type { Gauge, GaugeSource } from '../../src/metrics/gauge.ts';
import { dayOf } from '../../src/time/calendar-day.ts';
import { overdueFrom } from './due/due.sql.ts';

/** Findings with OpsDeck's status `open`, by severity. */
const openGauges: GaugeSource = {
  requires: { uar_finding: ['severity', 'status'] },
  read: async (db) => [
    await bySeverity(
      'open_findings',
      'Findings of access reviews with status open.',
      sql`select severity from public.uar_finding where status = 'open'`,
      (query) => query.execute(db),
    ),
  ],
};

/** Those after their due date, by severity. */
const overdueGauges: GaugeSource = {
  requires: {
    uar_finding: [
      ...['id', 'execution_id', 'finding_type', 'severity', 'status', 'key_value', 'first_seen_at'],
    ],
    uar_execution: ['id', 'comparison_id'],
    uar_comparison: ['id', 'is_archived'],
    'opsdeck_jobs.uar_comparison_state': ['comparison_id', 'settings'],
    'opsdeck_jobs.uar_identity': ['finding_id', 'key_text', 'exception_id', 'opened_at'],
    'opsdeck_jobs.uar_exception': ['comparison_id', 'key_text', 'finding_type', 'until', 'revoked_at'],
  },
  read: async (db, { zones, now }) => [
    await bySeverity(
      'overdue_findings',
      'Findings of access reviews that are open or acknowledged after their due date.',
      sql`select f.severity ${overdueFrom(zones, dayOf(now, zones.business))}`,
      (query) => query.execute(db),
    ),
  ],
};

export const findingGauges: readonly GaugeSource[] = [openGauges, overdueGauges];

type Counted = { readonly severity: string; readonly count: number };

async function bySeverity(
  name: string,
  help: string,
  found: RawBuilder<unknown>,
  execute: (query: RawBuilder<Counted>) => Promise<{ readonly rows: readonly Counted[] }>,
): Promise<Gauge> {
  const { rows } = await execute(sql<Counted>`
    select coalesce(severity, 'unknown') as severity, count(*)::float8 as count from (${found}) found group by 1`);
  const counts = new Map(rows.map(({ severity, count }) => [severity, count]));
  // Those of all severities, so that an alert can ask before there is any.
  const shown = [...new Set([...severities, ...counts.keys()])];
  return { name, help, values: shown.map((severity) => [{ severity }, counts.get(severity) ?? 0] as const) };
}
