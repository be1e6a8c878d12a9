import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { readReason } from './read-reason.ts';
import { followLinks, largestFoundBytes } from './trust.ts';

/*
 * The one reader of the small files that steer the program: `.env`, the configuration file, secrets.
 *
 * A file is opened without waiting and judged by its descriptor, so that it can be neither a pipe nor exchanged once it was
 * judged. What is read has a limit, whatever the file system says of its size: files in /proc have none, devices no end.
 *
 * | the file                | found in the working folder      | named by somebody                          |
 * | a pipe, a socket        | refused                          | refused: it could be read only once        |
 * | a device                | refused                          | read up to the limit: /dev/null is empty   |
 * | a link                  | followed if it is root's or ours | followed                                   |
 * | larger than the limit   | refused, 1 MB                    | refused, 16 MB                             |
 */

/** The content of a file, and what it is. */
export interface FileText {
  /** Without a byte order mark. */
  readonly text: string;
  /** Of the very file that the text is from: who exchanges it after it was opened changes neither. */
  readonly stats: Stats;
}

/** Why there is no text: a clause after the name of the file. */
export interface Unreadable {
  readonly reason: string;
}

const largestNamedBytes = 16 * 1024 * 1024;
const megabyte = 1024 * 1024;

/** Reads a file that is only there, in a folder that may be anybody's. */
export function readFoundFile(path: string): FileText | Unreadable {
  return orReason(() => {
    const followed = followLinks(path);
    if ('distrust' in followed) return { reason: followed.distrust };
    return readOpened(followed.path, constants.O_NOFOLLOW, (stats) => stats.isFile(), largestFoundBytes);
  });
}

/** Reads a file that somebody named. */
export function readNamedFile(path: string): FileText | Unreadable {
  return orReason(() =>
    readOpened(path, 0, (stats) => stats.isFile() || stats.isCharacterDevice(), largestNamedBytes),
  );
}

function orReason(read: () => FileText | Unreadable): FileText | Unreadable {
  try {
    return read();
  } catch (error) {
    const reason = readReason(error);
    if (reason === undefined) throw error;
    return { reason };
  }
}

function readOpened(
  path: string,
  flags: number,
  isAllowed: (stats: Stats) => boolean,
  largest: number,
): FileText | Unreadable {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY | flags);
  try {
    const stats = fstatSync(file);
    if (stats.isDirectory()) return { reason: 'it is a folder' };
    if (stats.isFIFO()) return { reason: 'it is a pipe, not a file' };
    if (!isAllowed(stats)) return { reason: 'it is not a file' };
    const bytes = stats.size > largest ? undefined : readUpTo(file, largest);
    if (bytes === undefined) return { reason: `it is larger than ${largest / megabyte} MB` };
    return { stats, text: bytes.toString('utf8').replace(/^\ufeff/, '') };
  } finally {
    closeSync(file);
  }
}

/** undefined: there is more. */
function readUpTo(file: number, largest: number): Buffer | undefined {
  const pieces: Buffer[] = [];
  for (let read = 0; read <= largest; ) {
    const piece = Buffer.allocUnsafe(64 * 1024);
    const length = readSync(file, piece);
    if (length === 0) return Buffer.concat(pieces);
    pieces.push(piece.subarray(0, length));
    read += length;
  }
  return undefined;
}
