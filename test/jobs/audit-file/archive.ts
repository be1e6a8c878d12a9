import { writeFile } from 'node:fs/promises';
import { openPromise } from 'yauzl';
import { type HashedFile, manifestName, manifestText } from '../../../jobs/audit-file/zip/manifest.ts';
import { zipOf } from '../../../jobs/audit-file/zip/write-zip.ts';

/** The content of every entry, by path, as another reader has it. */
export async function unpackedBytes(file: string): Promise<ReadonlyMap<string, Buffer>> {
  const zip = await openPromise(file, { lazyEntries: true, autoClose: false });
  const found = new Map<string, Buffer>();
  try {
    for await (const entry of zip.eachEntry()) {
      const pieces: Buffer[] = [];
      for await (const piece of await zip.openReadStreamPromise(entry)) pieces.push(Buffer.from(piece));
      found.set(entry.fileName, Buffer.concat(pieces));
    }
  } finally {
    zip.close();
  }
  return found;
}

/** The same as text. */
export async function unpacked(file: string): Promise<ReadonlyMap<string, string>> {
  return new Map([...(await unpackedBytes(file))].map(([path, bytes]) => [path, bytes.toString('utf8')]));
}

/** Of a table, without its head. */
export const rowsOf = (csv: string | undefined) => csv?.trim().split(/\r?\n/).slice(1) ?? [];

export type Entries = ReadonlyArray<readonly [path: string, content: string]>;

/** An archive with these entries, whatever they are. */
export async function packed(file: string, entries: Entries): Promise<void> {
  const pieces: Buffer[] = [];
  const files = entries.map(([path, content]) => ({ path, pieces: () => once(content) }));
  for await (const piece of zipOf(files, [])) pieces.push(piece);
  await writeFile(file, Buffer.concat(pieces));
}

async function* once(content: string): AsyncGenerator<string> {
  yield content;
}

/** With the manifest of `listed`. */
export function withManifest(entries: Entries, listed: readonly HashedFile[]): Entries {
  const facts = {
    ...{ framework: 'ISO', from: '2026-01-01', to: '2026-03-10', made: '2026-03-10T08:00:00.000Z' },
    ...{ program: 'opsdeck-jobs', head: null, timestamp: null },
  };
  return [...entries, [manifestName, manifestText(facts, listed)]];
}
