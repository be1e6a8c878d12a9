import { type RawBuilder, sql } from 'kysely';

/**
 * A list of ids of which the planner does not count the elements: it takes them for few and looks each up by the index. A hundred
 * in plain sight it may think dearer than reading the whole table, which then happens for every hundred messages.
 */
export function fewIds(ids: readonly string[]): RawBuilder<string[]> {
  return sql<string[]>`array(select unnest(${ids}::uuid[]))`;
}
