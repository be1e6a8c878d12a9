import { type Kysely, sql, type Transaction } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../../../src/db/tables.ts';
import { wallClock } from '../../../../src/time/human-time.ts';
import type { CatalogFile } from './read-catalog.ts';

/** Keeps which file a framework was imported from: also of an import that changed no control. */
export async function recordEdition(
  trx: Transaction<Database>,
  framework: { readonly id: number; readonly name: string },
  { title, edition, sha256, controls }: CatalogFile,
  { now, actor }: { readonly now: Date; readonly actor: string },
): Promise<void> {
  await trx
    .insertInto('opsdeck_jobs.catalog_import')
    .values({
      at: now,
      actor,
      framework_id: framework.id,
      framework_name: framework.name,
      title,
      version: edition.version,
      published: edition.published,
      last_modified: edition.lastModified,
      oscal_version: edition.oscalVersion,
      file_hash: sha256,
      controls: controls.length,
    })
    .execute();
}

const row = z.object({
  framework: z.string(),
  title: z.string().nullable(),
  version: z.string().nullable(),
  published: z.string().nullable(),
  lastModified: z.string().nullable(),
  oscalVersion: z.string().nullable(),
  sha256: z.string().nullable(),
  at: z.date().nullable(),
  by: z.string().nullable(),
});
/** The catalog of a framework by its newest import; `at` is null: none is recorded. */
export type FrameworkEdition = z.output<typeof row>;

/** Of the active frameworks, or of one that may be switched off; by name. One statement. */
export async function readEditions(
  db: Kysely<Database>,
  frameworkId: number | null,
): Promise<readonly FrameworkEdition[]> {
  const { rows } = await sql`
    select f.name as framework, i.title, i.version, i.published, i.last_modified as "lastModified", i.oscal_version as "oscalVersion",
           encode(i.file_hash, 'hex') as sha256, i.at, i.actor as by
      from framework f
      left join lateral (select * from opsdeck_jobs.catalog_import c where c.framework_id = f.id order by c.id desc limit 1) i on true
     where case when ${frameworkId}::integer is null then f.is_active else f.id = ${frameworkId}::integer end
     order by f.name, f.id`.execute(db);
  return rows.map((one) => row.parse(one));
}

/** What the catalog says about itself: `version 2.0, last modified 2026-05-12, OSCAL 1.2.2`. */
export function statedWords({
  version,
  published,
  lastModified,
  oscalVersion,
}: Pick<FrameworkEdition, 'version' | 'published' | 'lastModified' | 'oscalVersion'>): string {
  return [
    version === null ? 'without a version' : `version ${version}`,
    ...(published === null ? [] : [`published ${published.slice(0, 10)}`]),
    ...(lastModified === null ? [] : [`last modified ${lastModified.slice(0, 10)}`]),
    `OSCAL ${oscalVersion}`,
  ].join(', ');
}

/** The same, with who imported which file, and when. */
export function editionWords(edition: FrameworkEdition, zone: string): string {
  const { sha256, at, by } = edition;
  if (at === null) return 'version not recorded';
  return `${statedWords(edition)}; imported ${wallClock(at, zone)} by ${by}; sha256 ${sha256}`;
}

export function editionDocument({ at, by, ...edition }: FrameworkEdition) {
  return {
    framework: edition.framework,
    title: edition.title,
    version: edition.version,
    published: edition.published,
    last_modified: edition.lastModified,
    oscal_version: edition.oscalVersion,
    sha256: edition.sha256,
    imported_at: at?.toISOString() ?? null,
    imported_by: by,
  };
}
