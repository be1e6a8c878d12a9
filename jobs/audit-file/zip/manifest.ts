import { createHash } from 'node:crypto';

export const manifestName = 'MANIFEST.txt';
export const verifyName = 'VERIFY.txt';
/** TimeStampResp of RFC 3161, as the service gave it. */
export const timestampName = 'record-head.tsr';

/** What `MANIFEST.txt` has in its head: lines that `sha256sum --check` leaves out. */
export interface ManifestFacts {
  readonly framework: string;
  readonly from: string;
  readonly to: string;
  /** ISO 8601, UTC. */
  readonly made: string;
  readonly program: string;
  /** Of the record when the file was made, hexadecimal; null: there was none. */
  readonly head: { readonly day: string; readonly hash: string } | null;
  /** The newest of that head or one before it; null: there is none. */
  readonly timestamp: HeadTimestamp | null;
}

export interface HeadTimestamp {
  /** Of the head that it is of. */
  readonly day: string;
  /** Of that head, hexadecimal. */
  readonly hash: string;
  /** What the service says. */
  readonly stampedAt: Date;
  readonly url: string;
}

export interface HashedFile {
  readonly path: string;
  /** SHA-256, hexadecimal. */
  readonly sha256: string;
}

const mark = 'opsdeck-jobs audit file 1';

export function manifestText(facts: ManifestFacts, files: readonly HashedFile[]): string {
  const head = [
    mark,
    `framework: ${facts.framework.replaceAll(/\s+/g, ' ')}`,
    `period: ${facts.from} to ${facts.to}`,
    `made: ${facts.made}`,
    `program: ${facts.program}`,
    facts.head === null ? 'head: none' : `head: ${facts.head.day} sha256 ${facts.head.hash}`,
    `timestamp: ${facts.timestamp === null ? 'none' : timestampWords(facts.timestamp)}`,
    `files: ${files.length}`,
  ].map((line) => `# ${line}\n`);
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return [...head, ...sorted.map(({ path, sha256 }) => `${sha256}  ${path}\n`)].join('');
}

/** `2026-11-30T07:00:01.000Z by tsa.example.org, of the head 2026-11-30 sha256 ab…`. */
export function timestampWords({ day, hash, stampedAt, url }: HeadTimestamp): string {
  return `${stampedAt.toISOString()} by ${new URL(url).host}, of the head ${day} sha256 ${hash}`;
}

export interface ReadManifest {
  /** Hexadecimal; null: none was recorded. */
  readonly head: string | null;
  readonly facts: ReadonlyMap<string, string>;
  readonly files: ReadonlyMap<string, string>;
}

/** null: it is not one of ours, or a line of it is not as it must be. */
export function readManifest(text: string): ReadManifest | null {
  const lines = text.split('\n');
  if (lines[0] !== `# ${mark}` || lines.at(-1) !== '') return null;
  const facts = new Map<string, string>();
  const files = new Map<string, string>();
  for (const line of lines.slice(1, -1)) {
    const [, name, value] = /^# ([a-z]+): (.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) {
      facts.set(name, value);
      continue;
    }
    const [, hash, path] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
    if (hash === undefined || path === undefined || files.has(path)) return null;
    files.set(path, hash);
  }
  if (facts.get('files') !== String(files.size)) return null;
  const head = /sha256 ([0-9a-f]{64})$/.exec(facts.get('head') ?? '')?.[1] ?? null;
  return { head, facts, files };
}

export function sha256Of(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex');
}

export function verifyText({ head, timestamp }: Pick<ManifestFacts, 'head' | 'timestamp'>): string {
  return `How to check this file
======================

1. Unpack the archive into an empty folder, and go there.

2. Compare every file with the manifest:

       sha256sum --check --strict --quiet MANIFEST.txt

   No output means that every listed file is as it was when the archive was made. A line "FAILED" names a file
   that is not. A file that MANIFEST.txt does not list was added later.

3. Compute the hash of the manifest itself:

       openssl dgst -sha256 MANIFEST.txt

   Compare it with the one that was given to you by another way than this archive: whoever made the archive saw
   it at the end of the command, and the action log of the database has it.

4. MANIFEST.txt names the head of the record as it was when the archive was made
   (${head === null ? 'there was none' : head.hash}).
   Compare it with the head of that day in a mail that you kept.

${timestampSteps(timestamp)}

With the program and the file as it is, unpacked or not changed in any way, one command does 2 and more, and compares
with the database if there is one:

       opsdeck-jobs verify audit-file FILE.zip

What a correct manifest proves: the files are those of the moment when the archive was made. It does not prove that the
database was right at that moment, nor who made the archive.
`;
}

function timestampSteps(timestamp: HeadTimestamp | null): string {
  if (timestamp === null) return '5. No time stamp of a head is stored.';
  const { day, hash, stampedAt, url } = timestamp;
  return `5. ${timestampName} is a time stamp of the head of ${day}, given at ${stampedAt.toISOString()}
   by ${new URL(url).host}: the record up to that head was there then. Check it with the certificate of that service:

       openssl ts -verify -digest ${hash} -in ${timestampName} -CAfile CERTIFICATE.pem`;
}
