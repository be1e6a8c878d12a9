import { X509Certificate } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { readPem } from '../../../src/certificates/read-pem.ts';
import { OperatorError } from '../../../src/errors/operator-error.ts';
import { usage } from '../../../src/errors/usage.ts';
import type { CsvColumn } from '../../../src/import/csv-columns.ts';
import { openCsv } from '../../../src/import/csv-file.ts';
import { readError } from '../../../src/import/input-file.ts';
import type { ProblemList } from '../../../src/import/problems.ts';
import type { RowSource, SourceRow } from '../../../src/import/row-source.ts';

/** A certificate with its chain has some kilobytes. */
const largestBytes = 1024 * 1024;

/** What of a folder is read; keys and everything else in it are left alone. */
const certificateEndings = ['.pem', '.crt', '.cer', '.cert'];

/** Given by name, these are no CSV either, and are refused for what they are. */
const otherEndings = ['.der', '.key', '.p12', '.pfx', '.p7b'];

/** So many sentences about single files are kept. */
const mostNotes = 20;

/**
 * Certificates to be imported: a folder of PEM files (`.pem`, `.crt`, `.cer`, `.cert`; not those in its folders), one PEM file, or a
 * CSV file. Links to files are followed.
 *
 * @param path absolute path
 * @param file the path as the person typed it, for messages
 * @throws OperatorError `file_not_readable`, `file_without_rows`; all exit 2. See also {@link openCsv}.
 */
export async function openCertificates(
  path: string,
  file: string,
  columns: readonly CsvColumn[],
): Promise<RowSource> {
  const stats = await stat(path).catch((error: unknown) => {
    throw readError(file, error);
  });
  if (stats.isDirectory()) {
    const names = await certificateNames(path, file);
    return { ...pemSource(path, file, names), fileOf: (line) => names[line - 1] ?? '' };
  }
  const ending = extname(path).toLowerCase();
  const isPem =
    [...certificateEndings, ...otherEndings].includes(ending) ||
    (ending !== '.csv' && stats.isFile() && (await beginsAsPem(path, file)));
  return isPem ? pemSource(path, file, ['']) : openCsv(path, file, columns);
}

async function certificateNames(path: string, file: string): Promise<readonly string[]> {
  const all = await readdir(path).catch((error: unknown) => {
    throw readError(file, error);
  });
  const names = all.filter((name) => certificateEndings.includes(extname(name).toLowerCase()));
  if (names.length > 0) return names.sort();
  throw usage(
    `${file} has no file whose name ends in ${certificateEndings.join(', ')}.`,
    'Name the folder that holds the certificates; the folders in it are not looked through.',
    'file_without_rows',
  );
}

async function beginsAsPem(path: string, file: string): Promise<boolean> {
  const handle = await open(path).catch((error: unknown) => {
    throw readError(file, error);
  });
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(1024), 0, 1024, 0);
    return buffer.toString('latin1', 0, bytesRead).trimStart().startsWith('-----BEGIN ');
  } finally {
    await handle.close();
  }
}

/** @param names files of the folder `path`; '' is `path` itself. */
function pemSource(path: string, file: string, names: readonly string[]): RowSource {
  const notes: string[] = [];
  async function* rows(problems: ProblemList): AsyncGenerator<SourceRow> {
    for (const [index, name] of names.entries()) {
      const line = index + 1;
      const read = await readCertificate(join(path, name));
      if ('problem' in read) {
        problems.add({ line, message: read.problem });
        continue;
      }
      if (read.hasPrivateKey) {
        notes.push(`${name === '' ? file : name} also holds a private key, which was left out.`);
      }
      yield { line, cells: { pem: read.chain, file: name === '' ? file : name } };
    }
  }
  return {
    file,
    columns: new Set(['pem']),
    rows,
    notes: () =>
      notes.length <= mostNotes
        ? notes
        : [...notes.slice(0, mostNotes), `The same is so of ${notes.length - mostNotes} more files.`],
    close: () => undefined,
  };
}

type CertificateFile =
  | { readonly chain: string; readonly hasPrivateKey: boolean }
  | { readonly problem: string };

/** The certificates of a file without anything else that stands in it; or why there are none, without a word of it. */
async function readCertificate(path: string): Promise<CertificateFile> {
  let handle: FileHandle;
  try {
    // Opening a named pipe would wait for whoever writes to it.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const told = readError('it', error);
    if (told instanceof OperatorError) return { problem: told.message.replace(/\.$/, '') };
    throw error;
  }
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) return { problem: 'it is no file' };
    if (stats.size > largestBytes) {
      return { problem: `it has ${stats.size} bytes; a certificate has at most ${largestBytes}` };
    }
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(largestBytes), 0, largestBytes, 0);
    return fromBytes(buffer.subarray(0, bytesRead));
  } finally {
    await handle.close();
  }
}

function fromBytes(bytes: Buffer): CertificateFile {
  if (bytes.length === 0) return { problem: 'it is empty' };
  const text = bytes[0] === derSequence ? pemOf(bytes) : bytes.toString('latin1');
  if (text === undefined) {
    return {
      problem: 'it is no PEM and no certificate in DER: PKCS #12, perhaps, which a password protects',
    };
  }
  const reading = readPem(text);
  if ('problem' in reading) return { problem: reading.problem };
  return { chain: reading.facts.chain, hasPrivateKey: reading.hasPrivateKey };
}

/** How DER begins. */
const derSequence = 0x30;

function pemOf(bytes: Buffer): string | undefined {
  try {
    return new X509Certificate(bytes).toString();
  } catch {
    // A key, PKCS #12, or nothing of the kind, which the caller tells.
    return undefined;
  }
}
