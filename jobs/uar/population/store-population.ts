import { sql, type Transaction } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import type { LoadedSource } from '../../../src/sources/source.ts';
import { stagedKeys } from '../compare/compare-staged.ts';
import type { ComparisonSpec } from '../compare/spec.ts';
import { stagedPopulation } from './staged-population.sql.ts';
import { type PopulationTotals, populationTotals, type Reading } from './totals.ts';

/*
 * The population of a comparison: every row that its completed executions read, each with the first and the last of them.
 *
 * Model: `last_execution` null means that the newest completed execution has the row. An execution adds the rows that are not there yet
 * and ends those that it does not have; what is the same is not written. Executions of one comparison do not overlap (claim.sql.ts), and
 * all of this is in the transaction of the execution. An inconclusive or failed execution changes nothing.
 *
 * | what was read                                        | what is written                      |
 * | the first execution, or everything before was removed | every row                            |
 * | the same bytes by the same rules                     | nothing, and nothing is compared     |
 * | anything else                                        | the differences                      |
 */

export interface PopulationScope {
  readonly executionId: number;
  readonly spec: ComparisonSpec;
  readonly a: LoadedSource;
  readonly b: LoadedSource;
  readonly reading: Reading;
}

interface Previous {
  readonly execution_id: number;
  readonly population: unknown;
}

/** Stores what an execution read, from the tables of its comparison. At most six statements. */
export async function storePopulation(
  trx: Transaction<Database>,
  scope: PopulationScope,
): Promise<PopulationTotals> {
  const { spec, a, b, reading } = scope;
  const { comparisonId } = spec;
  const { rows } = await sql<Previous>`
    select execution_id, population from opsdeck_jobs.uar_execution_record
     where comparison_id = ${comparisonId}::int and population is not null
     order by execution_id desc limit 1`.execute(trx);
  const [previous] = rows;
  const before = populationTotals.safeParse(previous?.population).data;
  const previousId = previous?.execution_id ?? null;
  if (before?.content === reading.content)
    return { ...reading, added: 0, gone: 0, previous_execution: previousId };
  const keyed = { a: reading.a.no_key === 0, b: reading.b.no_key === 0 };
  const { columns, keys } = await stagedKeys(trx, spec, a, b, keyed);
  const now = stagedPopulation(columns, keys, reading);
  const changed =
    previousId === null ? await storeAll(trx, scope, now) : await storeChanges(trx, scope, now, previousId);
  return { ...reading, ...changed, previous_execution: previousId };
}

type Changed = Pick<PopulationTotals, 'added' | 'gone'>;
type Rows = ReturnType<typeof stagedPopulation>;

/** Also where retention has removed every execution before, and rows of them are still there. */
async function storeAll(
  trx: Transaction<Database>,
  { executionId, spec }: PopulationScope,
  now: Rows,
): Promise<Changed> {
  await sql`delete from opsdeck_jobs.uar_population where comparison_id = ${spec.comparisonId}::int`.execute(
    trx,
  );
  const { numAffectedRows } = await sql`
    insert into opsdeck_jobs.uar_population
      (comparison_id, first_execution, copies, side, state, key_text, shown, why)
    select ${spec.comparisonId}::int, ${executionId}::int, copies, side, state, key_text, shown, why from (${now}) n`.execute(
    trx,
  );
  return { added: Number(numAffectedRows ?? 0), gone: 0 };
}

async function storeChanges(
  trx: Transaction<Database>,
  { executionId, spec }: PopulationScope,
  now: Rows,
  previousId: number,
): Promise<Changed> {
  await sql`
    create temporary table uar_population_change on commit drop as
    select p.tid, n.*
      from (select ctid as tid, copies, side, state, key_text, shown, why from opsdeck_jobs.uar_population
             where comparison_id = ${spec.comparisonId}::int and last_execution is null) p
      full join (${now}) n
        on n.key_text = p.key_text and n.side = p.side and n.state = p.state and n.copies = p.copies
       and coalesce(n.shown, '{}') = coalesce(p.shown, '{}') and coalesce(n.why, '') = coalesce(p.why, '')
     where p.tid is null or n.side is null`.execute(trx);
  // By the places of the rows: no statement reads the whole table again.
  const ended = await sql`
    update opsdeck_jobs.uar_population
       set last_execution = greatest(${previousId}::int, first_execution)
     where ctid = any (array(select tid from uar_population_change where tid is not null))`.execute(trx);
  const added = await sql`
    insert into opsdeck_jobs.uar_population
      (comparison_id, first_execution, copies, side, state, key_text, shown, why)
    select ${spec.comparisonId}::int, ${executionId}::int, copies, side, state, key_text, shown, why
      from uar_population_change where tid is null`.execute(trx);
  return { added: Number(added.numAffectedRows ?? 0), gone: Number(ended.numAffectedRows ?? 0) };
}

/** Removes rows that no execution has any more, because retention removed it. One statement. */
export async function prunePopulations(trx: Transaction<Database>): Promise<void> {
  await sql`
    delete from opsdeck_jobs.uar_population p
     using (select s.comparison_id, min(x.execution_id) as oldest
              from opsdeck_jobs.uar_comparison_state s
              left join opsdeck_jobs.uar_execution_record x
                on x.comparison_id = s.comparison_id and x.population is not null
             group by s.comparison_id) kept
     where p.comparison_id = kept.comparison_id and (kept.oldest is null or p.last_execution < kept.oldest)`.execute(
    trx,
  );
}
