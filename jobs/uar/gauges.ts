import { sql } from 'kysely';
import { severities } from '../../src/job/severity.ts';
import type { GaugeSource } from '../../src/metrics/gauge.ts';

/** Findings with OpsDeck's status `open`, by severity. */
export const findingGauges: GaugeSource = {
  requires: { uar_finding: ['severity', 'status'] },
  read: async (db) => {
    const { rows } = await sql<{ severity: string; count: number }>`
    select coalesce(severity, 'unknown') as severity, count(*)::float8 as count
      from uar_finding where status = 'open' group by 1`.execute(db);
    const open = new Map(rows.map(({ severity, count }) => [severity, count]));
    // Those of all severities, so that an alert can ask before there is any.
    const shown = [...new Set([...severities, ...open.keys()])];
    return [
      {
        name: 'open_findings',
        help: 'Findings of access reviews with status open.',
        values: shown.map((severity) => [{ severity }, open.get(severity) ?? 0] as const),
      },
    ];
  },
};
