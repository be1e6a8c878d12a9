import { type Kysely, type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../db/tables.ts';
import type { Zones } from '../time/zones.ts';
import type { Severity } from './severity.ts';

/** One matter that needs a person now: a line of `status`. */
export interface AttentionItem {
  readonly severity: Severity;
  /** One clause with its count and what it is about: `2 quarantined rates: TRY, USD`. */
  readonly what: string;
  /** null: not known. */
  readonly since: Date | null;
  /** The command that deals with it, or shows more of it; without the program's name. */
  readonly next: string;
}

/** `now`: business time. */
export interface AttentionMoment {
  readonly zones: Zones;
  readonly now: Date;
}

/** What a job knows to need a person, from its own tables. */
export interface Attention {
  /** One select, whatever they hold; that of several jobs is one statement. */
  query(moment: AttentionMoment): RawBuilder<unknown>;
  /** `rows`: of the select, as JSON. */
  items(rows: unknown, moment: AttentionMoment): readonly AttentionItem[];
}

/** @param row what the select gives; instants arrive as text: `instant`. */
export function attentionOf<Row>(
  row: z.ZodType<Row>,
  query: Attention['query'],
  items: (rows: readonly Row[], moment: AttentionMoment) => readonly AttentionItem[],
): Attention {
  const all = z.array(row);
  return { query, items: (rows, moment) => items(all.parse(rows), moment) };
}

/** An instant, or null, in a row as JSON. */
export const instant = z.union([z.null(), z.coerce.date()]);

/** The items of each, in one statement. Fails when one of them does. */
export async function readAttention(
  db: Kysely<Database>,
  asked: readonly Attention[],
  moment: AttentionMoment,
): Promise<ReadonlyArray<readonly AttentionItem[]>> {
  if (asked.length === 0) return [];
  const selects = asked.map(
    ({ query }) => sql`(select coalesce(json_agg(to_json(found)), '[]') from (${query(moment)}) found)`,
  );
  const { rows } = await sql<{ found: readonly unknown[] }>`
    select json_build_array(${sql.join(selects)}) as found`.execute(db);
  return asked.map(({ items }, index) => items(rows[0]?.found[index], moment));
}
