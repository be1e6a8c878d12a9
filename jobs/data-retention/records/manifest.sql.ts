import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../src/db/tables.ts';
import type { RecordChain } from '../../../src/record/parts.ts';
import { isBigint, storedKeys } from '../batch/key-set.ts';
import { retentionActions } from '../settings.ts';

/**
 * What one transaction took out of a table, and where it is now. It is hashed as it is stored, and chained to the manifest before it,
 * so that none can be changed or left out unseen.
 */
const shape = z.strictObject({
  format: z.literal(1),
  /** Number of the archive: 1, 2, 3 … */
  archive: z.int(),
  /** Chain hash of the manifest before; zeros at the first. Hexadecimal. */
  previous: z.string(),
  run_id: z.string(),
  archived_at: z.string(),
  program_version: z.string(),
  policy: z.string(),
  policy_hash: z.string(),
  policy_content: z.record(z.string(), z.json()),
  action: z.enum(retentionActions),
  /** The policy's table first, then those whose rows went along, in the order in which they are put back. */
  tables: z.array(
    z.strictObject({
      name: z.string(),
      key: z.array(z.string()),
      columns: z.array(z.strictObject({ name: z.string(), type: z.string() })),
      rows: z.int(),
    }),
  ),
  /** Of the policy's table: what was deleted, or copied, or anonymised. The archive may hold rows that are not named; they stayed. */
  keys: storedKeys,
  /** Of `opsdeck_jobs.drift_event`: snapshot, id and hash of each change that was taken, so that the chain of the snapshots can be checked without them. */
  changes: z.exactOptional(z.array(z.tuple([z.int(), z.string(), z.string()]))),
  key_range: z.strictObject({ first: z.string(), last: z.string() }),
  /** null: nothing was kept (`delete`, `anonymise`). */
  place: z
    .discriminatedUnion('kind', [
      z.strictObject({
        kind: z.literal('file'),
        folder: z.string(),
        name: z.string(),
        sha256: z.string(),
        bytes: z.int(),
        lines: z.int(),
      }),
      z.strictObject({ kind: z.literal('table'), sha256: z.string(), lines: z.int() }),
    ])
    .nullable(),
});
/** What PostgreSQL is given to read as a number is one. */
export const manifestDocument = shape.refine(
  ({ keys, key_range: { first, last } }) => typeof keys !== 'string' || (isBigint(first) && isBigint(last)),
);
export type ManifestDocument = z.output<typeof manifestDocument>;

/** For the record heads. */
export const archiveChain: RecordChain = {
  name: 'archives',
  links: sql`select row_number() over (order by id) as number, encode(chain_hash, 'hex') as hash from opsdeck_jobs.archive_manifest`,
};

const noManifest = '0'.repeat(64);

/** The newest manifest: its number and chain hash. */
export async function lastManifest(
  trx: Kysely<Database>,
): Promise<{ readonly id: number; readonly chainHash: string }> {
  const { rows } = await sql<{ id: string; chain_hash: string }>`
    select id::text, encode(chain_hash, 'hex') as chain_hash
      from opsdeck_jobs.archive_manifest m order by m.id desc limit 1`.execute(trx);
  const [row] = rows;
  return row === undefined
    ? { id: 0, chainHash: noManifest }
    : { id: Number(row.id), chainHash: row.chain_hash };
}

/** The guarantee is the unique hash of the one before: two at the same moment cannot both commit. */
export async function insertManifest(trx: Kysely<Database>, document: ManifestDocument): Promise<void> {
  const text = JSON.stringify(document);
  await sql`
    insert into opsdeck_jobs.archive_manifest
      (id, run_id, policy, table_name, archived_at, document, content_hash, previous_hash, chain_hash)
    select ${document.archive}::bigint, ${document.run_id}::uuid, ${document.policy}, ${document.tables[0]?.name ?? ''},
           ${document.archived_at}::timestamptz, ${text}::json, h.content, h.previous, sha256(h.previous || h.content)
      from (select sha256(convert_to(${text}::text, 'UTF8')) as content, decode(${document.previous}, 'hex') as previous) h`.execute(
    trx,
  );
}

const storedManifest = z.object({
  id: z.coerce.number().int(),
  document: z.string(),
  intact: z.boolean(),
});

/** A manifest as it is stored. */
export interface StoredManifest {
  readonly id: number;
  /** null: it cannot be read, which only happens to one that was changed. */
  readonly document: ManifestDocument | null;
  /** Its text and its link to the one before are as they were written. */
  readonly intact: boolean;
}

export interface ManifestFilter {
  readonly afterId?: number;
  readonly id?: number;
  readonly runId?: string;
  readonly since?: Date;
  readonly to?: Date;
}

/** One statement: manifests in their order, at most `limit`. */
export async function readManifests(
  db: Kysely<Database>,
  { afterId = 0, id, runId, since, to }: ManifestFilter,
  limit: number,
): Promise<readonly StoredManifest[]> {
  const { rows } = await sql`
    with linked as (
      select m.id, m.run_id, m.archived_at, m.document::text as document,
             m.content_hash = sha256(convert_to(m.document::text, 'UTF8'))
               and m.chain_hash = sha256(m.previous_hash || m.content_hash)
               and m.previous_hash = coalesce(
                     (select b.chain_hash from opsdeck_jobs.archive_manifest b where b.id < m.id order by b.id desc limit 1),
                     decode(repeat('00', 32), 'hex')) as intact
        from opsdeck_jobs.archive_manifest m
       where m.id > ${afterId}::bigint and (${id ?? null}::bigint is null or m.id = ${id ?? null}::bigint)
         and (${runId ?? null}::uuid is null or m.run_id = ${runId ?? null}::uuid)
         and (${since?.toISOString() ?? null}::timestamptz is null or m.archived_at >= ${since?.toISOString() ?? null}::timestamptz)
         and (${to?.toISOString() ?? null}::timestamptz is null or m.archived_at <= ${to?.toISOString() ?? null}::timestamptz)
       order by m.id limit ${limit}::int
    )
    select id::text, document, intact from linked order by linked.id`.execute(db);
  return rows.map((row) => {
    const read = storedManifest.parse(row);
    const document = parseDocument(read.document);
    return { id: read.id, document, intact: read.intact && document?.archive === read.id };
  });
}

function parseDocument(text: string): ManifestDocument | null {
  try {
    return manifestDocument.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
