import { type RawBuilder, sql } from 'kysely';

/** The rule of `plausibleAddress` (recipients.ts) as an SQL condition on a lower-cased, trimmed address. */
export function plausibleSql(address: RawBuilder<unknown>): RawBuilder<boolean> {
  const host = String.raw`^[^[:space:][:cntrl:]@<>()\[\],;:\\"]{1,64}@[^[:space:][:cntrl:]@<>()\[\],;:\\"']+$`;
  return sql<boolean>`(length(${address}) <= 120 and ${address} ~ ${host})`;
}
