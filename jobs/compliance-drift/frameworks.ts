import { sql, type Transaction } from 'kysely';
import type { Database } from '../../src/db/tables.ts';
import { usage } from '../../src/errors/usage.ts';
import type { DriftParams } from './settings.ts';

/** How many ids an error message lists. */
const listed = 20;

/** A framework that is asked for must exist and be active. Throws an OperatorError (exit 2) that lists those that do. */
export async function checkFramework({ framework }: DriftParams, db: Transaction<Database>): Promise<void> {
  if (framework === undefined) return;
  const { rows } = await sql<{ id: number; name: string; is_active: boolean; wanted: boolean }>`
    select id, name, is_active, id = ${framework}::int as wanted from framework
     where is_active or id = ${framework}::int order by id`.execute(db);
  const wanted = rows.find((row) => row.wanted);
  if (wanted?.is_active === true) return;
  const active = rows.filter((row) => row.is_active);
  const ids = active.slice(0, listed).map((row) => `${row.id} (${row.name})`);
  const more = active.length > listed ? `, and ${active.length - listed} more` : '';
  const next =
    active.length === 0
      ? `There is no active framework; ${howToAdd}`
      : `The active frameworks are: ${ids.join(', ')}${more}.`;
  if (wanted !== undefined) {
    throw usage(
      `Framework ${framework} (${wanted.name}) is not active, so it is not evaluated.`,
      `Activate it on its page in OpsDeck, or choose another. ${next}`,
      'framework_inactive',
    );
  }
  throw usage(`There is no framework with the id ${framework}.`, next, 'unknown_framework');
}

/** The next step when there is nothing to evaluate. */
export const howToAdd =
  "add one with 'opsdeck-jobs import oscal FILE', or on OpsDeck's page Compliance > Frameworks.";
