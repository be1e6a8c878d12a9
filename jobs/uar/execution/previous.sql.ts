import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';

/** What the last completed execution read; null: it did not say. */
export interface PreviousSide {
  /** In any order. OpsDeck's executions are not compared by columns: it leaves some out that we read. */
  readonly columns: readonly string[] | null;
  readonly rows: number | null;
}

export interface PreviousExecution {
  readonly id: number;
  readonly a: PreviousSide;
  readonly b: PreviousSide;
}

/** What a comparison has behind it. */
export interface Past {
  /**
   * The last completed execution; null: none. Of OpsDeck's only where there is none of ours: it stores what nobody would believe, and may
   * have executed the comparison a moment ago.
   */
  readonly previous: PreviousExecution | null;
  /** OpsDeck has executed it or left findings of it. */
  readonly hasFindings: boolean;
}

const ourSide = z.looseObject({ columns: z.array(z.string()), rows: z.int() });
const theirSide = z.looseObject({ row_count: z.int() });
const pastRow = z.object({
  id: z.int().nullable(),
  ours: z.boolean(),
  a: z.unknown(),
  b: z.unknown(),
  has_findings: z.boolean(),
});

/** One statement. */
export async function readPast(db: Kysely<Database>, comparisonId: number): Promise<Past> {
  const { rows } = await sql<Record<string, unknown>>`
    select p.id, p.outcome is not null as ours,
           case when p.outcome is not null then p.source_a::text else p.source_a_snapshot::text end as a,
           case when p.outcome is not null then p.source_b::text else p.source_b_snapshot::text end as b,
           exists (select from public.uar_execution x join public.uar_finding f on f.execution_id = x.id
                    where x.comparison_id = ${comparisonId}::int) as has_findings
      from (values (1)) as one (n)
      left join lateral (
        select e.id, e.source_a_snapshot, e.source_b_snapshot, o.outcome, o.source_a, o.source_b
          from public.uar_execution e left join opsdeck_jobs.uar_execution_record o on o.execution_id = e.id
         where e.comparison_id = ${comparisonId}::int and e.status = 'completed'
         order by (o.outcome is not null) desc, e.id desc limit 1) p on true`.execute(db);
  const past = pastRow.parse(rows[0]);
  return {
    previous:
      past.id === null
        ? null
        : { id: past.id, a: readSide(past.a, past.ours), b: readSide(past.b, past.ours) },
    hasFindings: past.has_findings,
  };
}

/** As text: PostgreSQL's json holds what a program would have to be careful with, and here only two values of it count. */
function readSide(text: unknown, ours: boolean): PreviousSide {
  const value: unknown = typeof text === 'string' ? JSON.parse(text) : null;
  if (ours) {
    const side = ourSide.safeParse(value);
    return side.success
      ? { columns: side.data.columns, rows: side.data.rows }
      : { columns: null, rows: null };
  }
  const side = theirSide.safeParse(value);
  return { columns: null, rows: side.success ? side.data.row_count : null };
}
