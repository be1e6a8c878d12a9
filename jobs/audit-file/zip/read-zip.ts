import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { manifestName } from './manifest.ts';

/** What an archive has, without unpacking it to a disk. */
export interface ReadZip {
  /** By path: SHA-256, hexadecimal. */
  readonly files: ReadonlyMap<string, string>;
  /** null: it has none. */
  readonly manifest: Buffer | null;
  readonly findings: readonly ZipFinding[];
}

/**
 * `unreadable`: the archive, or an entry of it, cannot be read as a whole. `duplicate`: two entries have one name; what is unpacked depends on the
 * program. `not_a_file`: a folder or a link. `too_large`: it unpacks to far more than it is, as no file of ours does.
 */
export type ZipProblem = 'unreadable' | 'duplicate' | 'not_a_file' | 'too_large';

export interface ZipFinding {
  readonly problem: ZipProblem;
  readonly path: string | null;
  readonly detail: string;
}

/** Pages and tables become a twentieth. */
const mostGrowth = 400;
const alwaysBytes = 16 * 1024 * 1024;
const mostManifestBytes = 256 * 1024 * 1024;
const mostEntries = 5_000_000;

/** Reads every entry once; a few bytes are in memory at a time. */
export async function readZip(file: string): Promise<ReadZip> {
  const { size } = await stat(file);
  const files = new Map<string, string>();
  const findings: ZipFinding[] = [];
  let manifest: Buffer | null = null;
  let compressed = 0;
  let left = Math.max(alwaysBytes, size * mostGrowth);
  const found = (problem: ZipProblem, path: string | null, detail: string) => {
    findings.push({ problem, path, detail });
  };
  try {
    const zip = await openPromise(file, { lazyEntries: true, autoClose: false, strictFileNames: true });
    try {
      for await (const entry of zip.eachEntry()) {
        const path = entry.fileName;
        if (files.has(path)) found('duplicate', path, 'has a second entry');
        if (isNoFile(entry)) {
          found('not_a_file', path, 'is no file');
          continue;
        }
        compressed += entry.compressedSize;
        // Entries that share their bytes.
        if (compressed > size || files.size >= mostEntries || entry.uncompressedSize > left) {
          found('too_large', path, 'unpacks to far more than the archive is; the rest was not read');
          break;
        }
        left -= entry.uncompressedSize;
        try {
          const { hash, content } = await readEntry(zip, entry);
          if (!files.has(path)) files.set(path, hash);
          if (path === manifestName) manifest ??= content;
        } catch (error) {
          files.set(path, '');
          found('unreadable', path, `cannot be read: ${messageOf(error)}`);
        }
      }
    } finally {
      zip.close();
    }
  } catch (error) {
    found('unreadable', null, `cannot be read: ${messageOf(error)}`);
  }
  return { files, manifest, findings };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isNoFile({ fileName, externalFileAttributes }: Entry): boolean {
  const kind = (externalFileAttributes >>> 16) & 0o170000;
  return fileName.endsWith('/') || (kind !== 0 && kind !== 0o100000);
}

async function readEntry(
  zip: ZipFile,
  entry: Entry,
): Promise<{ readonly hash: string; readonly content: Buffer | null }> {
  const kept: Buffer[] = [];
  const keep = entry.fileName === manifestName && entry.uncompressedSize <= mostManifestBytes;
  const hash = createHash('sha256');
  let crc = 0;
  const stream = await zip.openReadStreamPromise(entry);
  for await (const piece of stream) {
    if (!Buffer.isBuffer(piece)) throw new TypeError('An entry gave something else than bytes.');
    hash.update(piece);
    crc = crc32(piece, crc);
    if (keep) kept.push(piece);
  }
  if (crc !== entry.crc32) throw new Error('its checksum is wrong');
  return { hash: hash.digest('hex'), content: keep ? Buffer.concat(kept) : null };
}
