import { X509Certificate } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { type OtherContent, whyNotDer } from '../../../src/certificates/pem-blocks.ts';
import { type CertificateFacts, type PemReading, readPem } from '../../../src/certificates/read-pem.ts';
import { OperatorError } from '../../../src/errors/operator-error.ts';
import { usage } from '../../../src/errors/usage.ts';
import type { CsvColumn } from '../../../src/import/csv-columns.ts';
import { type CsvOptions, openCsv } from '../../../src/import/csv-file.ts';
import { readError } from '../../../src/import/input-file.ts';
import type { ProblemList } from '../../../src/import/problems.ts';
import type { RowSource, SourceRow } from '../../../src/import/row-source.ts';
import { certificateEndings, certificateNames, type FolderChoice } from './certificate-files.ts';

/** A certificate with its chain has some kilobytes. */
const largestBytes = 1024 * 1024;

/** Given by name, these are no CSV either, and are refused for what they are. */
const otherEndings = ['.der', '.key', '.p12', '.pfx', '.p7b'];

/** So many sentences about single files are kept. */
const mostNotes = 20;

/**
 * Certificates to be imported: a folder of PEM files (`.pem`, `.crt`, `.cer`, `.cert`), one PEM file, or a CSV file. Links to files
 * are followed.
 *
 * @param path absolute path
 * @param file the path as the person typed it, for messages
 * @throws OperatorError `file_not_readable`, `file_without_rows`; all exit 2. See also {@link openCsv}.
 */
export async function openCertificates(
  path: string,
  file: string,
  columns: readonly CsvColumn[],
  { recursive = false, skip = [], encoding, map }: Partial<FolderChoice> & CsvOptions = {},
): Promise<RowSource> {
  const stats = await stat(path).catch((error: unknown) => {
    throw readError(file, error);
  });
  const ofCsv = map === undefined && encoding === undefined ? undefined : file;
  if (stats.isDirectory()) {
    refuseCsvOptions(ofCsv);
    return pemSource(path, file, await certificateNames(path, file, { recursive, skip }));
  }
  const ending = extname(path).toLowerCase();
  const isPem =
    [...certificateEndings, ...otherEndings].includes(ending) ||
    (ending !== '.csv' && stats.isFile() && (await beginsAsPem(path, file)));
  if (!isPem) return openCsv(path, file, columns, { encoding, map });
  refuseCsvOptions(ofCsv);
  return pemSource(path, file, null);
}

/** PEM has neither columns nor an encoding. OperatorError `usage`, exit 2. */
function refuseCsvOptions(file: string | undefined): void {
  if (file === undefined) return;
  throw usage(`--map and --encoding are for CSV; ${file} is not a CSV file.`, 'Leave them out.');
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

/** In a folder these are expected beside the certificates; given by name they are refused. */
const expectedInFolder: ReadonlySet<OtherContent> = new Set(['key', 'request', 'parameters', 'bundle']);

/** @param names files of the folder `path`; null: `path` itself is the file. */
function pemSource(path: string, file: string, names: readonly string[] | null): RowSource {
  const notes: string[] = [];
  /** The file of each row and of each problem. */
  const places: string[] = [];
  async function* rows(problems: ProblemList): AsyncGenerator<SourceRow> {
    const toRow = (facts: CertificateFacts, name: string): SourceRow => ({
      line: places.push(name),
      cells: { pem: facts.chain, file: name },
    });
    // A folder may hold the chain in a file of its own, beside the server's certificate: what signs another is none to be renewed here.
    const authorities: { readonly facts: CertificateFacts; readonly name: string }[] = [];
    const signing = new Set<string>();
    for (const found of names ?? ['']) {
      const name = found === '' ? file : found;
      const read = await readCertificates(join(path, found));
      if ('problem' in read) {
        if (names !== null && expectedInFolder.has(read.content)) {
          notes.push(`${name} was skipped: ${read.problem}.`);
        } else problems.add({ line: places.push(name), message: read.problem });
        continue;
      }
      if (read.hasPrivateKey) notes.push(`${name} also holds a private key, which was left out.`);
      for (const facts of read.certificates) {
        for (const one of facts.above) signing.add(one);
        if (facts.isAuthority && names !== null) authorities.push({ facts, name });
        else yield toRow(facts, name);
      }
    }
    for (const { facts, name } of authorities) {
      if (!signing.has(facts.fingerprint)) yield toRow(facts, name);
      else notes.push(`${name} holds certificates of the chain of another file, which has them itself.`);
    }
  }
  return {
    file,
    columns: new Set(['pem']),
    rows,
    ...(names === null ? {} : { fileOf: (line: number) => places[line - 1] ?? '' }),
    notes: () =>
      notes.length <= mostNotes
        ? notes
        : [...notes.slice(0, mostNotes), `${notes.length - mostNotes} more files have notes like these.`],
    close: () => undefined,
  };
}

/** The certificates of a file without anything else that stands in it; or why there are none, without a word of it. */
async function readCertificates(path: string): Promise<PemReading> {
  let handle: FileHandle;
  try {
    // Opening a named pipe would wait for whoever writes to it.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const told = readError('it', error);
    if (told instanceof OperatorError) return unread(told.message.replace(/\.$/, ''));
    throw error;
  }
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) return unread('it is no file');
    if (stats.size > largestBytes) {
      return unread(`it has ${stats.size} bytes; a certificate has at most ${largestBytes}`);
    }
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(largestBytes), 0, largestBytes, 0);
    return fromBytes(buffer.subarray(0, bytesRead));
  } finally {
    await handle.close();
  }
}

function fromBytes(bytes: Buffer): PemReading {
  if (bytes.length === 0) return unread('it is empty');
  if (bytes[0] !== derSequence) return readPem(bytes.toString('latin1'));
  const pem = pemOf(bytes);
  if (pem !== undefined) return readPem(pem);
  return { ...whyNotDer(bytes), hasPrivateKey: false };
}

function unread(problem: string): PemReading {
  return { problem, content: 'other', hasPrivateKey: false };
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
