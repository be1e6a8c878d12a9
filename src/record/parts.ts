import { type RawBuilder, sql } from 'kysely';

/** A chain that keeps its own hashes. */
export interface RecordChain {
  readonly name: string;
  /** Its links, oldest first: `number` from 1, `hash` hexadecimal. */
  readonly links: RawBuilder<unknown>;
}

/** A table of which no row is ever changed; a head hashes its rows. The expressions are of its row `t`, and in UTC. */
export interface RecordTable {
  /** With its schema. */
  readonly table: string;
  readonly key: string;
  /** Hashed as they are. */
  readonly columns: readonly RawBuilder<unknown>[];
  /** Columns with what may identify a person: hashed with a salt, so that an erasure can remove it. */
  readonly personal: readonly string[];
  /** data-retention removes its rows with those of this table, whose key is in this column. */
  /** `moves`: by then the row may belong to a later row of that table than the recorded one. */
  readonly parent?: { readonly table: string; readonly column: string; readonly moves?: true };
}

/** What of a part of the program the heads cover. */
export interface RecordParts {
  readonly chains?: readonly RecordChain[];
  readonly tables?: readonly RecordTable[];
}

const t = (...names: readonly string[]) => names.map((name) => sql.ref(`t.${name}`));
const utc = (name: string) => sql`${sql.ref(`t.${name}`)} at time zone 'UTC'`;

const actions: RecordTable = {
  table: 'opsdeck_jobs.action_log',
  key: 'id',
  columns: [...t('id', 'action'), utc('at')],
  personal: ['actor', 'subject', 'before', 'after', 'note'],
};

/** Those of the jobs, and the program's own. */
export function partsOf(jobs: readonly { readonly record?: RecordParts }[]): Required<RecordParts> {
  return {
    chains: jobs.flatMap(({ record }) => record?.chains ?? []),
    tables: [actions, ...jobs.flatMap(({ record }) => record?.tables ?? [])],
  };
}

const jsonHash = (parts: readonly RawBuilder<unknown>[]) =>
  sql`convert_to(jsonb_build_array(${sql.join(parts)})::text, 'UTF8')`;

/** Of the row `t`. */
export function rowHash({ columns }: RecordTable): RawBuilder<unknown> {
  return sql`sha256(${jsonHash(columns)})`;
}

/** Of the row `t`, with a salt. */
export function personHash({ personal }: RecordTable, salt: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`sha256(${salt} || ${jsonHash(t(...personal))})`;
}

/** Nothing of the row `t` identifies a person any more. */
export function isErased({ personal }: RecordTable): RawBuilder<boolean> {
  return sql<boolean>`(${sql.join(
    t(...personal).map((one) => sql`coalesce(${one}::text, '') in ('', '{}', '0', '[erased]')`),
    sql` and `,
  )})`;
}

/** Over rows of `record_row`, whatever their order. */
export const segmentHash: RawBuilder<unknown> = sql`
  encode(sha256(coalesce(string_agg(convert_to(row_key, 'UTF8') || row_hash || person_hash, ''::bytea order by row_key collate "C"), ''::bytea)), 'hex')`;
