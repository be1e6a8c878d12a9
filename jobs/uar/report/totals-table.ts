import type { ReportBlock } from '../../../src/job/report.ts';
import { count } from '../../../src/text/count.ts';
import type { PopulationTotals } from '../population/totals.ts';

/** Control totals: where the rows of each source went. */
export function totalsTable(totals: PopulationTotals | null): readonly ReportBlock[] {
  if (totals === null) return [];
  const row = (side: 'a' | 'b') => {
    const { rows, compared, excluded, no_key: noKey, duplicate } = totals[side];
    return [side.toUpperCase(), ...[rows, compared, excluded, noKey, duplicate].map(String)];
  };
  return [
    { kind: 'heading', text: 'Control totals' },
    {
      kind: 'table',
      columns: ['Side', 'Rows read', 'Compared', 'Excluded by filter', 'Without a key', 'Duplicate key'],
      rows: [row('a'), row('b')],
    },
    {
      kind: 'line',
      text:
        totals.previous_execution === null
          ? 'No earlier execution has a population.'
          : `Since execution ${totals.previous_execution}: ${count(totals.added, 'row')} new or changed, ${count(totals.gone, 'row')} removed or changed.`,
    },
  ];
}
