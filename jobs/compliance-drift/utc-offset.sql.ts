import { type RawBuilder, sql } from 'kysely';

/** `+02:00`: how far `local`, a wall clock of the business zone, is from UTC; NULL for NULL. */
export function utcOffset(local: RawBuilder<unknown>, businessZone: string): RawBuilder<string> {
  const seconds = sql`extract(epoch from ${local} - (${local} at time zone ${businessZone}::text at time zone 'UTC'))`;
  return sql`case when ${seconds} < 0 then '-' else '+' end || to_char(make_interval(secs => abs(${seconds})::float8), 'HH24:MI')`;
}
