import { type RawBuilder, sql } from 'kysely';

/**
 * What makes a finding the same from one execution to the next (bytea): SHA-256 over comparison, type and the whole key. The separator
 * is in no type, and the key comes last, so that no two findings have the same text.
 */
export function findingIdentity(
  comparisonId: number,
  type: RawBuilder<unknown>,
  key: RawBuilder<unknown>,
): RawBuilder<Buffer> {
  return sql<Buffer>`sha256(convert_to(${comparisonId}::int::text || chr(31) || ${type} || chr(31) || ${key}, 'UTF8'))`;
}

/**
 * SHA-256 (bytea) of both rows of a finding, given as json or jsonb: the same whatever the order of their fields, and whether
 * "no row" is SQL's null or JSON's.
 */
export function rowsHash(rawA: RawBuilder<unknown>, rawB: RawBuilder<unknown>): RawBuilder<Buffer> {
  const side = (raw: RawBuilder<unknown>) => sql`coalesce((${raw})::jsonb, 'null')::text`;
  return sql<Buffer>`sha256(convert_to(${side(rawA)} || chr(31) || ${side(rawB)}, 'UTF8'))`;
}
