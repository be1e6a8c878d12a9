import { type Kysely, sql } from 'kysely';
import type { Database } from '../../../src/db/tables.ts';
import type { AuditFinding, CheckedFile } from './check.ts';
import { manifestName } from './manifest.ts';

/** What the database recorded of a file when it was made. */
export interface RecordedFile {
  readonly at: string;
  readonly by: string;
  readonly files: number | null;
}

/** A file against the database: was it made there, with so many files, and does the record have its head? One statement. */
export async function compareWithDatabase(
  db: Kysely<Database>,
  { manifest, sha256 }: CheckedFile,
): Promise<{ readonly recorded: RecordedFile | null; readonly findings: readonly AuditFinding[] }> {
  if (manifest === null || sha256 === null) return { recorded: null, findings: [] };
  const { rows } = await sql<{ recorded: RecordedFile | null; head: boolean }>`
    select (select json_build_object('at', to_char(a.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'by', a.actor,
                                     'files', (a.after ->> 'files')::integer)
              from opsdeck_jobs.action_log a
             where a.action = 'audit-file.make' and a.after ->> 'manifest_sha256' = ${sha256}::text
             order by a.at, a.id limit 1) as recorded,
           exists (select from opsdeck_jobs.record_head
                    where head_hash = decode(${manifest.head ?? ''}::text, 'hex')) as head`.execute(db);
  const recorded = rows[0]?.recorded ?? null;
  const findings: AuditFinding[] = [];
  if (recorded === null) {
    findings.push({
      problem: 'unknown_file',
      path: manifestName,
      detail: 'is not in the action log: the file was made elsewhere, or its manifest was rewritten',
    });
  } else if (recorded.files !== manifest.files.size + 1) {
    findings.push({
      problem: 'other_counts',
      path: manifestName,
      detail: `lists ${manifest.files.size} files; ${recorded.files ?? 'no number'} with the manifest were recorded`,
    });
  }
  if (manifest.head !== null && rows[0]?.head !== true) {
    findings.push({
      problem: 'unknown_head',
      path: manifestName,
      detail: 'names a record head that the database does not have',
    });
  }
  return { recorded, findings };
}
