import { manifestName, type ReadManifest, readManifest, sha256Of } from './manifest.ts';
import { readZip, type ZipProblem } from './read-zip.ts';

/**
 * `no_manifest`: it is missing, or not one of ours. `changed`: a file does not have the hash of the manifest. `missing`: the manifest names a file that
 * is not there. `added`: a file that the manifest does not name. `unknown_file`: the database has no record of making it. `unknown_head`: the
 * database does not have the head of the manifest. `other_counts`: the database recorded another number of files.
 */
export type AuditProblem =
  | ZipProblem
  | 'no_manifest'
  | 'changed'
  | 'missing'
  | 'added'
  | 'unknown_file'
  | 'unknown_head'
  | 'other_counts';

export interface AuditFinding {
  readonly problem: AuditProblem;
  /** null: of the archive as a whole. */
  readonly path: string | null;
  /** A clause after the name. */
  readonly detail: string;
}

export interface CheckedFile {
  readonly manifest: ReadManifest | null;
  /** Of `MANIFEST.txt`, hexadecimal; null: there is none. */
  readonly sha256: string | null;
  /** Listed, there, and as they were. */
  readonly unchanged: number;
  readonly findings: readonly AuditFinding[];
}

/** An archive against its own manifest. */
export async function checkFile(file: string): Promise<CheckedFile> {
  const zip = await readZip(file);
  const manifest = zip.manifest === null ? null : readManifest(zip.manifest.toString('utf8'));
  const sha256 = zip.manifest === null ? null : sha256Of(zip.manifest);
  const findings: AuditFinding[] = [...zip.findings];
  if (manifest === null) {
    findings.push({
      problem: 'no_manifest',
      path: manifestName,
      detail: zip.manifest === null ? 'is missing' : "is not the manifest of an auditor's file",
    });
    return { manifest, sha256, unchanged: 0, findings };
  }
  let unchanged = 0;
  for (const [path, hash] of manifest.files) {
    const found = zip.files.get(path);
    if (found === hash) unchanged += 1;
    else if (found === undefined) findings.push({ problem: 'missing', path, detail: 'is missing' });
    // Of an entry that cannot be read there is a finding already.
    else if (found !== '') findings.push({ problem: 'changed', path, detail: 'was changed' });
  }
  for (const path of zip.files.keys()) {
    if (path !== manifestName && !manifest.files.has(path))
      findings.push({ problem: 'added', path, detail: 'is not in the manifest' });
  }
  return { manifest, sha256, unchanged, findings };
}
