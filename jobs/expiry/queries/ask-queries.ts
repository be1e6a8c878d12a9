/*
 * What queries of the configuration answer becomes items of the job `deadlines`, before its alerts are planned. Each query has a
 * transaction of its own, as the restricted role of access reviews (src/sources/query).
 *
 * | what happens                                  | what follows                                                         |
 * | a query fails, or is refused                  | it is named, the run fails at its end; its stored items stay watched |
 * | one row of an answer cannot be watched        | the whole answer is refused, in the same way                         |
 * | a complete answer no longer has an item       | it is gone: no more alerts; it has its number again if it comes back |
 * | a query is no longer configured               | its items are gone, which is reported once                           |
 * | a dry run                                     | answers are compared, not stored: its alerts are about stored items  |
 */

import { z } from 'zod';
import type { JobContext } from '../../../src/job/context.ts';
import { databaseQuery } from '../../../src/sources/query/database-query.ts';
import { type QuerySettings, querySettings } from '../../../src/sources/query/settings.ts';
import { InconclusiveSource } from '../../../src/sources/source.ts';
import { count } from '../../../src/text/count.ts';
import type { DeadlineSettings } from '../deadline-settings.ts';
import { answerRows, answerTable, checkAnswer, endRemoved, storeAnswer } from './answers.sql.ts';
import { type DeadlineQuery, mostAnswered } from './setting.ts';

/** One query, as `run-job --json` names it. */
export type AskedQuery = {
  readonly name: string;
  /** null: its answer is not used. */
  readonly items: number | null;
  readonly added: number;
  readonly changed: number;
  readonly gone: number;
  /** Why its answer is not used. */
  readonly problem: string | null;
};

type Context = JobContext<unknown, DeadlineSettings>;

export async function askQueries(
  context: Context,
): Promise<{ readonly queries: readonly AskedQuery[]; readonly notes: readonly string[] }> {
  const { settings, dryRun, clock } = context;
  const notes: string[] = [];
  const queries: AskedQuery[] = [];
  for (const query of settings.queries) queries.push(await ask(context, query, notes));
  const names = settings.queries.map(({ name }) => name);
  const removed = await context.transaction((trx) =>
    endRemoved(trx, names, { now: clock.now(), write: !dryRun }),
  );
  for (const { query, items } of removed) {
    notes.push(
      `The query '${query}' is not configured any more: ${count(items, 'item of it is', 'items of it are')} no longer watched.`,
    );
  }
  return { queries, notes };
}

async function ask(context: Context, query: DeadlineQuery, notes: string[]): Promise<AskedQuery> {
  const { name } = query;
  const { clock, mode, signal, dryRun } = context;
  const shared = z.object(querySettings).parse(context.settingsOf('uar') ?? {});
  const settings: QuerySettings = {
    ...shared,
    query_max_rows: Math.min(shared.query_max_rows, mostAnswered),
  };
  try {
    const source = databaseQuery({ query: query.sql, settings, mode, clock, signal });
    let loaded: Awaited<ReturnType<typeof source.load>> | undefined;
    const stored = await context.transaction(
      async (trx) => {
        if (loaded === undefined) throw new Error('the answer was not loaded');
        const rows = answerRows(query, loaded.columns);
        await checkAnswer(trx, rows);
        return storeAnswer(trx, name, rows, { now: clock.now(), write: !dryRun });
      },
      {
        stage: async (trx) => {
          loaded = await source.load(trx, answerTable);
        },
      },
    );
    for (const text of loaded?.warnings ?? []) notes.push(`Query '${name}': ${text}`);
    const { added, changed, gone, strangers } = stored;
    if (strangers > 0)
      notes.push(`Query '${name}': ${count(strangers, 'item has', 'items have')} an owner who is no user.`);
    if (dryRun && added + changed + gone > 0)
      notes.push(
        `Query '${name}': the run would add ${added}, change ${changed} and end ${gone}; the alerts of a dry run are about the items that are stored.`,
      );
    return { name, items: loaded?.rows ?? 0, added, changed, gone, problem: null };
  } catch (error) {
    if (!(error instanceof InconclusiveSource)) throw error;
    return { name, items: null, added: 0, changed: 0, gone: 0, problem: error.message };
  }
}
