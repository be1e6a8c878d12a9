import { type RawBuilder, sql } from 'kysely';
import { looksSecret } from '../../../src/sources/query/query-guard.ts';
import type { ShownColumn } from './columns.ts';

/** What is shown of a row, by the names of its columns, as jsonb; NULL: nothing. What looks like a secret is left out. */
export function shownJson(columns: readonly ShownColumn[], alias?: 'x'): RawBuilder<unknown> {
  const kept = columns.filter(({ name }) => !looksSecret(name));
  if (kept.length === 0) return sql`null::jsonb`;
  const cells = kept.map(({ column }) => sql.ref(alias === undefined ? `c${column}` : `${alias}.c${column}`));
  return sql`nullif(jsonb_strip_nulls(jsonb_object(${kept.map(({ name }) => name)}::text[], array[${sql.join(cells)}]::text[])), '{}')`;
}
