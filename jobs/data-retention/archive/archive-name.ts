/** `audit_log-3f0c….-00001`: policy, run, place in the run. A name is never used twice. */
export function archiveName(policy: string, runId: string, place: number): string {
  return `${policy}-${runId}-${String(place).padStart(5, '0')}`;
}

/** What belongs to one archive in the folder. The rows have no name of their own until they are whole. */
export const archiveFiles = (name: string) => ({
  rows: `${name}.ndjson.gz`,
  unfinished: `.${name}.ndjson.gz.tmp`,
  manifest: `${name}.manifest.json`,
  unfinishedManifest: `.${name}.manifest.json.tmp`,
});

const pattern =
  /^\.?(?<name>[a-z][a-z0-9_]*-(?<run>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-\d{5,})\.(?:ndjson\.gz|manifest\.json)(?:\.tmp)?$/;

/** The archive and the run that a file of ours belongs to; undefined: it is not ours. */
export function readArchiveName(file: string): { readonly name: string; readonly runId: string } | undefined {
  const { name, run } = pattern.exec(file)?.groups ?? {};
  return name === undefined || run === undefined ? undefined : { name, runId: run };
}
