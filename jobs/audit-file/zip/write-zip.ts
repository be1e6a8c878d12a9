import { createHash } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import type { AuditFile } from '../content/audit-list.ts';
import type { HashedFile } from './manifest.ts';

/** The same in every zone and for every moment: the same content makes the same bytes. */
const entryOptions = () => ({ mtime: new Date(1980, 0, 1), mode: 0o100644, forceDosTimestamp: true });

/**
 * The files as one archive, one after the other: memory does not grow with them. Large archives are ZIP64. What fails in a file fails here.
 *
 * @param files asked for one by one; what comes later may use the hashes of those before.
 */
export async function* zipOf(
  files: AsyncIterable<AuditFile> | Iterable<AuditFile>,
  hashed: HashedFile[],
): AsyncGenerator<Buffer> {
  const zip = new ZipFile();
  const output = zip.outputStream.pipe(new PassThrough());
  const fail = (error: unknown) => {
    output.destroy(error instanceof Error ? error : new Error(String(error)));
  };
  zip.on('error', fail);
  const adding = (async () => {
    for await (const file of files) await added(zip, file, hashed, fail);
    zip.end();
  })();
  adding.catch(fail);
  for await (const piece of output) yield asBuffer(piece);
  await adding;
}

function asBuffer(piece: unknown): Buffer {
  if (Buffer.isBuffer(piece)) return piece;
  throw new TypeError('The archive gave something else than bytes.');
}

/** Until its last piece was taken. */
function added(
  zip: ZipFile,
  { path, pieces }: AuditFile,
  hashed: HashedFile[],
  fail: (error: unknown) => void,
): Promise<void> {
  const hash = createHash('sha256');
  return new Promise((resolve, reject) => {
    async function* watched(): AsyncGenerator<Buffer> {
      for await (const piece of pieces()) {
        const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
        hash.update(bytes);
        yield bytes;
      }
      hashed.push({ path, sha256: hash.digest('hex') });
      resolve();
    }
    const stream = Readable.from(watched(), { objectMode: false });
    stream.on('error', (error) => {
      fail(error);
      reject(error);
    });
    zip.addReadStream(stream, path, entryOptions());
  });
}
