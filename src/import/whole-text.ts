import { createHash, type Hash } from 'node:crypto';
import { ExitCode } from '../errors/exit-code.ts';
import { OperatorError } from '../errors/operator-error.ts';
import { emptyFile, openInputFile, readError } from './input-file.ts';
import { NotUtf8, utf8Text } from './utf8-text.ts';

/** Larger files are refused by their size, unread: the text is held in memory as a whole. */
const largestBytes = 64 * 1024 * 1024;

function refuse(code: string, message: string, next: string): OperatorError {
  return new OperatorError({ code, message, next, exitCode: ExitCode.usage });
}

/**
 * The text of a file in UTF-8 with or without byte order mark, up to 64 MB.
 *
 * @param path absolute path
 * @param file the path as the person typed it, for messages
 * @param what `a catalog`
 * @throws OperatorError for a file that cannot be read, is too large, not UTF-8 or empty; exit 2.
 */
export async function readWholeText(path: string, file: string, what: string): Promise<string> {
  return (await readHashedText(path, file, what)).text;
}

/** The same, with the SHA-256 of the file's bytes. */
export async function readHashedText(
  path: string,
  file: string,
  what: string,
): Promise<{ readonly text: string; readonly sha256: Buffer }> {
  const hash = createHash('sha256');
  const { handle, bytes } = await openInputFile(path, file);
  const stream = handle.createReadStream();
  const pieces: string[] = [];
  let read = 0;
  const tooLarge = (megabytes: number) =>
    refuse(
      'file_too_large',
      `${file} has ${megabytes} MB; ${what} may have 64.`,
      'Check that it is the right file, and not an export of everything.',
    );
  try {
    if (bytes > largestBytes) throw tooLarge(Math.ceil(bytes / (1024 * 1024)));
    for await (const piece of utf8Text(hashing(stream, hash))) {
      // What is no regular file (a pipe) does not say its size beforehand.
      read += piece.length;
      if (read > largestBytes) throw tooLarge(Math.ceil(read / (1024 * 1024)));
      pieces.push(piece);
    }
  } catch (error) {
    if (error instanceof NotUtf8) {
      throw refuse('file_not_utf8', `${file}, line ${error.line}: ${error.message}.`, 'Save it as UTF-8.');
    }
    throw readError(file, error);
  } finally {
    stream.destroy();
  }
  const text = pieces.join('');
  if (text.trim() === '') throw emptyFile(file);
  return { text, sha256: hash.digest() };
}

async function* hashing(pieces: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
}
