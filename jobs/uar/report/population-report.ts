import { z } from 'zod';
import type { Report, ReportDocument, StreamedTable } from '../../../src/job/report.ts';
import { mapped } from '../../../src/text/batches.ts';
import { count } from '../../../src/text/count.ts';
import type { Json } from '../../../src/text/json.ts';
import { wallClock } from '../../../src/time/human-time.ts';
import type { Population, PopulationRow } from '../population/read-population.ts';
import type { ReviewScope } from './read.ts';
import type { Review } from './review.ts';
import { rulesTable, sourcesTable } from './rules.ts';
import { totalsTable } from './totals-table.ts';

const stateWords = {
  compared: 'compared',
  excluded: 'excluded',
  no_key: 'without a key',
  duplicate: 'duplicate key',
} as const satisfies Record<PopulationRow['state'], string>;

const shownSettings = z.object({
  settings: z.object({ show: z.array(z.string()), departure: z.string().optional() }),
});

/** Names of the columns that it was executed to show. */
function shownNames({ config }: Review): readonly string[] {
  const { show = [], departure } = shownSettings.safeParse(config).data?.settings ?? {};
  return [...new Set(departure === undefined ? show : [...show, departure])];
}

/** The JSON document, without `schema`. */
export function populationDocument(
  review: Review,
  { totals, rows }: Population,
  scope: ReviewScope,
): ReportDocument {
  return {
    before: {
      report: 'uar population',
      database: scope.database,
      timezone: scope.zone,
      execution: {
        id: review.execution_id,
        comparison_id: review.comparison_id,
        comparison: review.comparison,
        finished_at: review.finished_at.toISOString(),
        run_by: totals.run_by,
        config: review.config,
      },
      sources: { a: review.source_a, b: review.source_b },
      control_totals: { a: { ...totals.a }, b: { ...totals.b } },
      changed: { added: totals.added, gone: totals.gone },
    },
    list: { name: 'rows', items: mapped(rows(), (row) => ({ ...row })) },
  };
}

/** One table, a row for each row of the sources. */
export function populationRows(review: Review, { rows }: Population): StreamedTable {
  const names = shownNames(review);
  return {
    kind: 'rows',
    columns: ['number', 'side', 'state', 'key', ...names, 'excluded_because'],
    rows: () => mapped(rows(), (row) => cellsOf(row, names)),
  };
}

function cellsOf(
  { number, side, state, key, shown, why }: PopulationRow,
  names: readonly string[],
): string[] {
  const cells = names.map((name) => textOf(shown?.[name] ?? null));
  return [String(number), side.toUpperCase(), stateWords[state], key, ...cells, why ?? ''];
}

function textOf(value: Json): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** For people, with the first rows. */
export function populationReport(
  review: Review,
  { totals }: Population,
  first: readonly PopulationRow[],
  { database, zone }: ReviewScope,
): Report {
  const names = shownNames(review);
  const total = totals.a.rows + totals.b.rows;
  return [
    {
      kind: 'heading',
      text: `Population: ${review.comparison ?? `comparison ${review.comparison_id}`}, execution ${review.execution_id}`,
    },
    { kind: 'line', text: `Database: ${database}` },
    { kind: 'line', text: `Finished ${wallClock(review.finished_at, zone)} (${zone})` },
    { kind: 'line', text: `Run by ${totals.run_by}` },
    ...totalsTable(totals),
    ...sourcesTable(review, zone),
    ...rulesTable(review),
    { kind: 'heading', text: 'Rows' },
    {
      kind: 'table',
      columns: ['Number', 'Side', 'State', 'Key', ...names, 'Excluded because'],
      rows: first.map((row) => cellsOf(row, names)),
    },
    ...(first.length < total
      ? [
          {
            kind: 'line',
            text: `The first ${first.length} of ${count(total, 'row')}; --format csv has all of them.`,
          } as const,
        ]
      : []),
  ];
}
