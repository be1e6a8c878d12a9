import { count } from '../text/count.ts';

/** What a run would do to one table of OpsDeck's. */
export type PlannedRows = {
  readonly table: string;
  readonly rows: number;
  /** `write`: insert or change. */
  readonly change: 'write' | 'delete';
};

const incidents = 'security_incident';

/** As a sentence about the job; incidents have words of their own, also where there would be none. */
export function plannedSentence(job: string, planned: readonly PlannedRows[]): string {
  const parts = (['write', 'delete'] as const).flatMap((change) => {
    const some = planned.filter((one) => one.change === change && one.rows > 0 && one.table !== incidents);
    return some.length === 0 ? [] : [`${change} ${some.map(rowsOf).join(', ')}`];
  });
  const opened = planned.find(({ table }) => table === incidents);
  const all = [
    ...(parts.length === 0 ? ["write no row of OpsDeck's tables"] : parts),
    ...(opened === undefined ? [] : [`open ${count(opened.rows, 'incident')}`]),
  ];
  return `${job} would ${all.join(', and ')}.`;
}

function rowsOf({ table, rows }: PlannedRows, at: number): string {
  return at === 0 ? `${count(rows, 'row')} of ${table}` : `${rows} of ${table}`;
}
