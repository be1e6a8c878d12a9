import { type RawBuilder, sql } from 'kysely';
import { severities, urgentSeverities } from './severity.ts';

const listed = (words: readonly string[]) =>
  sql`array[${sql.join(words.map((word) => sql.lit(word)))}]::text[]`;

/** Where the severity stands, the worst at 1; any other word, and none, comes after all. */
export function severityOrder(column: RawBuilder<unknown>): RawBuilder<number> {
  return sql<number>`coalesce(array_position(${listed(severities)}, ${column}::text), ${sql.lit(severities.length + 1)})`;
}

export function isUrgent(column: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql<boolean>`coalesce(${column}::text = any (${listed(urgentSeverities)}), false)`;
}
