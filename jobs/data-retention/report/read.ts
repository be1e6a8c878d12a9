import type { Kysely } from 'kysely';
import type { Period } from '../../../src/cli/runs/read-period.ts';
import type { Database } from '../../../src/db/tables.ts';
import { type ManifestDocument, readManifests } from '../records/manifest.sql.ts';

/** What one run took by one policy. */
export interface Disposals {
  readonly runId: string;
  readonly policy: string;
  readonly action: string;
  /** The policy as it was used. */
  readonly content: ManifestDocument['policy_content'];
  readonly table: string;
  readonly rows: number;
  /** Rows of related tables that went along. */
  readonly related: number;
  readonly first: string;
  readonly last: string;
  /** In their order. */
  readonly archives: readonly DisposedArchive[];
}

export interface DisposedArchive {
  readonly archive: number;
  readonly at: string;
  readonly rows: number;
  readonly keys: { readonly first: string; readonly last: string };
  /** A file, `opsdeck_jobs.archived_record`, or null: nothing was kept. */
  readonly place: string | null;
  readonly bytes: number | null;
  readonly sha256: string | null;
}

export interface DisposalReport {
  readonly since: Date;
  readonly to: Date;
  /** `last 30 days`, or `2026-10-01 to 2026-10-31`. */
  readonly period: string;
  readonly disposals: readonly Disposals[];
  /** Archives whose manifest cannot be read: `verify archives` tells more. */
  readonly unreadable: readonly number[];
}

const page = 500;

/** What was archived or deleted in a period, by run and policy, oldest first. */
export async function readDisposals(
  db: Kysely<Database>,
  { from: since, to, words: period }: Pick<Period, 'from' | 'to' | 'words'>,
): Promise<DisposalReport> {
  const groups = new Map<string, Disposals>();
  const unreadable: number[] = [];
  for (let afterId = 0; ; ) {
    const manifests = await readManifests(db, { since, to, afterId }, page);
    const end = manifests.at(-1);
    if (end === undefined) break;
    afterId = end.id;
    for (const { id, document } of manifests) {
      if (document === null) unreadable.push(id);
      else addTo(groups, document);
    }
  }
  return { since, to, period, disposals: [...groups.values()], unreadable };
}

function addTo(groups: Map<string, Disposals>, document: ManifestDocument): void {
  const [own, ...others] = document.tables;
  const key = `${document.run_id} ${document.policy}`;
  const before = groups.get(key);
  const rows = own?.rows ?? 0;
  const { place } = document;
  groups.set(key, {
    runId: document.run_id,
    policy: document.policy,
    action: document.action,
    content: document.policy_content,
    table: own?.name ?? '',
    rows: (before?.rows ?? 0) + rows,
    related: (before?.related ?? 0) + others.reduce((sum, table) => sum + table.rows, 0),
    first: before?.first ?? document.archived_at,
    last: document.archived_at,
    archives: [
      ...(before?.archives ?? []),
      {
        archive: document.archive,
        at: document.archived_at,
        rows,
        keys: document.key_range,
        place:
          place === null
            ? null
            : place.kind === 'file'
              ? `${place.folder}/${place.name}.ndjson.gz`
              : 'opsdeck_jobs.archived_record',
        bytes: place?.kind === 'file' ? place.bytes : null,
        sha256: place?.sha256 ?? null,
      },
    ],
  });
}
